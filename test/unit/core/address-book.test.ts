import * as addressBook from '../../../src/core/address-book.js';
import type { AddressBookOptions, BookEntry } from '../../../src/core/address-book.js';
import { parseAddressBook } from '../../../src/core/address-book-text.js';
import { isLocalRange, networkOf } from '../../../src/core/networks.js';
import { pick, seededRandom, type Random } from '../../../src/core/prng.js';
import type { PeerAddress, PeerRecord } from '../../../src/wire/messages.js';

const { AddressBook, ASIDE_MAX_MS, BACK_OFF_MAX_MS, BOOK_NETWORK_MAX } = addressBook;
const NOW = 1_800_000_000_000;
const HOUR_MS = 3_600_000;

const idOf = (peer: number): string => peer.toString(16).padStart(64, '0');
const peerOf = ({ identity }: { identity: string }): number => Number.parseInt(identity, 16);
/** By default each peer has a network of its own. */
const at = (peer: number, host = `20.${peer >> 8}.${peer & 0xff}.1`): PeerAddress => {
  return { family: host.includes(':') ? 6 : 4, host, port: 6_001 };
};
/** One address of a network that they all share. */
const crowdAt = (peer: number, prefix = '20.0.0.'): PeerAddress => at(peer, `${prefix}${peer}`);
const recordOf = (peer: number, address = at(peer), ageSeconds = 0): PeerRecord => {
  return { address, identity: Buffer.from(idOf(peer), 'hex'), ageSeconds };
};
const OWN = 0xffff;

/** A book whose peers are known by their numbers. */
class NumberedBook extends AddressBook {
  constructor(options: Partial<AddressBookOptions> = {}) {
    const own = { identity: idOf(OWN), ownAddresses: [at(OWN)] };
    super({ ...own, lab: false, random: seededRandom('book'), ...options });
  }
  told(peer: number, address = at(peer), ageSeconds = 0, nowMs = NOW): boolean {
    return this.learn(recordOf(peer, address, ageSeconds), nowMs);
  }
  toldOf(from: number, to: number, addressOf: (peer: number) => PeerAddress = at): this {
    for (let peer = from; peer < to; peer += 1) this.told(peer, addressOf(peer));
    return this;
  }
  /** Verifies the peers, one a second, the first longest ago. */
  tried(from: number, to: number, addressOf: (peer: number) => PeerAddress = at): this {
    for (let peer = from; peer < to; peer += 1)
      this.succeeded(addressOf(peer), idOf(peer), NOW + peer * 1_000);
    return this;
  }
  peers(): number[] {
    return this.entries().map(peerOf);
  }
}

const none = (): boolean => false;
const draw = <V>(length: number, value: () => V): V[] => Array.from({ length }, value);

describe('AddressBook, learning', () => {
  it('enters what it is told into new, and refreshes only when it was last heard of', () => {
    const book = new NumberedBook();
    expect(book.told(1, at(1), 60)).toBe(true);
    const untested = { verifiedMs: undefined, testedMs: undefined, failures: 0, retryAtMs: 0 };
    const entry = { address: at(1), identity: idOf(1), table: 'new', anchor: false, ...untested };
    expect(book.get(idOf(1))).toEqual({ ...entry, heardMs: NOW - 60_000 });
    expect([book.told(1, at(1), 10), book.told(1, at(1), 500)]).toEqual([false, false]);
    expect(book.get(idOf(1))).toEqual({ ...entry, heardMs: NOW - 10_000 });
  });

  it('refuses itself, and what cannot be dialled or identified', () => {
    const book = new NumberedBook();
    const hosts = ['0.0.0.0', '::', '224.0.0.1', 'ff02::1', '255.255.255.255', 'no.literal'];
    const ports = [0, -1, 65_536, 1.5].map((port) => ({ ...at(1), port }));
    const own = [at(OWN), at(1, `::ffff:${at(OWN).host}`)];
    const refused = [...hosts.map((host) => at(1, host)), ...ports, ...own];
    expect(refused.filter((address) => book.told(1, address))).toEqual([]);
    expect(book.told(OWN, at(1))).toBe(false);
    expect(book.learn({ ...recordOf(1), identity: Buffer.alloc(31) }, NOW)).toBe(false);
    for (const identity of ['', 'ab', 'g'.repeat(64), 'A'.repeat(64)])
      expect(() => book.succeeded(at(1), identity, NOW)).toThrow(RangeError);
  });

  it('holds one entry for an address and an identity, the first that it was told', () => {
    const book = new NumberedBook();
    book.told(1, at(1, '2001:db8::1'));
    expect([book.told(2, at(1, '2001:DB8:0::0:1')), book.told(1, at(2))]).toEqual([false, false]);
    expect([book.size, book.get(idOf(1))?.address.host]).toEqual([1, '2001:db8::1']);
  });

  it('lets hearsay take the place of a new entry that has failed, never of a tried one', () => {
    const book = new NumberedBook().toldOf(1, 3).tried(5, 6);
    for (const peer of [1, 2, 5]) book.failed(at(peer), NOW);
    expect([book.told(3, at(1)), book.told(2, at(4))]).toEqual([true, true]);
    expect([book.told(6, at(5)), book.told(5, at(6))]).toEqual([false, false]);
    expect(book.peers()).toEqual([5, 3, 2]);
    expect([book.get(idOf(2))?.address, book.get(idOf(5))?.address]).toEqual([at(4), at(5)]);
  });
});

