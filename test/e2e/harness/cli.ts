import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { onStopAll } from './cleanup.js';
import { MAIN_PATH } from './daemon.js';
import { WAIT_MS, within } from './wait.js';

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
  /** Resolves to all of stdout so far when it matches; rejects after 10 s, or at the end. */
  prints(pattern: RegExp): Promise<string>;
};

/** Tells of the text of a stream as it grows. */
const growingText = (stream: Readable): ((pattern: RegExp) => Promise<string>) => {
  let soFar = '';
  stream.on('data', (chunk: Buffer) => (soFar += chunk.toString()));
  return async (pattern) => {
    const matched = (async () => {
      while (!pattern.test(soFar)) {
        if (stream.readableEnded) throw new Error(`never printed ${String(pattern)}:\n${soFar}`);
        await Promise.race([once(stream, 'data'), once(stream, 'end')]);
      }
      return soFar;
    })();
    return within(matched, WAIT_MS, () => `${String(pattern)} is printed; so far:\n${soFar}`);
  };
};

/**
 * Starts `hearsay ARGS…` as a user would, with `input` as its stdin and `env` on top of our
 * environment; `stopAll` kills it.
 */
export const startCli = (
  args: readonly string[],
  input = '',
  env: Readonly<Record<string, string>> = {},
): CliProcess => {
  const options = { stdio: 'pipe', env: { ...process.env, ...env } } as const;
  const child = spawn(process.execPath, [MAIN_PATH, ...args], options);
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
  return {
    pid: child.pid,
    kill: (signal) => void child.kill(signal),
    result,
    prints: growingText(child.stdout),
  };
};

/** Runs `hearsay ARGS…` to its end. */
export const runCli = (args: readonly string[], input = ''): Promise<CliResult> =>
  startCli(args, input).result;
