import { Worker } from 'node:worker_threads';
import type { ConnectionId, LogPort, SolverPort } from '../runtime/ports.js';
import { describeFailure } from './failure.js';
import type { EngineChoice } from './nonce-search.js';
import type { SolveJob } from './solve-loop.js';

/** How to solve puzzles. */
export type SolverOptions = {
  /** Threads, each of which takes a core while there is a puzzle. */
  readonly workers: number;
  readonly log: LogPort;
  /** Default `auto`. */
  readonly engine?: EngineChoice;
  /** The built worker; the default lies beside this file. */
  readonly workerUrl?: URL;
  /** How long a worker stays without a puzzle; 30 s. */
  readonly idleMs?: number;
};

/** Running workers. They do not keep the process alive. */
export type Solver = {
  readonly port: SolverPort;
  /** Nonces tried so far by all workers. */
  hashes(): number;
  /** Forgets all jobs and ends the threads. */
  close(): Promise<void>;
};

/** What a worker is started with. */
export type SolverSetup = {
  readonly engine: EngineChoice;
  /** One shared word: nonces tried so far. */
  readonly hashes: BigInt64Array;
};

/** What a worker says. */
export type SolverReport =
  | { readonly type: 'ready'; readonly engine: string }
  | { readonly type: 'solved'; readonly serial: number; readonly nonce: Uint8Array };

/** Most time between a crash and the next start; the first start is at once, then it doubles. */
const RESTART_MS_MAX = 5_000;
const RESTART_MS_FIRST = 50;
/**
 * A worker without a puzzle ends after this: it holds 11 MB, and starts again in some 50 ms. Our
 * guess: longer than the pauses between the dials of a daemon that looks for peers.
 */
const IDLE_MS = 30_000;

type PendingJob = {
  readonly name: ConnectionId;
  readonly message: SolveJob;
  readonly done: (nonce: Buffer) => void;
};

/** Starts the workers and hands puzzles to whichever has fewest. */
export const startSolver = ({
  workers,
  log,
  engine = 'auto',
  workerUrl = new URL('./solver-worker.js', import.meta.url),
  idleMs = IDLE_MS,
}: SolverOptions): Solver => {
  const hashes = new BigInt64Array(new SharedArrayBuffer(8));
  const setup: SolverSetup = { engine, hashes };
  const threads = Array.from(
    { length: workers },
    () => new SolverThread(workerUrl, setup, idleMs, log),
  );
  const threadOf = new Map<ConnectionId, SolverThread>();
  let serials = 0;

  const cancel = (name: ConnectionId): void => {
    threadOf.get(name)?.cancel(name);
    threadOf.delete(name);
  };
  const solve: SolverPort['solve'] = (name, { hash, binding, difficulty }, done) => {
    cancel(name);
    const thread = threads.reduce((least, other) => (other.load < least.load ? other : least));
    threadOf.set(name, thread);
    serials += 1;
    const message = {
      serial: serials,
      hash,
      // A copy, because a buffer from the pool would be sent along with its neighbours.
      binding: Uint8Array.from(binding),
      difficulty,
      cancelled: new Int32Array(new SharedArrayBuffer(4)),
    };
    thread.take({
      name,
      message,
      done: (nonce) => {
        threadOf.delete(name);
        done(nonce);
      },
    });
  };
  return {
    port: { solve, cancel },
    hashes: () => Number(Atomics.load(hashes, 0)),
    close: async () => {
      threadOf.clear();
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
};

/** One worker, started when there is work and again whenever it dies, and the jobs it has. */
class SolverThread {
  readonly #url: URL;
  readonly #setup: SolverSetup;
  readonly #idleMs: number;
  readonly #log: LogPort;
  readonly #jobs = new Map<number, PendingJob>();
  #worker: Worker | undefined;
  #restarting: NodeJS.Timeout | undefined;
  #resting: NodeJS.Timeout | undefined;
  #crashes = 0;
  #closed = false;

  constructor(url: URL, setup: SolverSetup, idleMs: number, log: LogPort) {
    this.#url = url;
    this.#setup = setup;
    this.#idleMs = idleMs;
    this.#log = log;
  }

  get load(): number {
    return this.#jobs.size;
  }

  take(job: PendingJob): void {
    clearTimeout(this.#resting);
    this.#jobs.set(job.message.serial, job);
    if (this.#worker !== undefined) this.#worker.postMessage(job.message);
    else if (this.#restarting === undefined) this.#start();
  }

  cancel(name: ConnectionId): void {
    for (const [serial, job] of this.#jobs) {
      if (job.name !== name) continue;
      Atomics.store(job.message.cancelled, 0, 1);
      this.#jobs.delete(serial);
    }
    this.#restWhenIdle();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restarting);
    clearTimeout(this.#resting);
    this.#jobs.clear();
    await this.#worker?.terminate();
  }

  #restWhenIdle(): void {
    if (this.#jobs.size > 0 || this.#worker === undefined) return;
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => void this.#worker?.terminate(), this.#idleMs).unref();
  }

  #start(): void {
    this.#restarting = undefined;
    const worker = new Worker(this.#url, { workerData: this.#setup });
    this.#worker = worker;
    worker.on('message', (report: SolverReport) => this.#hear(report));
    worker.on('error', (error) => {
      this.#log('error', 'solver failed', { reason: describeFailure(error) });
    });
    worker.once('exit', () => this.#restart());
    // Last, because listening for messages makes the worker count again (Node 20).
    worker.unref();
    for (const { message } of this.#jobs.values()) worker.postMessage(message);
  }

  #hear(report: SolverReport): void {
    if (report.type === 'ready') {
      this.#log('debug', 'solver ready', { engine: report.engine });
      return;
    }
    this.#crashes = 0;
    const job = this.#jobs.get(report.serial);
    if (job === undefined) return;
    this.#jobs.delete(report.serial);
    this.#restWhenIdle();
    try {
      job.done(Buffer.from(report.nonce));
    } catch (error) {
      this.#log('error', 'solver handler failed', { reason: describeFailure(error) });
    }
  }

  #restart(): void {
    this.#worker = undefined;
    if (this.#closed || this.#jobs.size === 0) return;
    const delayMs =
      this.#crashes === 0 ? 0 : Math.min(RESTART_MS_FIRST * 2 ** this.#crashes, RESTART_MS_MAX);
    this.#crashes += 1;
    this.#restarting = setTimeout(() => this.#start(), delayMs).unref();
  }
}