describe('AddressBook, capacity', () => {
  it.each([1, 0, 2.5, NaN])('refuses to have %p entries', (capacity) => {
    expect(() => new NumberedBook({ capacity })).toThrow(RangeError);
  });

  it('gives new all that tried leaves, and tried three quarters at most', () => {
    const books = [new NumberedBook().toldOf(0, 200), new NumberedBook().tried(0, 96)];
    books.push(new NumberedBook().tried(0, 200));
    const counts = books.map((book) => [book.triedCount, book.size]);
    expect(counts.join(' ')).toBe('0,128 96,96 96,128');
  });

  it('moves the oldest back to new when tried is full, where hearsay may displace it', () => {
    const book = new NumberedBook().tried(0, 98);
    expect([0, 1, 2].map((peer) => book.get(idOf(peer))?.table)).toEqual(['new', 'new', 'tried']);
    const { size, triedCount } = book.toldOf(200, 400);
    expect([size, triedCount, book.has(idOf(399))]).toEqual([128, 96, true]);
  });

  it('evicts stale entries of new before others: long unheard of, or failed', () => {
    const book = new NumberedBook();
    book.told(0, at(0), 7 * 3_600);
    book.toldOf(1, 128).failed(at(5), NOW);
    const expected = [...book.peers().filter((peer) => peer !== 0 && peer !== 5), 200, 201];
    expect(book.toldOf(200, 202).peers()).toEqual(expected);
  });

  it('evicts at random when nothing is stale', () => {
    const gone = [...Array(30).keys()].flatMap((seed) => {
      const book = new NumberedBook({ capacity: 4, random: seededRandom(seed) }).toldOf(1, 6);
      return [1, 2, 3, 4].filter((peer) => !book.has(idOf(peer)));
    });
    expect(new Set(gone)).toEqual(new Set([1, 2, 3, 4]));
  });

  it.each(['20.0.0.', '192.168.0.', '2001:db8:1::'])('holds four of the network %s', (prefix) => {
    const book = new NumberedBook().toldOf(1, 9, (peer) => crowdAt(peer, prefix));
    expect(book.peers()).toEqual([1, 2, 3, 4]);
  });

  it('exempts local ranges from that in a lab', () => {
    const book = new NumberedBook({ lab: true }).toldOf(1, 10, (peer) => crowdAt(peer, '127.0.0.'));
    expect(book.toldOf(11, 20, crowdAt).size).toBe(9 + BOOK_NETWORK_MAX);
  });

  it('has room in a full network for what is told, if an entry is stale', () => {
    const book = new NumberedBook().toldOf(9, 10).toldOf(1, 5, crowdAt);
    book.failed(at(9), NOW);
    expect([book.told(9, crowdAt(9)), book.has(idOf(9))]).toEqual([false, true]);
    book.failed(crowdAt(3), NOW);
    expect([book.told(9, crowdAt(9)), book.peers()]).toEqual([true, [1, 2, 4, 9]]);
  });

  it('has room in a full network for what is verified, unless all is tried', () => {
    const book = new NumberedBook().toldOf(1, 5, crowdAt).tried(5, 9, crowdAt);
    expect(book.succeeded(crowdAt(9), idOf(9), NOW).kept).toBe(false);
    expect(book.peers()).toEqual([5, 6, 7, 8]);
  });
});

