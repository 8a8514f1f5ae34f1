import type { Readable, Writable } from 'node:stream';
import { EXIT } from './exit-codes.js';

/** What a command may do with the terminal, so that a test can stand in for it. */
export type Terminal = {
  /** Writes to stdout as it is; resolves when there is room for more. */
  out(text: string | Uint8Array): Promise<void>;
  /** Writes a line to stderr. */
  err(line: string): void;
  /**
   * Shows a line on stderr that the next one replaces, and an empty one removes; nothing where no
   * person looks.
   */
  status(line: string): void;
  readonly stdin: Readable;
  /**
   * From this call on, the first SIGINT, SIGTERM or SIGHUP aborts the signal instead of killing;
   * the second ends the process at once, after its `exit` listeners. Call it once.
   */
  interrupted(): AbortSignal;
};

/** Resolves when the signal is aborted, at once if it is already. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

const room = (stream: Writable): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.once('drain', done);
    stream.once('close', done);
  });

/** The terminal of this process. */
export const processTerminal: Terminal = {
  async out(text) {
    if (!process.stdout.write(text) && !process.stdout.destroyed) await room(process.stdout);
  },
  err(line) {
    process.stderr.write(`${line}\n`);
  },
  status(line) {
    // Back to the first column, and everything behind the line erased.
    if (process.stderr.isTTY) process.stderr.write(`\r${line}\u001b[K`);
  },
  get stdin() {
    return process.stdin;
  },
  interrupted() {
    const controller = new AbortController();
    const interrupt = (): void => {
      if (controller.signal.aborted) process.exit(EXIT.failed);
      controller.abort();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);
    return controller.signal;
  },
};
