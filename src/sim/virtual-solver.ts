/** Proof of work in virtual time: how long it takes is drawn, what it finds is real. */
import type { Random } from '../core/prng.js';
import { searchNonce } from '../core/puzzle.js';
import type { ConnectionId, SolverPort } from '../runtime/ports.js';
import { NONCE_BYTES } from '../wire/messages.js';
import type { Scheduler, Timer, TimerOwner } from './virtual-clock.js';

/** Harder puzzles are never solved: whoever waits for one runs into its deadline. */
export const SOLVABLE_BITS_MAX = 10;

const STEPS = 2 ** 32;

export type VirtualSolverOptions = {
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** Hashes a virtual millisecond; infinite: a solve takes no time. */
  readonly hashesPerMs: number;
  /** The node: when it has stopped nothing is solved any more. */
  readonly owner?: TimerOwner;
};

/**
 * A solve takes 2^difficulty / rate on average, exponentially distributed as a search by chance
 * is. The nonce is searched only when that time has passed, so a cancelled job costs nothing.
 */
export const virtualSolver = ({
  scheduler,
  random,
  hashesPerMs,
  owner,
}: VirtualSolverOptions): SolverPort => {
  const jobs = new Map<ConnectionId, Timer>();
  const cancel = (job: ConnectionId): void => {
    const timer = jobs.get(job);
    if (timer !== undefined) scheduler.cancel(timer);
    jobs.delete(job);
  };
  return {
    solve: (job, puzzle, done) => {
      const { difficulty } = puzzle;
      cancel(job);
      // (n + 1) / 2^32 is above 0, of which there is no logarithm.
      const share = -Math.log((random.below(STEPS) + 1) / STEPS);
      const start = random.bytes(NONCE_BYTES);
      if (difficulty > SOLVABLE_BITS_MAX) return;
      const finish = (): void => {
        jobs.delete(job);
        done(searchNonce(puzzle, start));
      };
      jobs.set(job, scheduler.after((share * 2 ** difficulty) / hashesPerMs, finish, owner));
    },
    cancel,
  };
};