describe('AddressBook, successes, failures and misbehaviour', () => {
  it('moves a verified entry into tried and forgets its failures', () => {
    const book = new NumberedBook().toldOf(1, 2);
    book.failed(at(1), NOW);
    const kept = { kept: true, replacedIdentity: undefined };
    expect(book.succeeded(at(1), idOf(1), NOW + 1)).toEqual(kept);
    const times = { heardMs: NOW + 1, verifiedMs: NOW + 1, testedMs: NOW + 1, retryAtMs: 0 };
    expect(book.get(idOf(1))).toMatchObject({ table: 'tried', ...times, failures: 0 });
  });

  it('replaces and reports the identity that an address had before', () => {
    const book = new NumberedBook().tried(1, 3);
    const replaced = (peer: number) => book.succeeded(at(2), idOf(peer), NOW);
    expect(replaced(1)).toEqual({ kept: true, replacedIdentity: idOf(2) });
    expect([book.peers(), book.get(idOf(1))?.address]).toEqual([[1], at(2)]);
    expect(replaced(OWN)).toEqual({ kept: false, replacedIdentity: idOf(1) });
    expect(book.peers()).toEqual([]);
  });

  it('names the tried entry to test before it is evicted, the one verified longest ago', () => {
    const book = new NumberedBook({ capacity: 8 }).tried(0, 5);
    const tested = () => book.evictionTest(NOW)?.identity;
    expect(tested()).toBeUndefined();
    book.tried(5, 6);
    expect(tested()).toBe(idOf(0));
    book.succeeded(at(0), idOf(0), NOW + HOUR_MS);
    expect(tested()).toBe(idOf(1));
    book.failed(at(1), NOW);
    expect(tested()).toBeUndefined();
    book.heard(idOf(1), NOW + HOUR_MS);
    expect(tested()).toBe(idOf(2));
  });

  it('notes who spoke, as verified only for what is tried', () => {
    const book = new NumberedBook().toldOf(1, 2).tried(2, 3);
    const heardMs = NOW + HOUR_MS;
    for (const peer of [1, 2, 3]) book.heard(idOf(peer), heardMs);
    expect(book.get(idOf(1))).toMatchObject({ heardMs, verifiedMs: undefined, table: 'new' });
    expect(book.get(idOf(2))).toMatchObject({ heardMs, verifiedMs: heardMs });
    expect(book.size).toBe(2);
  });
  it.each([0.8, 1.2])('doubles the back-off from 1 s to 10 min, jittered up to × %p', (factor) => {
    const below = (bound: number): number => (factor < 1 ? 0 : bound - 1);
    const random: Random = { bytes: Buffer.alloc, below };
    const book = new NumberedBook({ failuresMax: { new: 3, tried: 14 }, random }).tried(1, 2);
    for (let failures = 1; failures < 14; failures += 1) {
      expect(book.failed(at(1), NOW)).toBe(false);
      const retryAtMs = NOW + Math.min(BACK_OFF_MAX_MS, 1_000 * 2 ** (failures - 1)) * factor;
      expect(book.get(idOf(1))).toMatchObject({ failures, retryAtMs, testedMs: NOW });
      expect(book.candidates(1, none, retryAtMs - 1)).toEqual([]);
      expect(book.candidates(1, none, retryAtMs)).toHaveLength(1);
      // A clock that was put back must not make the rest longer.
      expect(book.candidates(1, none, NOW - 24 * HOUR_MS)).toHaveLength(1);
    }
  });

  it('forgets a new entry after 3 failures, a tried one after 8, a leaver at once', () => {
    const book = new NumberedBook().toldOf(1, 2).tried(2, 3).toldOf(3, 4);
    const failures = [1, 2].map((peer) => draw(9, () => book.failed(at(peer), NOW)).indexOf(true));
    expect(failures).toEqual([2, 7]);
    expect(draw(2, () => book.remove(idOf(3)))).toEqual([true, false]);
    expect([book.size, book.told(4, at(3))]).toEqual([0, true]);
  });

  it('sets an address aside for longer each time, up to a day, and forgives after a day', () => {
    const book = new NumberedBook();
    const moments = [NOW, NOW, NOW, NOW, NOW + 2 * ASIDE_MAX_MS, NOW + 5 * ASIDE_MAX_MS];
    const terms = moments.map((nowMs) => book.setAside(at(1), 8 * HOUR_MS, nowMs) / HOUR_MS);
    expect(terms).toEqual([8, 16, 24, 24, 24, 8]);
  });

  it('grows a term to the longest that it is given, and no term that is to stay as it is', () => {
    const book = new NumberedBook();
    const terms = (forMs: number, mostMs: number): number[] =>
      [1, 2, 3, 4].map(() => book.setAside(at(1), forMs, NOW, { mostMs }));
    expect(terms(10_000, 30_000)).toEqual([10_000, 20_000, 30_000, 30_000]);
    expect(terms(60_000, 60_000)).toEqual([60_000, 60_000, 60_000, 60_000]);
    // The rests have not counted.
    expect(book.setAside(at(1), 1_000, NOW)).toBe(16_000);
    expect([59_999, 60_000].map((ms) => book.isSetAside(at(1), NOW + ms))).toEqual([true, false]);
  });

  it('neither dials, hands on nor learns what is set aside, until the time is over', () => {
    const book = new NumberedBook().toldOf(1, 2);
    for (const peer of [1, 2]) book.setAside(at(peer), 5_000, NOW);
    const offers = (nowMs: number) => [
      ...[book.candidates(9, none, nowMs).length, book.sample(9, none, nowMs).length],
      ...[book.feelerCandidate(none, nowMs)?.identity, book.told(2, at(2), 0, nowMs)],
    ];
    expect(offers(NOW + 4_999)).toEqual([0, 0, undefined, false]);
    expect(offers(NOW + 5_000)).toEqual([1, 1, idOf(1), true]);
  });

  it('remembers as many of them as it has entries, the latest', () => {
    const book = new NumberedBook({ capacity: 3 });
    for (const peer of [1, 2, 3, 4, 1, 5]) book.setAside(at(peer), 5_000, NOW);
    expect([1, 2, 3, 4, 5].filter((peer) => book.isSetAside(at(peer), NOW))).toEqual([1, 4, 5]);
  });
});

