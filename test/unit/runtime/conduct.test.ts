import type { ActiveView } from '../../../src/core/active-view.js';
import { Counters } from '../../../src/core/counters.js';
import { Conduct, OVERDUE_MAX } from '../../../src/runtime/conduct.js';
import type { ConnectionId } from '../../../src/runtime/ports.js';
import { at, idOf, NumberedBook } from '../core/numbered-book.js';
import { ManualClock } from './manual-clock.js';

/** Longer than a promise may take. */
const LATE_MS = 11_000;

const setUp = () => {
  const clock = new ManualClock();
  const counters = new Counters();
  const book = new NumberedBook();
  const { offenders } = book;
  const dropped: ConnectionId[] = [];
  const logged: string[] = [];
  const come = new Set<string>();
  const view = {
    byConnection: (connection: number) => ({
      identity: idOf(connection),
      address: { family: 4, host: '20.0.0.1', port: 6_001 },
    }),
  } as Pick<ActiveView, 'byConnection'> as ActiveView;
  const conduct = new Conduct({
    ports: { clock, log: (_, what) => void logged.push(what) },
    ...{ counters, book, view },
    hasCome: (id) => come.has(id),
    drop: (connection) => void dropped.push(connection),
  });
  const count = (offence: string): number => counters.get(`offences_total{offence="${offence}"}`);
  /** So many ids are asked of a link, and it answers none; the last is judged later. */
  const breakPromises = (connection: ConnectionId, number: number, prefix = ''): void => {
    for (let n = 0; n < number; n += 1) conduct.unanswered(connection, `${prefix}${n}`);
    clock.advance(LATE_MS);
    conduct.unanswered(connection, `${prefix}last`);
  };
  return { clock, conduct, book, offenders, dropped, logged, come, count, breakPromises };
};

describe('conduct', () => {
  it('holds against a link what it offers and never sends', () => {
    const { breakPromises, count } = setUp();
    breakPromises(1, 32);
    expect(count('broken promises')).toBe(1);
  });

  it('holds nothing against a link that is late', () => {
    const { conduct, breakPromises, count, clock } = setUp();
    for (let n = 0; n < 64; n += 1) conduct.unanswered(1, `${n}`);
    clock.advance(5_000);
    for (let n = 0; n < 64; n += 1) conduct.arrived(1, `${n}`, false);
    breakPromises(1, 31, 'more ');
    expect(count('broken promises')).toBe(0);
  });

  it('holds nothing against a link for what somebody else brought', () => {
    const { breakPromises, count, come } = setUp();
    for (let n = 0; n < 64; n += 1) come.add(`${n}`);
    breakPromises(1, 64);
    expect(count('broken promises')).toBe(0);
  });

  it('holds nothing against a link that keeps a quarter of its promises', () => {
    const { conduct, breakPromises, count } = setUp();
    for (let n = 0; n < 8; n += 1) conduct.arrived(1, `kept ${n}`, true);
    breakPromises(1, 24);
    expect(count('broken promises')).toBe(0);
  });

  it('forgets the oldest of too many late answers, unjudged', () => {
    const { conduct, clock, count } = setUp();
    for (let n = 0; n < 2 * OVERDUE_MAX; n += 1) conduct.unanswered(1, `${n}`);
    clock.advance(LATE_MS);
    conduct.unanswered(1, 'last');
    expect(count('broken promises')).toBe(OVERDUE_MAX / 32);
  });

  it('holds invalid items against who brings them, if they are many', () => {
    const { conduct, count } = setUp();
    for (let n = 0; n < 31; n += 1) conduct.brought(1, false);
    expect(count('invalid items')).toBe(0);
    conduct.brought(1, false);
    for (let n = 0; n < 32; n += 1) conduct.brought(2, n % 2 === 0);
    expect(count('invalid items')).toBe(1);
  });

  it('puts aside and drops a link in the end, with a line in the log', () => {
    const { breakPromises, offenders, dropped, logged, clock, count } = setUp();
    for (let n = 0; n < 4; n += 1) breakPromises(1, 31, `${n} `);
    expect([dropped, logged]).toEqual([[], []]);
    breakPromises(1, 64, 'more ');
    expect(count('broken promises')).toBeGreaterThan(4);
    expect(dropped).toEqual([1]);
    expect(logged).toEqual(['peer put aside']);
    expect(offenders.isAside(idOf(1), clock.wallMs())).toBe(true);
  });

  it('puts aside the address as well where we have dialled it, and no other', () => {
    const { conduct, book, clock } = setUp();
    const nowMs = clock.wallMs();
    book.succeeded(at(1), idOf(1), nowMs);
    book.told(2, at(2), 0, nowMs);
    for (const peer of [1, 2]) {
      for (let n = 0; n < 3; n += 1) conduct.blame(idOf(peer), at(peer), 'rate excess');
    }
    expect([1, 2].map((peer) => book.isSetAside(at(peer), nowMs))).toEqual([true, false]);
    expect([1, 2].map((peer) => book.offenders.isAside(idOf(peer), nowMs))).toEqual([true, true]);
  });

  it('begins anew with a connection of the same number', () => {
    const { conduct, count } = setUp();
    for (let n = 0; n < 31; n += 1) conduct.brought(1, false);
    conduct.forget(1);
    conduct.brought(1, false);
    expect(count('invalid items')).toBe(0);
  });
});
