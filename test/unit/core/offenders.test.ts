import {
  ASIDE_POINTS,
  HALF_LIFE_MS,
  OFFENDER_ASIDE_FIRST_MS,
  OFFENDER_ASIDE_MAX_MS,
  Offenders,
  type Offence,
} from '../../../src/core/offenders.js';
import { ShareWatch } from '../../../src/core/share-watch.js';
import { idOf, NOW } from './numbered-book.js';

const OFFENCES: readonly Offence[] = [
  'broken promises',
  'invalid items',
  'protocol error',
  'rate excess',
];
const [ONE, OTHER] = [idOf(1), idOf(2)];
/** Offends until it is put aside; for how long, and after how many offences. */
const offend = (offenders: Offenders, identity: string, offence: Offence, nowMs = NOW) => {
  for (let times = 1; times < 100; times += 1) {
    const termMs = offenders.note(identity, offence, nowMs);
    if (termMs !== undefined) return { times, termMs };
  }
  throw new Error('never put aside');
};

describe('offenders', () => {
  it.each(OFFENCES)('are not put aside for one case of %s, but for many', (offence) => {
    const offenders = new Offenders();
    expect(offend(offenders, ONE, offence).times).toBeGreaterThan(2);
    expect([offenders.isAside(ONE, NOW), offenders.isAside(OTHER, NOW)]).toEqual([true, false]);
  });

  it('have points that fade', () => {
    const offenders = new Offenders();
    offenders.note(ONE, 'protocol error', NOW);
    const points = [0, HALF_LIFE_MS, 2 * HALF_LIFE_MS, -HALF_LIFE_MS].map((byMs) =>
      offenders.points(ONE, NOW + byMs),
    );
    expect(points).toEqual([40, 20, 10, 40]);
    expect(offenders.points(OTHER, NOW)).toBe(0);
  });

  it('are never put aside for what happens once in a while', () => {
    const offenders = new Offenders();
    for (let n = 0; n < 1_000; n += 1) {
      const nowMs = NOW + n * 2 * HALF_LIFE_MS;
      expect(offenders.note(ONE, 'protocol error', nowMs)).toBeUndefined();
    }
  });

  it('are put aside for longer each time, a day at most', () => {
    const offenders = new Offenders();
    let nowMs = NOW;
    const terms = Array.from({ length: 10 }, () => {
      const { termMs } = offend(offenders, ONE, 'rate excess', nowMs);
      expect(offenders.isAside(ONE, nowMs + termMs - 1)).toBe(true);
      nowMs += termMs;
      expect(offenders.isAside(ONE, nowMs)).toBe(false);
      return termMs;
    });
    expect(terms.slice(0, 3)).toEqual([1, 2, 4].map((times) => times * OFFENDER_ASIDE_FIRST_MS));
    expect(terms.at(-1)).toBe(OFFENDER_ASIDE_MAX_MS);
  });

  it('are not put aside anew by one offence when they come back', () => {
    const offenders = new Offenders();
    const { termMs } = offend(offenders, ONE, 'rate excess');
    expect(offenders.points(ONE, NOW)).toBeLessThan(ASIDE_POINTS);
    expect(offenders.note(ONE, 'rate excess', NOW + termMs)).toBeUndefined();
  });

  it('may come back when the clock was put back', () => {
    const offenders = new Offenders();
    offend(offenders, ONE, 'rate excess');
    expect(offenders.isAside(ONE, NOW - 2 * OFFENDER_ASIDE_MAX_MS)).toBe(false);
  });

  it('are forgotten a day after they were put aside', () => {
    const offenders = new Offenders();
    const { termMs } = offend(offenders, ONE, 'rate excess');
    const endMs = NOW + termMs;
    expect(offenders.all(endMs + OFFENDER_ASIDE_MAX_MS)).toHaveLength(1);
    expect(offenders.all(endMs + OFFENDER_ASIDE_MAX_MS + 1)).toEqual([]);
    expect(offend(offenders, ONE, 'rate excess').termMs).toBe(OFFENDER_ASIDE_FIRST_MS);
  });

  it('are forgiven by hand, one or all', () => {
    const offenders = new Offenders();
    for (const identity of [ONE, OTHER]) offend(offenders, identity, 'rate excess');
    const { changes } = offenders;
    expect([offenders.forgive(ONE), offenders.forgive(ONE)]).toEqual([1, 0]);
    expect([offenders.isAside(ONE, NOW), offenders.isAside(OTHER, NOW)]).toEqual([false, true]);
    expect(offenders.changes).toBeGreaterThan(changes);
    expect([offenders.forgive(), offenders.size]).toEqual([1, 0]);
  });

  it('survive a restart', () => {
    const offenders = new Offenders();
    offend(offenders, ONE, 'rate excess');
    offenders.note(OTHER, 'invalid items', NOW);
    const restored = new Offenders();
    restored.restore(offenders.all(NOW), NOW + HALF_LIFE_MS);
    expect(restored.isAside(ONE, NOW + 1)).toBe(true);
    expect(restored.points(OTHER, NOW + HALF_LIFE_MS)).toBe(2.5);
  });

  it('are a bounded number: the least make room, and who is put aside last', () => {
    const offenders = new Offenders(3);
    offend(offenders, idOf(1), 'rate excess');
    offenders.note(idOf(2), 'invalid items', NOW);
    for (const peer of [3, 4, 5]) offenders.note(idOf(peer), 'protocol error', NOW);
    expect(offenders.size).toBe(3);
    expect(offenders.isAside(idOf(1), NOW)).toBe(true);
    expect(offenders.points(idOf(2), NOW)).toBe(0);
  });
});

describe('a share watch', () => {
  const tells = (window: number, share: number, outcomes: string): number[] => {
    const watch = new ShareWatch(window, share);
    return [...outcomes].flatMap((outcome, at) => (watch.note(outcome === 'x') ? [at] : []));
  };

  it('tells at the end of a window of which too much was bad', () => {
    expect(tells(4, 0.5, 'xxx.' + 'xx..' + '.xxx' + '....')).toEqual([3, 11]);
  });

  it('says nothing before a window is full', () => {
    expect(tells(4, 0.5, 'xxx')).toEqual([]);
  });
});