describe('AddressBook, choosing', () => {
  const mixed = (seed = 1) =>
    new NumberedBook({ random: seededRandom(seed) }).tried(0, 20).toldOf(100, 120);

  it('names candidates from tried first, then new, at random within each', () => {
    const book = mixed();
    const tables = book.candidates(30, none, NOW).map(({ table }) => table);
    expect(tables).toEqual([...Array(20).fill('tried'), ...Array(10).fill('new')]);
    const firsts = draw(100, () => book.candidates(1, none, NOW)[0]?.identity);
    expect(new Set(firsts).size).toBeGreaterThan(10);
  });

  it('leaves out what is excluded, and out of a sample what rests', () => {
    const book = mixed();
    const odd = (entry: BookEntry): boolean => peerOf(entry) % 2 === 1;
    const feelers = draw(50, () => book.feelerCandidate(odd, NOW) ?? { identity: '1' });
    const peers = [...feelers, ...book.candidates(99, odd, NOW)].map(peerOf);
    expect([peers.length, peers.filter((peer) => peer % 2 === 1)]).toEqual([70, []]);
    book.failed(at(4), NOW);
    expect(book.sample(99, odd, NOW)).toHaveLength(19);
  });

  it('feels for a random new entry never tested, then for the one tested longest ago', () => {
    const book = new NumberedBook().tried(0, 3).toldOf(100, 104);
    book.failed(at(101), NOW + 500);
    book.failed(at(100), NOW);
    const feel = () => book.feelerCandidate(none, NOW + HOUR_MS)?.identity;
    expect(new Set(draw(60, feel))).toEqual(new Set([idOf(102), idOf(103)]));
    for (const peer of [102, 103]) book.remove(idOf(peer));
    expect(feel()).toBe(idOf(100));
  });

  it('samples mostly from tried, and more from either when the other has too few', () => {
    const book = mixed();
    for (const sample of draw(20, () => book.sample(8, none, NOW))) {
      const tables = sample.map(({ identity }) => book.get(identity.toString('hex'))?.table);
      expect(tables.toSorted()).toEqual(['new', 'new', ...Array(6).fill('tried')]);
    }
    const lopsided = [new NumberedBook().toldOf(0, 9), new NumberedBook().tried(0, 9)];
    expect(lopsided.map((each) => each.sample(8, none, NOW).length)).toEqual([8, 8]);
  });

  it('samples records with their age in whole seconds, 65,535 at most', () => {
    const book = new NumberedBook().toldOf(1, 2);
    const moments = [NOW + 1_999, NOW - HOUR_MS, NOW + 1_000 * HOUR_MS];
    const samples = moments.flatMap((nowMs) => book.sample(1, none, nowMs));
    expect(samples).toEqual([1, 0, 65_535].map((ageSeconds) => recordOf(1, at(1), ageSeconds)));
  });

  it('chooses the same for the same seed', () => {
    const choose = (book: NumberedBook) =>
      [book.candidates(30, none, NOW), book.sample(8, none, NOW)] as const;
    expect(choose(mixed(5))).toEqual(choose(mixed(5)));
    expect(choose(mixed(5))).not.toEqual(choose(mixed(6)));
  });
});

