import { pick, sampled, seededRandom, shuffled } from '../../../src/core/prng.js';

const words = (seed: number | string): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: 50 }, () => random.below(2 ** 32));
};

describe('seededRandom', () => {
  it('gives the same sequence for the same seed', () => {
    expect(words('a seed')).toEqual(words('a seed'));
    expect(words(7)).toEqual(words('7'));
  });

  it('gives another sequence for another seed', () => {
    const seeds = Array.from({ length: 200 }, (_, seed) => words(seed).join());
    expect(new Set(seeds).size).toBe(200);
  });

  it('keeps its sequence from one version to the next, so that old seeds replay', () => {
    const random = seededRandom('hearsay');
    expect([random.below(2 ** 32), random.below(1_000), random.bytes(4).toString('hex')]).toEqual([
      1760670897,
      216,
      '2953c7c3',
    ]);
  });

  it('stays below every bound and reaches all that is below a small one', () => {
    const random = seededRandom(1);
    for (const bound of [1, 2, 3, 7, 256, 1_000_003, 2 ** 31 + 1, 2 ** 32]) {
      const drawn = Array.from({ length: 300 }, () => random.below(bound));
      expect(drawn.every((n) => Number.isInteger(n) && n >= 0 && n < bound)).toBe(true);
      if (bound <= 7) expect(new Set(drawn).size).toBe(bound);
    }
  });

  it('draws each number about equally often', () => {
    const random = seededRandom(2);
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 20_000; draw += 1) {
      const n = random.below(10);
      counts[n] = (counts[n] ?? 0) + 1;
    }
    // Six standard deviations of a binomial count around 2,000.
    for (const count of counts) expect(Math.abs(count - 2_000)).toBeLessThan(255);
  });

  it.each([0, -1, 1.5, NaN, 2 ** 32 + 1])('refuses the bound %p', (bound) => {
    expect(() => seededRandom(3).below(bound)).toThrow(RangeError);
  });

  it('gives as many bytes as were asked for, of every value', () => {
    const random = seededRandom(4);
    expect(random.bytes(0)).toHaveLength(0);
    expect(new Set(random.bytes(8_192)).size).toBe(256);
  });
});

describe('pick', () => {
  it('gives undefined for an empty list', () => {
    expect(pick([], seededRandom(5))).toBeUndefined();
  });

  it('gives every member at some time', () => {
    const random = seededRandom(6);
    const drawn = Array.from({ length: 100 }, () => pick(['a', 'b', 'c'], random));
    expect(new Set(drawn)).toEqual(new Set(['a', 'b', 'c']));
  });
});

describe('shuffled', () => {
  it('keeps the members and leaves the list alone', () => {
    const list = Object.freeze([1, 2, 3, 4, 5, 6, 7, 8]);
    const order = shuffled(list, seededRandom(7));
    expect(order.toSorted((a, b) => a - b)).toEqual(list);
    expect(order).not.toEqual(list);
  });

  it('gives each order about equally often', () => {
    const random = seededRandom(8);
    const orders = new Map<string, number>();
    for (let draw = 0; draw < 6_000; draw += 1) {
      const order = shuffled(['a', 'b', 'c'], random).join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(6);
    for (const count of orders.values()) expect(Math.abs(count - 1_000)).toBeLessThan(175);
  });
});

describe('sampled', () => {
  it('gives so many different members, all when there are fewer, and none below one', () => {
    const list = Object.freeze([1, 2, 3, 4, 5]);
    const random = seededRandom(9);
    expect(new Set(sampled(list, 3, random)).size).toBe(3);
    expect(sampled(list, 9, random).toSorted((a, b) => a - b)).toEqual(list);
    expect([sampled(list, 0, random), sampled(list, -1, random)]).toEqual([[], []]);
  });

  it('gives each member about equally often, at each place', () => {
    const random = seededRandom(10);
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 6_000; draw += 1) {
      for (const [at, member] of sampled(['a', 'b', 'c'], 2, random).entries()) {
        counts.set(`${at}${member}`, (counts.get(`${at}${member}`) ?? 0) + 1);
      }
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 2_000)).toBeLessThan(200);
  });
});
