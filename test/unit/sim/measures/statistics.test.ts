import { seededRandom } from '../../../../src/core/prng.js';
import { Histogram, histogramOf } from '../../../../src/sim/measures/histogram.js';
import { estimate } from '../../../../src/sim/measures/statistics.js';

describe('an estimate', () => {
  it('is the mean, and the half of the 95 % interval by Student', () => {
    const { mean, halfWidth, runs } = estimate([1, 2, 3, 4, 5]);
    expect([mean, runs]).toEqual([3, 5]);
    // sqrt(2.5) / sqrt(5) * 2.776
    expect(halfWidth).toBeCloseTo(1.963, 3);
  });

  it('holds the true mean in about 95 of 100 cases', () => {
    const random = seededRandom('intervals');
    const normal = (): number => {
      let sum = 0;
      for (let n = 0; n < 12; n += 1) sum += random.below(2 ** 32) / 2 ** 32;
      return sum - 6;
    };
    let held = 0;
    for (let trial = 0; trial < 2_000; trial += 1) {
      const { mean, halfWidth } = estimate([normal(), normal(), normal(), normal()]);
      if (Math.abs(mean) <= halfWidth) held += 1;
    }
    expect(held / 2_000).toBeGreaterThan(0.93);
    expect(held / 2_000).toBeLessThan(0.97);
  });

  it('leaves out what is no number, and says nothing of the width of a single run', () => {
    expect(estimate([NaN, 7])).toEqual({ mean: 7, halfWidth: NaN, runs: 1 });
    expect(estimate([])).toMatchObject({ mean: NaN, runs: 0 });
  });
});

describe('a histogram', () => {
  it('tells percentiles as sorting would, to the width of a bin', () => {
    const random = seededRandom('latencies');
    const histogram = new Histogram();
    const all = Array.from({ length: 10_000 }, () => random.below(4_000_000) / 1_000);
    for (const ms of all) histogram.add(ms);
    all.sort((a, b) => a - b);
    for (const share of [0.01, 0.5, 0.9, 0.99, 1]) {
      const exact = all[Math.ceil(share * all.length) - 1] ?? NaN;
      expect(Math.abs(histogram.percentileMs(share) - exact)).toBeLessThan(
        Math.max(0.3, exact / 900),
      );
    }
    expect(histogram.maxMs).toBe(all.at(-1));
    expect(histogram.countUpTo(500)).toBeGreaterThan(1_150);
    expect(histogram.countUpTo(500)).toBeLessThan(1_350);
  });

  it('passes through its bins and back unchanged', () => {
    const histogram = new Histogram();
    for (const ms of [0, 0.1, 0.25, 1, 999.9, 1_000, 1_500, 59_999]) histogram.add(ms, 3);
    const again = histogramOf(histogram.bins());
    expect(again.bins()).toEqual(histogram.bins());
    expect(again.count).toBe(24);
  });

  it('has no percentile without a single duration', () => {
    expect(new Histogram().percentileMs(0.5)).toBeNaN();
  });
});
