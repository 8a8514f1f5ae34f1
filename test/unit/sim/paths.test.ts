import { seededRandom } from '../../../src/core/prng.js';
import { AdjustablePaths, chancyPaths, steadyPaths } from '../../../src/sim/paths.js';

const LATENCY_MS = 40;
const latency = (): number => LATENCY_MS;
const DRAWS = 50_000;
const [HERE, THERE] = ['10.0.1.1', '10.0.2.1'] as const;

const draws = (
  options: Omit<Parameters<typeof chancyPaths>[0], 'latency' | 'random'>,
): number[] => {
  const paths = chancyPaths({ latency, random: seededRandom('b'), ...options });
  return Array.from({ length: DRAWS }, () => paths.delayMs(HERE, THERE, 1_000));
};
const mean = (list: readonly number[]): number =>
  list.reduce((sum, value) => sum + value, 0) / list.length;

describe('paths', () => {
  it('without chance take their latency, whatever is sent', () => {
    const steady = steadyPaths(latency);
    expect([steady.oneWayMs(HERE, THERE), steady.delayMs(HERE, THERE, 70_000)]).toEqual([
      LATENCY_MS,
      LATENCY_MS,
    ]);
    expect(new Set(draws({}))).toEqual(new Set([LATENCY_MS]));
  });

  it('with jitter take longer by that share on average, and never less than the latency', () => {
    const delays = draws({ jitterShare: 0.1 });
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(LATENCY_MS);
    expect(Math.max(...delays)).toBeLessThanOrEqual(LATENCY_MS * 1.8);
    expect(mean(delays)).toBeGreaterThan(LATENCY_MS * 1.09);
    expect(mean(delays)).toBeLessThan(LATENCY_MS * 1.11);
  });

  it('show a loss as the wait until it is sent again, twice as long each time', () => {
    const delays = draws({ lossShare: 0.1 });
    const waitMs = 2 * LATENCY_MS + 200;
    const times = [0, 1, 2].map((losses) => {
      const lateMs = waitMs * (2 ** losses - 1);
      return delays.filter((ms) => ms === LATENCY_MS + lateMs).length / DRAWS;
    });
    expect(times[0]).toBeCloseTo(0.9, 1);
    expect(times[1]).toBeCloseTo(0.09, 2);
    expect(times[2]).toBeCloseTo(0.009, 2);
  });

  it('lose a long write more easily than a short one', () => {
    const paths = chancyPaths({ latency, random: seededRandom('long'), lossShare: 0.01 });
    const late = Array.from({ length: DRAWS }, () => paths.delayMs(HERE, THERE, 60_000)).filter(
      (ms) => ms > LATENCY_MS,
    );
    expect(late.length / DRAWS).toBeCloseTo(1 - 0.99 ** 42, 1);
  });

  it('break a share of the connections that lose something', () => {
    const broken = draws({ lossShare: 0.1, resetShare: 0.5 }).filter((ms) => ms === Infinity);
    expect(broken.length / DRAWS).toBeCloseTo(0.05, 2);
  });

  it('go the same way for the same seed', () => {
    const options = { jitterShare: 0.1, lossShare: 0.05 };
    expect(draws(options)).toEqual(draws(options));
  });

  it('become longer for one host, both ways, and as they were again', () => {
    const paths = new AdjustablePaths(steadyPaths(latency));
    paths.lengthen(HERE, 100);
    expect([
      paths.delayMs(HERE, THERE, 1),
      paths.oneWayMs(THERE, HERE),
      paths.oneWayMs(THERE, 'x'),
    ]).toEqual([140, 140, 40]);
    paths.lengthen(HERE, 0);
    expect(paths.delayMs(HERE, THERE, 1)).toBe(LATENCY_MS);
  });
});
