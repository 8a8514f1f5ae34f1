/** Plays runs in several processes, each one after the other, and keeps their order. */
import { fork, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { RunResult } from '../../sim/run/result.js';
import { CommandError } from '../command.js';
import { EXIT } from '../exit-codes.js';
import type { WorkerAnswer, WorkerTask } from './worker.js';

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url));

/** As many processes as there are processors, and never more than this. */
export const JOBS_MAX = 32;
export const defaultJobs = (): number => Math.min(JOBS_MAX, availableParallelism());

export type PoolOptions = {
  readonly jobs: number;
  /** MiB of each process. */
  readonly memoryMib: number;
  /** How many runs are over, and how far the others are: from 0 to the number of tasks. */
  readonly onProgress: (done: number) => void;
  /** The result of the task of this index. */
  readonly onResult?: (at: number, result: RunResult) => void;
  readonly onNote: (note: string) => void;
  /** Ends all processes. */
  readonly signal: AbortSignal;
};

/**
 * Plays all tasks; the results are in the order of the tasks.
 *
 * @throws CommandError when a process fails, or the signal is aborted.
 */
export const playAll = async (
  tasks: readonly WorkerTask[],
  options: PoolOptions,
): Promise<RunResult[]> => {
  const results = new Map<number, RunResult>();
  const done = tasks.map(() => 0);
  const children: ChildProcess[] = [];
  let next = 0;
  const tell = (): void => options.onProgress(done.reduce((sum, share) => sum + share, 0));
  const work = async (): Promise<void> => {
    const child = start(options.memoryMib);
    children.push(child);
    while (next < tasks.length) {
      const at = next;
      next += 1;
      const task = tasks[at];
      if (task === undefined) return;
      const { result, note } = await playOne(child, task, (share) => {
        done[at] = share;
        tell();
      });
      results.set(at, result);
      options.onResult?.(at, result);
      done[at] = 1;
      tell();
      if (note !== undefined) options.onNote(note);
    }
    child.disconnect();
  };
  const kill = (): void => {
    for (const child of children) child.kill();
  };
  options.signal.addEventListener('abort', kill, { once: true });
  try {
    const jobs = Math.min(options.jobs, tasks.length);
    await Promise.all(Array.from({ length: jobs }, work));
  } catch (error) {
    kill();
    if (options.signal.aborted) throw new CommandError(EXIT.failed, 'interrupted');
    throw error;
  } finally {
    options.signal.removeEventListener('abort', kill);
  }
  return tasks.flatMap((_, at) => results.get(at) ?? []);
};

/** What is short-lived dies young in so much room: a quarter less CPU than with V8's 16 MiB. */
const YOUNG_MIB = 64;

const start = (memoryMib: number): ChildProcess =>
  fork(WORKER, {
    execArgv: [`--max-old-space-size=${memoryMib}`, `--max-semi-space-size=${YOUNG_MIB}`],
    // XState checks less of what it is given, and is faster for it.
    env: { ...process.env, NODE_ENV: 'production' },
    serialization: 'advanced',
  });

type Played = Extract<WorkerAnswer, { readonly kind: 'result' }>;

const playOne = (
  child: ChildProcess,
  task: WorkerTask,
  onProgress: (share: number) => void,
): Promise<Played> =>
  new Promise((resolve, reject) => {
    const stop = (): void => {
      child.off('message', hear);
      child.off('exit', miss);
      child.off('error', reject);
    };
    const fail = (reason: string): void => {
      stop();
      reject(new CommandError(EXIT.failed, `seed ${task.seed}: ${reason}`));
    };
    const hear = (answer: WorkerAnswer): void => {
      if (answer.kind === 'progress') return onProgress(answer.done);
      if (answer.kind === 'failure') return fail(answer.reason);
      stop();
      resolve(answer);
    };
    const miss = (code: number | null, signal: string | null): void =>
      fail(`its process has ended: ${signal ?? `exit code ${code}`}`);
    child.on('message', hear);
    child.once('exit', miss);
    child.once('error', reject);
    child.send(task);
  });