describe('AddressBook, round trips and anchors', () => {
  it('keeps the shortest round trip, in whole ms, also when it is verified anew', () => {
    const book = new NumberedBook().toldOf(1, 2);
    const rtts = [30.4, 12.6, 99].map((rttMs) => {
      book.measured(idOf(1), rttMs);
      return book.get(idOf(1))?.rttMs;
    });
    book.measured(idOf(2), 5);
    book.succeeded(at(1), idOf(1), NOW);
    expect([...rtts, book.get(idOf(1))?.rttMs, book.size]).toEqual([30, 13, 13, 13, 1]);
  });

  it('marks as anchors whom it is told, if tried, and nobody else any more', () => {
    const book = new NumberedBook().tried(0, 4).toldOf(8, 9);
    book.setAnchors([idOf(0), idOf(1)]);
    book.setAnchors([idOf(1), idOf(3), idOf(8), idOf(9)]);
    expect(book.anchors().map(peerOf)).toEqual([1, 3]);
    book.succeeded(at(3), idOf(3), NOW + HOUR_MS);
    expect(book.anchors().map(peerOf)).toEqual([1, 3]);
  });

  it('comes back with both', () => {
    const book = new NumberedBook().tried(0, 3);
    book.setAnchors([idOf(2)]);
    book.measured(idOf(2), 7);
    const parsed = parseAddressBook(book.toText());
    const restored = new NumberedBook();
    restored.restore(parsed.ok ? parsed.entries : [], NOW + HOUR_MS);
    expect(restored.anchors()).toEqual(book.anchors());
    expect(restored.get(idOf(2))?.rttMs).toBe(7);
  });
});

