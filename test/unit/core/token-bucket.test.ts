import { seededRandom } from '../../../src/core/prng.js';
import { TokenBucket } from '../../../src/core/token-bucket.js';

describe('TokenBucket', () => {
  it('starts full, whatever the time is', () => {
    const bucket = new TokenBucket(1, 5);
    expect(bucket.take(5, 1_000_000)).toBe(true);
    expect(bucket.take(1, 1_000_000)).toBe(false);
  });

  it('gains its rate per second', () => {
    const bucket = new TokenBucket(10, 5);
    bucket.take(5, 0);
    expect(bucket.take(1, 99)).toBe(false);
    expect(bucket.take(1, 100)).toBe(true);
    expect(bucket.take(3, 399)).toBe(false);
    expect(bucket.take(3, 400)).toBe(true);
  });

  it('holds no more than its burst', () => {
    const bucket = new TokenBucket(10, 5);
    bucket.take(5, 0);
    expect(bucket.take(6, 3_600_000)).toBe(false);
    expect(bucket.take(5, 3_600_000)).toBe(true);
    expect(bucket.take(1, 3_600_000)).toBe(false);
  });

  it('takes all or none', () => {
    const bucket = new TokenBucket(0, 5);
    expect(bucket.take(6, 0)).toBe(false);
    expect(bucket.take(5, 0)).toBe(true);
  });

  it('gains nothing from a clock that goes back', () => {
    const bucket = new TokenBucket(10, 5);
    bucket.take(5, 1_000);
    expect(bucket.take(1, 0)).toBe(false);
    expect(bucket.take(1, 1_000)).toBe(false);
    expect(bucket.take(1, 1_100)).toBe(true);
  });

  it('never grants more than burst and rate allow, over any stretch of time', () => {
    const random = seededRandom('bucket');
    const bucket = new TokenBucket(20, 30);
    let nowMs = 0;
    let granted = 0;
    for (let step = 0; step < 5_000; step += 1) {
      nowMs += random.below(200);
      const count = random.below(10);
      if (bucket.take(count, nowMs)) granted += count;
      expect(granted).toBeLessThanOrEqual(30 + (nowMs * 20) / 1_000 + 1e-6);
    }
    expect(granted).toBeGreaterThan((nowMs * 20) / 1_000 / 2);
  });

  it.each([
    [-1, 5],
    [1, -5],
    [NaN, 5],
    [1, Infinity],
  ])('refuses to be made with the rate %p and the burst %p', (rate, burst) => {
    expect(() => new TokenBucket(rate, burst)).toThrow(RangeError);
  });

  it.each([-1, NaN])('refuses to take %p tokens', (count) => {
    expect(() => new TokenBucket(1, 1).take(count, 0)).toThrow(RangeError);
  });
});
