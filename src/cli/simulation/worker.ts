/**
 * Plays runs of scenarios, one after the other, as the process that made it asks. What it is sent
 * and what it answers are `WorkerTask` and `WorkerAnswer`.
 */
import { runScenario } from '../../sim/run/scenario-run.js';
import type { RunResult } from '../../sim/run/result.js';
import { parseScenario } from '../../sim/scenario/schema.js';
import { TraceRecorder } from './trace-recorder.js';

export type WorkerTask = {
  /** Text of the scenario file. */
  readonly json: string;
  readonly nodes: number;
  readonly seed: string;
  /** Where the trace goes; undefined: nowhere. */
  readonly trace: string | undefined;
};

export type WorkerAnswer =
  | { readonly kind: 'progress'; readonly done: number }
  | { readonly kind: 'result'; readonly result: RunResult; readonly note: string | undefined }
  | { readonly kind: 'failure'; readonly reason: string };

/** Between two reports of progress, in real time. */
const PROGRESS_INTERVAL_MS = 200;

const answer = (message: WorkerAnswer): void => void process.send?.(message);

const play = ({ json, nodes, seed, trace }: WorkerTask): void => {
  const parsed = parseScenario(json);
  if (!parsed.ok) throw new Error('whoever asked has not looked at the scenario');
  const recorder = trace === undefined ? undefined : new TraceRecorder(trace);
  let toldMs = 0;
  const onProgress = (done: number): void => {
    const nowMs = performance.now();
    if (nowMs - toldMs < PROGRESS_INTERVAL_MS) return;
    toldMs = nowMs;
    answer({ kind: 'progress', done });
  };
  const hooks = { onProgress, onDaemon: recorder?.watch };
  const result = runScenario({ scenario: parsed.scenario, nodes, seed }, hooks);
  answer({ kind: 'result', result, note: recorder?.close() });
};

process.on('message', (task: WorkerTask) => {
  try {
    play(task);
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    answer({ kind: 'failure', reason });
  }
});
// Whoever asked is gone.
process.on('disconnect', () => process.exit());