describe('AddressBook as text, and parseAddressBook', () => {
  const filled = () => {
    const book = new NumberedBook().toldOf(100, 110).tried(0, 10);
    book.told(200, at(200, '2001:db8::7'));
    for (const peer of [3, 104]) book.failed(at(peer), NOW + 20_000);
    return book;
  };

  it('comes back into a smaller book with tried entries first', () => {
    const restored = new NumberedBook({ capacity: 12 });
    expect(restored.restore(filled().entries().reverse(), NOW + 30_000)).toBe(12);
    expect([restored.triedCount, restored.has(idOf(0))]).toEqual([9, true]);
  });

  it('brings back neither itself, nor what is known, nor too many of a network', () => {
    const source = new NumberedBook({ lab: true }).toldOf(20, 22);
    source.toldOf(1, 9, (peer) => crowdAt(peer, '10.0.0.'));
    const book = new NumberedBook({ identity: idOf(20) });
    book.told(30, at(21));
    expect(book.restore(source.entries(), NOW)).toBe(BOOK_NETWORK_MAX);
  });

  it('brings back no time ahead of the clock', () => {
    const [restored, nowMs] = [new NumberedBook(), NOW - HOUR_MS];
    expect(restored.restore(filled().entries(), nowMs)).toBe(21);
    const timesOf = (entry: BookEntry) => [entry.heardMs, entry.verifiedMs, entry.testedMs];
    const times = restored.entries().flatMap((entry) => timesOf(entry).map((ms = 0) => ms));
    expect(Math.max(...times)).toBe(nowMs);
    expect(restored.candidates(99, none, nowMs)).toHaveLength(21);
  });
  const times = { heardMs: NOW, verifiedMs: NOW, testedMs: NOW, retryAtMs: 0 };
  const fresh = { rttMs: 17, anchor: true };
  const rest = { identity: idOf(1), table: 'tried', failures: 0, ...times };
  const good = { host: '20.0.0.1', port: 6_001, ...rest, ...fresh };
  const parse = (...entries: unknown[]) =>
    parseAddressBook(JSON.stringify({ version: 2, entries }));

  it.each([
    ['is not a JSON object', ['', '{', 'null', '7', '"x"']],
    ['is not from 1 to 2', ['{}', '[]', '{"version":"1","entries":[]}', '{"version":3}']],
    ['is not from 1 to 2', ['{"version":0,"entries":[]}', '{"__proto__":{"version":1}}']],
    ['no list', ['{"version":1,"entries":{"length":3}}', '{"version":2,"__proto__":[]}']],
    ['too long', [' '.repeat(1_048_577)]],
  ])('has the error "%s" for damaged text', (error, texts) => {
    const expected = { ok: false, error: expect.stringContaining(error) };
    for (const text of texts) expect(parseAddressBook(text)).toEqual(expected);
  });

  const badTimes = [-1, 1.5, 'x', [], 1e300];
  const badFields: Record<string, unknown[]> = {
    host: ['x', '', '0.0.0.0', '224.0.0.1', '::ffff:1.2.3.4', 7, null, ['1.2.3.4'], undefined],
    port: [0, -1, 65_536, 1.5, '6001', null, {}, undefined],
    identity: ['', 'ab', 'A'.repeat(64), 'g'.repeat(64), 7, `${idOf(1)}0`, undefined],
    table: ['other', '__proto__', 1, null, undefined],
    failures: [-1, 256, 0.5, '0', null, undefined],
    ...{ heardMs: [...badTimes, undefined], verifiedMs: [...badTimes, undefined] },
    ...{ testedMs: badTimes, retryAtMs: [...badTimes, undefined] },
    ...{ rttMs: [-1, 1.5, '7', null], anchor: [0, 'true', null, undefined] },
  };
  it.each(Object.entries(badFields))('names an entry whose %s is wrong', (field, values) => {
    for (const value of values) {
      const problems = [`entry 0: bad ${field}`];
      expect(parse({ ...good, [field]: value }, good)).toEqual({ ...parse(good), problems });
    }
  });

  it('takes nothing from a prototype and leaves extra fields behind', () => {
    const inherited = `{"__proto__":${JSON.stringify(good)}}`;
    const extra = `{"__proto__":{"x":1},"more":1,${JSON.stringify(good).slice(1)}`;
    const parsed = parseAddressBook(`{"version":2,"entries":[${inherited},${extra}]}`);
    const entry = { ...rest, ...fresh, address: { family: 4, host: '20.0.0.1', port: 6_001 } };
    expect(parsed).toStrictEqual({ ok: true, entries: [entry], problems: ['entry 0: bad host'] });
  });

  it('reads what version 1 wrote, which knew neither round trips nor anchors', () => {
    const old = { host: '20.0.0.1', port: 6_001, ...rest };
    const parsed = parseAddressBook(JSON.stringify({ version: 1, entries: [old] }));
    const entry = { ...rest, address: { family: 4, host: '20.0.0.1', port: 6_001 } };
    const entries = [{ ...entry, rttMs: undefined, anchor: false }];
    expect(parsed).toStrictEqual({ ok: true, entries, problems: [] });
  });

  it('passes over what is no entry, and cuts what is too long', () => {
    const many = parse(...Array(1_030).fill(good));
    expect(many).toMatchObject({ problems: ['6 entries beyond the first 1024 were cut'] });
    expect(many.ok && many.entries).toHaveLength(1_024);
    const problems = [...Array(20).keys()].map((number) => `entry ${number}: bad entry`);
    expect(parse(null, 7, ...Array(99).fill('x'))).toEqual({ ok: true, entries: [], problems });
  });

  it('never throws on damage, and a book restored from it keeps its bounds', () => {
    const random = seededRandom('damage');
    const text = new NumberedBook().tried(0, 10).toText();
    for (let round = 0; round < 300; round += 1) {
      const noise = random.bytes(random.below(200)).toString('latin1');
      const truncated = text.slice(0, random.below(text.length - 2));
      expect([noise, truncated].map((each) => parseAddressBook(each).ok)).toEqual([false, false]);
      const bytes = Buffer.from(text);
      for (let hit = 0; hit < 3; hit += 1) bytes[random.below(bytes.length)] = random.below(128);
      const damaged = parseAddressBook(bytes.toString());
      const entries = damaged.ok ? damaged.entries : [];
      expect(new NumberedBook().restore(entries, NOW)).toBeLessThanOrEqual(10);
    }
  });
});

