import { randomBytes } from 'node:crypto';
import type { ProofHash } from '../core/puzzle.js';
import { NONCE_BYTES } from '../wire/messages.js';
import { BATCH_NONCES, type NonceSearch, type SolverEngine } from './nonce-search.js';

/** One puzzle, as it is sent to the worker. */
export type SolveJob = {
  /** Names the job for ever, unlike the connection's number, which is used again. */
  readonly serial: number;
  readonly hash: ProofHash;
  readonly binding: Uint8Array;
  readonly difficulty: number;
  /** One word of shared memory: not zero when nobody wants the answer any more. */
  readonly cancelled: Int32Array;
};

/** What a loop reports. */
export type SolveLoopOwner = {
  solved(serial: number, nonce: Buffer): void;
  /** So many nonces have been tried since this was last told. */
  tried(nonces: number): void;
};

/** How long one job is worked on before the next has its turn. */
export const SLICE_MS = 4;

/**
 * Works on several puzzles in turn, a few milliseconds each, so that a hard one does not starve an
 * easy one. Somebody else calls `turn` again and again, and may add jobs in between.
 */
export class SolveLoop {
  readonly #owner: SolveLoopOwner;
  readonly #jobs: { readonly job: SolveJob; readonly search: NonceSearch }[] = [];

  constructor(owner: SolveLoopOwner) {
    this.#owner = owner;
  }

  get isIdle(): boolean {
    return this.#jobs.length === 0;
  }

  /** Takes a job in, with an engine for its hash; its search begins at a random nonce. */
  add(job: SolveJob, engine: SolverEngine): void {
    this.#jobs.push({ job, search: engine.search(job, randomBytes(NONCE_BYTES)) });
  }

  /**
   * Works on the next job until its slice is over, it is solved or it is cancelled. The flag is
   * looked at before every batch of 1,024 nonces: 0.05 ms with hashtree, 0.3 ms with hash-wasm and
   * with crypto.
   */
  turn(): void {
    const current = this.#jobs.shift();
    if (current === undefined) return;
    const { job, search } = current;
    const endMs = performance.now() + SLICE_MS;
    let nonce: Buffer | undefined;
    let tried = 0;
    do {
      if (Atomics.load(job.cancelled, 0) !== 0) break;
      nonce = search.tryBatch();
      tried += BATCH_NONCES;
    } while (nonce === undefined && performance.now() < endMs);
    this.#owner.tried(tried);
    if (nonce !== undefined) this.#owner.solved(job.serial, nonce);
    else if (Atomics.load(job.cancelled, 0) === 0) this.#jobs.push(current);
  }
}
