import { BACK_OFF_MAX_MS } from '../../../src/core/address-book.js';
import { BOOK_NETWORK_MAX } from '../../../src/core/book-room.js';
import { ASIDE_MAX_MS } from '../../../src/core/aside-list.js';
import type { BookEntry } from '../../../src/core/address-book.js';
import { parseAddressBook } from '../../../src/core/address-book-text.js';
import { isLocalRange, networkOf } from '../../../src/core/networks.js';
import { pick, seededRandom, type Random } from '../../../src/core/prng.js';
import { HOUR_MS, none, NOW, NumberedBook, OWN } from './numbered-book.js';
import { at, crowdAt, idOf, peerOf, recordOf } from './numbered-book.js';
import { same } from '../../same.js';

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
      expect(book.firsts(1, none, retryAtMs - 1)).toEqual([]);
      expect(book.firsts(1, none, retryAtMs)).toHaveLength(1);
      // A clock that was put back must not make the rest longer.
      expect(book.firsts(1, none, NOW - 24 * HOUR_MS)).toHaveLength(1);
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

  it('lets nobody rest longer than it is told to, but whom it has set aside', () => {
    const book = new NumberedBook().toldOf(1, 3);
    for (const peer of [1, 2]) {
      for (let failure = 0; failure < 9; failure += 1) book.failed(at(peer), NOW, { keep: true });
    }
    book.setAside(at(2), HOUR_MS, NOW);
    const may = (peer: number, nowMs: number, restMostMs?: number): boolean => {
      const options = restMostMs === undefined ? {} : { restMostMs };
      const drawn = book.firsts(9, none, nowMs, options).map(peerOf).includes(peer);
      expect(book.mayDial(at(peer), nowMs, options)).toBe(drawn);
      return drawn;
    };
    expect([may(1, NOW + 30_000), may(1, NOW + 29_999, 30_000)]).toEqual([false, false]);
    expect([may(1, NOW + 30_000, 30_000), may(2, NOW + 30_000, 30_000)]).toEqual([true, false]);
  });

  it('may dial an address that it does not have, unless it has set it aside', () => {
    const book = new NumberedBook();
    expect(book.mayDial(at(7), NOW)).toBe(true);
    book.setAside(at(7), HOUR_MS, NOW);
    expect([book.mayDial(at(7), NOW), book.mayDial(at(7), NOW + HOUR_MS)]).toEqual([false, true]);
  });

  it('neither dials, hands on nor learns what is set aside, until the time is over', () => {
    const book = new NumberedBook().toldOf(1, 2);
    for (const peer of [1, 2]) book.setAside(at(peer), 5_000, NOW);
    const offers = (nowMs: number) => [
      ...[book.firsts(9, none, nowMs).length, book.sample(9, none, nowMs).length],
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
    const tables = book.firsts(30, none, NOW).map(({ table }) => table);
    expect(tables).toEqual([...Array(20).fill('tried'), ...Array(10).fill('new')]);
    const firsts = draw(100, () => book.firsts(1, none, NOW)[0]?.identity);
    expect(new Set(firsts).size).toBeGreaterThan(10);
  });

  it('leaves out what is excluded, and out of a sample what rests', () => {
    const book = mixed();
    const odd = (entry: BookEntry): boolean => peerOf(entry) % 2 === 1;
    const feelers = draw(50, () => book.feelerCandidate(odd, NOW) ?? { identity: '1' });
    const peers = [...feelers, ...book.firsts(99, odd, NOW)].map(peerOf);
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
      [book.firsts(30, none, NOW), book.sample(8, none, NOW)] as const;
    expect(choose(mixed(5))).toEqual(choose(mixed(5)));
    expect(choose(mixed(5))).not.toEqual(choose(mixed(6)));
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
    const dialled = book.firsts(5, none, nowMs);
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
      same(brokenPromises(book, nowMs), []);
    }
    return book;
  };

  it.each([1, 2, 3])('keeps its promises and ends the same again with seed %p', (seed) => {
    const book = run(seed);
    expect(run(seed).toText(NOW)).toBe(book.toText(NOW));
    const [parsed, restored] = [
      parseAddressBook(book.toText(NOW)),
      new NumberedBook({ lab: true }),
    ];
    restored.restore(parsed.ok ? parsed.entries : [], NOW + 1_000 * HOUR_MS);
    expect(restored.toText(NOW)).toBe(book.toText(NOW));
    expect(restored.size).toBeGreaterThan(CAPACITY / 2);
  });
});