describe('AddressBook under random operations', () => {
  const CAPACITY = 24;

  /** What is wrong with the book, if anything. */
  const brokenPromises = (book: NumberedBook, nowMs: number): string[] => {
    const entries = book.entries();
    const addresses = entries.map(({ address }) => `${address.host} ${address.port}`);
    const strangers = entries.filter(({ address }) => !isLocalRange(address.host));
    const networks = strangers.map(({ address }) => networkOf(address.host));
    const crowd = (network: string) => networks.filter((other) => other === network).length;
    const dialled = book.candidates(5, none, nowMs);
    const promises = {
      capacity: book.size <= CAPACITY && book.triedCount <= (CAPACITY * 3) / 4,
      networks: networks.every((network) => crowd(network) <= BOOK_NETWORK_MAX),
      addresses: new Set(addresses).size === book.size,
      identities: entries.every((entry) => book.get(entry.identity) === entry),
      itself: !book.has(idOf(OWN)),
      rest: dialled.every((e) => e.retryAtMs <= nowMs && !book.isSetAside(e.address, nowMs)),
    };
    return Object.entries(promises).flatMap(([promise, isKept]) => (isKept ? [] : [promise]));
  };

  const run = (seed: number): NumberedBook => {
    const random = seededRandom(seed);
    const book = new NumberedBook({ capacity: CAPACITY, lab: true });
    let nowMs = NOW;
    for (let step = 0; step < 2_000; step += 1) {
      nowMs += random.below(20_000);
      // Few networks, ports and identities, so that everything collides with everything.
      const prefix = ['10.0.0.', '20.0.0.', '20.0.1.', '20.0.2.', '20.0.3.'][random.below(5)];
      const address = { ...crowdAt(random.below(7), prefix), port: 6_001 + random.below(2) };
      const peer = random.below(60) || OWN;
      const known = pick(book.entries(), random);
      const calls: (() => unknown)[] = [
        () => book.told(peer, address, random.below(99), nowMs),
        () => book.succeeded(address, idOf(peer), nowMs),
        () => known && book.succeeded(known.address, known.identity, nowMs),
        () => known && book.failed(known.address, nowMs),
        () => book.heard(idOf(peer), nowMs),
        () => random.below(4) === 0 && book.setAside(address, 10_000, nowMs),
        () => random.below(4) === 0 && book.remove(idOf(peer)),
      ];
      pick(calls, random)?.();
      expect(brokenPromises(book, nowMs)).toEqual([]);
    }
    return book;
  };

  it.each([1, 2, 3])('keeps its promises and ends the same again with seed %p', (seed) => {
    const book = run(seed);
    expect(run(seed).toText()).toBe(book.toText());
    const [parsed, restored] = [parseAddressBook(book.toText()), new NumberedBook({ lab: true })];
    restored.restore(parsed.ok ? parsed.entries : [], NOW + 1_000 * HOUR_MS);
    expect(restored.toText()).toBe(book.toText());
    expect(restored.size).toBeGreaterThan(CAPACITY / 2);
  });
});
