import { nodeRandom } from '../../../src/node/random.js';

describe('nodeRandom', () => {
  it('gives as many bytes as asked for, each time others', () => {
    for (const length of [0, 1, 8, 32, 1_024, 5_000, 20_000]) {
      expect(nodeRandom.bytes(length)).toHaveLength(length);
    }
    const salts = Array.from({ length: 5_000 }, () => nodeRandom.bytes(16).toString('hex'));
    expect(new Set(salts).size).toBe(5_000);
  });

  it('never changes bytes that it has given', () => {
    const kept = nodeRandom.bytes(32);
    const copy = Buffer.from(kept);
    for (let n = 0; n < 1_000; n += 1) nodeRandom.bytes(32);
    expect(kept).toEqual(copy);
  });

  it('gives every number below the bound about equally often, and no other', () => {
    const counts = new Array<number>(6).fill(0);
    for (let n = 0; n < 60_000; n += 1) {
      const drawn = nodeRandom.below(6);
      counts[drawn] = (counts[drawn] ?? NaN) + 1;
    }
    expect(counts).toHaveLength(6);
    // Six standard deviations: a fair die fails this once in a hundred million runs.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(6 * 92);
  });

  it('is not biased for a bound of three quarters of 2^32', () => {
    // Without throwing words back, the lower third would come up half of the time.
    const bound = 3 * 2 ** 30;
    let low = 0;
    for (let n = 0; n < 30_000; n += 1) if (nodeRandom.below(bound) < 2 ** 30) low += 1;
    expect(Math.abs(low - 10_000)).toBeLessThan(6 * 82);
  });

  it('knows its smallest and its largest bound', () => {
    expect(nodeRandom.below(1)).toBe(0);
    expect(nodeRandom.below(2 ** 32)).toBeLessThan(2 ** 32);
    for (const bound of [0, -1, 1.5, 2 ** 32 + 1, NaN]) {
      expect(() => nodeRandom.below(bound)).toThrow(RangeError);
    }
  });
});
