import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { onStopAll } from './cleanup.js';
import { MAIN_PATH } from './daemon.js';

/** What a command left behind. */
export type CliResult = {
  /** Null: ended by a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** A command that runs. */
export type CliProcess = {
  readonly pid: number | undefined;
  /** Sends a signal. */
  kill(signal: NodeJS.Signals): void;
  readonly result: Promise<CliResult>;
};

/** Starts `hearsay ARGS…` as a user would, with `input` as its stdin; `stopAll` kills it. */
export const startCli = (args: readonly string[], input = ''): CliProcess => {
  const child = spawn(process.execPath, [MAIN_PATH, ...args], { stdio: 'pipe' });
  // A command that ends without reading its stdin breaks the pipe, as it may.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const code = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const result = Promise.all([code, text(child.stdout), text(child.stderr)]).then(
    ([exitCode, stdout, stderr]) => ({ code: exitCode, stdout, stderr }),
  );
  onStopAll(async () => {
    child.kill('SIGKILL');
    await result;
  });
  return { pid: child.pid, kill: (signal) => void child.kill(signal), result };
};

/** Runs `hearsay ARGS…` to its end. */
export const runCli = (args: readonly string[], input = ''): Promise<CliResult> =>
  startCli(args, input).result;
