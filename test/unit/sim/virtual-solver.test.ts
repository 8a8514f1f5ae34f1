import { seededRandom } from '../../../src/core/prng.js';
import { isProofValid, type Puzzle } from '../../../src/core/puzzle.js';
import { Scheduler, VirtualClock } from '../../../src/sim/virtual-clock.js';
import { SOLVABLE_BITS_MAX, virtualSolver } from '../../../src/sim/virtual-solver.js';

const puzzle = (difficulty: number): Puzzle => ({
  hash: 'sha256',
  binding: Buffer.alloc(32, 9),
  difficulty,
});

describe('virtual solver', () => {
  const world = (hashesPerMs: number) => {
    const scheduler = new Scheduler();
    const owner = new VirtualClock(scheduler, { epochMs: 0 });
    const random = seededRandom('solver');
    return { scheduler, owner, port: virtualSolver({ scheduler, random, hashesPerMs, owner }) };
  };
  const fail = (): never => {
    throw new Error('the answer of a job that is over');
  };

  it('finds real proofs, after the time that they take on average', () => {
    const { scheduler, port } = world(1);
    const tookMs: number[] = [];
    for (let job = 0; job < 400; job += 1) {
      port.solve(job, puzzle(4), (nonce) => {
        expect(isProofValid(puzzle(4), nonce)).toBe(true);
        tookMs.push(scheduler.nowMs);
      });
    }
    scheduler.runUntil(10_000);
    expect(tookMs).toHaveLength(400);
    const mean = tookMs.reduce((sum, ms) => sum + ms, 0) / tookMs.length;
    // 2^4 hashes at 1 a ms, drawn 400 times: one standard error is 0.8 ms.
    expect(Math.abs(mean - 16)).toBeLessThan(3);
  });

  it('answers neither a cancelled job nor one that was given its name again', () => {
    const { scheduler, port } = world(1);
    port.solve(1, puzzle(2), fail);
    port.cancel(1);
    port.cancel(99);
    port.solve(2, puzzle(2), fail);
    const answered: number[] = [];
    port.solve(2, puzzle(2), () => answered.push(2));
    scheduler.runUntil(10_000);
    expect(answered).toEqual([2]);
  });

  it('answers nobody once its node has stopped, nor a puzzle that is too hard', () => {
    const { scheduler, owner, port } = world(1_000);
    port.solve(1, puzzle(SOLVABLE_BITS_MAX + 1), fail);
    scheduler.runUntil(10_000);
    port.solve(2, puzzle(2), fail);
    owner.stop();
    scheduler.runUntil(20_000);
    expect(scheduler.fired).toBe(0);
  });
});
