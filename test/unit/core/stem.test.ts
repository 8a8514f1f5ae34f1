import { seededRandom } from '../../../src/core/prng.js';
import {
  FAILSAFE_LEAST_MS,
  FAILSAFE_MEAN_MS,
  failsafeMs,
  STEM_EPOCH_MS,
  StemRoute,
  type StemLink,
} from '../../../src/core/stem.js';

const links = (count: number, outbound = count): StemLink[] =>
  Array.from({ length: count }, (_, connection) => ({
    connection,
    isOutbound: connection < outbound,
  }));
const route = (seed: number): StemRoute => new StemRoute(seededRandom(seed));
/** The relay of an own item; undefined: it is spread. */
const relayOf = (of: StemRoute, among: StemLink[], nowMs = 0): number | undefined => {
  const turn = of.turn(among, undefined, nowMs);
  return turn.kind === 'relay' ? turn.connection : undefined;
};

describe('StemRoute', () => {
  it('keeps one relay for an epoch, and draws another for the next', () => {
    const relays = Array.from({ length: 30 }, (_, seed) => {
      const one = route(seed);
      const first = relayOf(one, links(20));
      for (const nowMs of [1, STEM_EPOCH_MS / 2, STEM_EPOCH_MS - 1]) {
        expect(relayOf(one, links(20), nowMs)).toBe(first);
      }
      return [first, relayOf(one, links(20), STEM_EPOCH_MS)];
    });
    expect(relays.filter(([first, next]) => first !== next).length).toBeGreaterThan(20);
    expect(new Set(relays.map(([first]) => first)).size).toBeGreaterThan(10);
  });

  it('takes a link that we dialled while there is one', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      expect(relayOf(route(seed), links(20, 3))).toBeLessThan(3);
      expect(relayOf(route(seed), links(20, 0))).toBeGreaterThanOrEqual(0);
    }
  });

  it('takes the next when the relay is gone, and the first again when it is back', () => {
    const one = route(3);
    const first = relayOf(one, links(5));
    const others = links(5).filter(({ connection }) => connection !== first);
    expect(others.map(({ connection }) => connection)).toContain(relayOf(one, others));
    expect(relayOf(one, links(5))).toBe(first);
  });

  it('sends nothing back where it came from, and spreads where nobody else is', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const turn = route(seed).turn(links(2), 0, 0);
      if (turn.kind === 'relay') expect(turn.connection).toBe(1);
      expect(route(seed).turn(links(1), 0, 0)).toEqual({ kind: 'spread' });
    }
    expect(route(1).turn([], undefined, 0)).toEqual({ kind: 'spread' });
  });

  it('ends the stems of others in a quarter of the epochs, never those of our own', () => {
    const ends = Array.from({ length: 2_000 }, (_, seed) => {
      const one = route(seed);
      expect(relayOf(one, links(4))).toBeDefined();
      return one.turn(links(4), 3, 0).kind === 'spread';
    }).filter(Boolean).length;
    expect(Math.abs(ends - 500)).toBeLessThan(80);
  });

  it('remembers a rank for each link of the epoch, and no more', () => {
    const one = route(1);
    relayOf(one, links(8));
    expect(one.size).toBe(8);
    one.forget(2);
    expect(one.size).toBe(7);
    relayOf(one, links(3), STEM_EPOCH_MS);
    expect(one.size).toBe(3);
  });
});

describe('the fail-safe', () => {
  it('waits at least so long, and on average as long as it says', () => {
    const random = seededRandom('waits');
    const waits = Array.from({ length: 4_000 }, () => failsafeMs(random));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(FAILSAFE_LEAST_MS);
    const mean = waits.reduce((sum, ms) => sum + ms, 0) / waits.length;
    expect(Math.abs(mean - FAILSAFE_LEAST_MS - FAILSAFE_MEAN_MS)).toBeLessThan(500);
  });
});
