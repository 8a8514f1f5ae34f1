import { NumberPool } from '../../../src/core/number-pool.js';
import { seededRandom } from '../../../src/core/prng.js';
import { same } from '../../same.js';

describe('NumberPool', () => {
  it('makes the lowest new number when none is free', () => {
    const pool = new NumberPool();
    expect([pool.take(), pool.take(), pool.take()]).toEqual([1, 2, 3]);
  });

  it('begins where it is told to', () => {
    expect(new NumberPool(0).take()).toBe(0);
  });

  it('uses again what has been free longest', () => {
    const pool = new NumberPool();
    for (let taken = 0; taken < 4; taken += 1) pool.take();
    pool.release(3);
    pool.release(1);
    pool.release(4);
    expect([pool.take(), pool.take(), pool.take(), pool.take()]).toEqual([3, 1, 4, 5]);
  });

  it('refuses a number that is released twice or was never taken', () => {
    const pool = new NumberPool();
    const number = pool.take();
    pool.release(number);
    expect(() => pool.release(number)).toThrow(RangeError);
    expect(() => pool.release(99)).toThrow(RangeError);
    expect(pool.taken).toBe(0);
  });

  it('never hands out a number that is out, nor more numbers than were out at once', () => {
    const random = seededRandom('pool');
    const pool = new NumberPool();
    const out: number[] = [];
    const freeSince: number[] = [];
    let mostOut = 0;
    for (let step = 0; step < 20_000; step += 1) {
      if (out.length === 0 || random.below(100) < (step < 8_000 ? 70 : 45)) {
        const number = pool.take();
        same(out.includes(number), false);
        same(number, freeSince.shift() ?? mostOut + 1);
        out.push(number);
        mostOut = Math.max(mostOut, out.length);
      } else {
        const [number = 0] = out.splice(random.below(out.length), 1);
        pool.release(number);
        freeSince.push(number);
      }
      same(pool.taken, out.length);
    }
    expect(mostOut).toBeGreaterThan(1_024);
  });
});
