import type { BookEntry } from '../../../src/core/book-entry.js';
import { BOOK_NETWORK_MAX } from '../../../src/core/book-room.js';
import { parseAddressBook } from '../../../src/core/address-book-text.js';
import { OFFENDERS_MAX } from '../../../src/core/offenders.js';
import { seededRandom } from '../../../src/core/prng.js';
import { HOUR_MS, none, NOW, NumberedBook } from './numbered-book.js';
import { at, crowdAt, idOf } from './numbered-book.js';

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
    expect(restored.firsts(99, none, nowMs)).toHaveLength(21);
  });
  const times = { heardMs: NOW, verifiedMs: NOW, testedMs: NOW, retryAtMs: 0 };
  const fresh = { rttMs: 17, anchor: true, source: '20.0.1.0/24' };
  const rest = { identity: idOf(1), table: 'tried', failures: 0, ...times };
  const good = { host: '20.0.0.1', port: 6_001, ...rest, ...fresh };
  const parse = (...entries: unknown[]) =>
    parseAddressBook(JSON.stringify({ version: 3, entries }));

  it.each([
    ['is not a JSON object', ['', '{', 'null', '7', '"x"']],
    ['is not from 1 to 3', ['{}', '[]', '{"version":"1","entries":[]}', '{"version":4}']],
    ['is not from 1 to 3', ['{"version":0,"entries":[]}', '{"__proto__":{"version":1}}']],
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
    source: ['x'.repeat(65), 7, null, {}],
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
    const parsed = parseAddressBook(`{"version":3,"entries":[${inherited},${extra}]}`);
    const entry = { ...rest, ...fresh, address: { family: 4, host: '20.0.0.1', port: 6_001 } };
    expect(parsed).toStrictEqual({
      ok: true,
      entries: [entry],
      offenders: [],
      problems: ['entry 0: bad host'],
    });
  });

  it.each([
    [1, 'round trips, anchors nor sources', {}],
    [2, 'sources', { rttMs: 17, anchor: true }],
  ])('reads what version %i wrote, which knew no %s', (version, _, known) => {
    const old = { host: '20.0.0.1', port: 6_001, ...rest, ...known };
    const parsed = parseAddressBook(JSON.stringify({ version, entries: [old] }));
    const entry = { ...rest, address: { family: 4, host: '20.0.0.1', port: 6_001 } };
    const entries = [{ ...entry, rttMs: undefined, anchor: false, source: undefined, ...known }];
    expect(parsed).toStrictEqual({ ok: true, entries, offenders: [], problems: [] });
  });

  it('passes over what is no entry, and cuts what is too long', () => {
    const many = parse(...Array(1_030).fill(good));
    expect(many).toMatchObject({ problems: ['6 entries beyond the first 1024 were cut'] });
    expect(many.ok && many.entries).toHaveLength(1_024);
    const problems = [...Array(20).keys()].map((number) => `entry ${number}: bad entry`);
    expect(parse(null, 7, ...Array(99).fill('x'))).toEqual({
      ...{ ok: true, entries: [], offenders: [] },
      problems,
    });
  });

  const offender = { identity: idOf(7), points: 12.5, atMs: NOW, timesAside: 1, asideUntilMs: NOW };
  const parseOffenders = (...offenders: unknown[]) =>
    parseAddressBook(JSON.stringify({ version: 3, entries: [], offenders }));

  it('brings back who has misbehaved', () => {
    const book = filled();
    book.offenders.restore([offender], NOW);
    const parsed = parseAddressBook(book.toText(NOW));
    expect(parsed).toMatchObject({ ok: true, offenders: [offender], problems: [] });
    const restored = new NumberedBook();
    restored.restore([], NOW, parsed.ok ? parsed.offenders : []);
    expect(restored.offenders.all(NOW)).toEqual([offender]);
  });

  it.each([
    ['identity', ['x', 7, undefined]],
    ['points', [-1, '1', null, 1e9, undefined]],
    ['atMs', badTimes],
    ['timesAside', [-1, 0.5, 1_001]],
    ['asideUntilMs', badTimes],
  ])('names an offender whose %s is wrong', (field, values) => {
    for (const value of values) {
      expect(parseOffenders({ ...offender, [field]: value }, offender)).toEqual({
        ...{ ok: true, entries: [], offenders: [offender] },
        problems: [`offender 0: bad ${field}`],
      });
    }
  });

  it('does without a list of offenders that is none, and cuts a long one', () => {
    for (const offenders of [null, 7, {}, 'x']) {
      const text = JSON.stringify({ version: 3, entries: [], offenders });
      expect(parseAddressBook(text)).toMatchObject({ ok: true, offenders: [], problems: [] });
    }
    const many = parseOffenders(...Array(OFFENDERS_MAX + 1).fill(offender));
    expect(many.ok && many.offenders).toHaveLength(OFFENDERS_MAX);
  });

  it('never throws on damage, and a book restored from it keeps its bounds', () => {
    const random = seededRandom('damage');
    const text = new NumberedBook().tried(0, 10).toText(NOW);
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
