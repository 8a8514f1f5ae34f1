import { SPREAD_PROFILES, type SpreadProfile } from '../../../../src/core/spread-profile.js';
import { runScenario } from '../../../../src/sim/run/scenario-run.js';
import type { RunResult } from '../../../../src/sim/run/result.js';
import { smallScenario } from '../small-swarm.js';

const play = (changes: Readonly<Record<string, unknown>>, seed = '1', nodes = 8): RunResult =>
  runScenario({ scenario: smallScenario(changes), nodes, seed });

const EVERYTHING = {
  items: [{ name: 'items', count: 12, everyMs: 500 }],
  network: { jitterShare: 0.1, lossShare: 0.01 },
  faults: [
    { name: 'restart', atMs: 1_000, count: 1, downMs: 2_000 },
    { name: 'stall', atMs: 1_500, count: 1, durationMs: 1_000 },
    { name: 'churn', atMs: 2_000, share: 0.2, everyMs: 1_000, rounds: 2 },
  ],
  measures: [
    { name: 'delivery' },
    { name: 'copies' },
    { name: 'p50' },
    { name: 'p99' },
    { name: 'last-hop' },
    { name: 'broken-rounds' },
    { name: 'caught-up' },
  ],
};

describe('a run', () => {
  it('is the same for the same seed, to the last figure, and another for another', () => {
    const [one, again, other] = ['a', 'a', 'b'].map((seed) => play(EVERYTHING, seed));
    expect(again).toEqual(one);
    expect(other?.latency).not.toEqual(one?.latency);
    expect(one?.violations).toEqual([]);
  });

  it('takes another spread profile in place of the one that is configured', () => {
    const items = [{ name: 'items', count: 12, everyMs: 500 }];
    const copiesUnder = (profile?: SpreadProfile): number => {
      const scenario = smallScenario({ items, measures: [{ name: 'copies' }] });
      const { measures } = runScenario({ scenario, nodes: 8, seed: '1', profile });
      return measures[0] ?? NaN;
    };
    const { balanced, lean } = SPREAD_PROFILES;
    expect(copiesUnder(balanced)).toBe(copiesUnder());
    expect(copiesUnder({ ...balanced, eagerMin: 6 })).toBeGreaterThan(1.5 * copiesUnder(lean));
  });

  it('measures what a network of known shape does', () => {
    const measures = ['delivery', 'lost', 'p50', 'last-hop', 'links-min', 'components'];
    const { measures: found, expected } = play({
      measures: measures.map((name) => ({ name })),
      items: [{ name: 'items', count: 5 }],
    });
    expect(expected).toBe(5 * 7);
    // All are linked with all, 10 ms apart: one hop.
    expect(found).toEqual([1, 0, expect.closeTo(10, 0), 1, 7, 1]);
  });

  it('tells what is lost: nobody has what only the announcer has', () => {
    const { measures, violations } = play({
      measures: [{ name: 'delivery' }, { name: 'lost' }, { name: 'p50' }],
      types: [{ dataType: 1 }],
      items: [{ name: 'items', count: 2, fromMs: 1_000 }],
      faults: [{ name: 'partition', atMs: 0, share: 0, durationMs: 60_000 }],
      network: { latency: 'even', evenMs: 9_000 },
      settleMs: 0,
      drainMs: 0,
    });
    expect(measures).toEqual([0, 14, NaN]);
    expect(violations).toEqual([]);
  });

  it('says how far it is', () => {
    const told: number[] = [];
    runScenario(
      { scenario: smallScenario(), nodes: 3, seed: '1' },
      { onProgress: (done) => told.push(done) },
    );
    expect(told.length).toBeGreaterThan(5);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
  });
});
