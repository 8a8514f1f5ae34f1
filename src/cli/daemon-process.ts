import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** Where a daemon listens and who it is, as its ready line says. */
export type Ready = {
  /** `HOST:PORT` for other daemons. */
  readonly p2p: string;
  /** `HOST:PORT` for local modules. */
  readonly api: string;
  /** 64 hex digits. */
  readonly identity: string;
};

const READY = /^hearsay ready p2p=(\S+) api=(\S+) identity=([0-9a-f]{64})$/;

/** Reads the line that ends a daemon's start; undefined for any other line. */
export const parseReadyLine = (line: string): Ready | undefined => {
  const [, p2p, api, identity] = READY.exec(line) ?? [];
  if (p2p === undefined || api === undefined || identity === undefined) return undefined;
  return { p2p, api, identity };
};

/** How a process ended: by an exit code, or by a signal. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** "exit code 4" or "SIGKILL". */
export const describeExit = ({ code, signal }: Exit): string => signal ?? `exit code ${code}`;

/** How to start a daemon as a process. */
export type DaemonProcessOptions = {
  /** Path of the built `main.js`. */
  readonly mainPath: string;
  readonly configPath: string;
  /** Further arguments of `hearsay run`. */
  readonly args?: readonly string[];
  /** What runs it, with its arguments: `['nice']`. Default: nothing does. */
  readonly launcher?: readonly string[];
  /** Told each line of either stream, as it comes. */
  readonly onLine?: (stream: 'stdout' | 'stderr', line: string) => void;
};

const STARTING_LINES_MAX = 5;

/** Calls back with whole lines, and with the last one even if it does not end in a newline. */
const readLines = (stream: Readable, onLine: (line: string) => void): void => {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(onLine);
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
};

/**
 * A daemon in a process of its own. It is out of reach of the terminal's Ctrl-C, so that its parent
 * decides when it is stopped, and it stops by itself when its parent dies.
 */
export class DaemonProcess {
  /**
   * Resolves at the ready line; rejects with the last lines of stderr when the process ends first.
   */
  readonly ready: Promise<Ready>;
  /** Resolves when the process has ended and its output was read. */
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;

  constructor(options: DaemonProcessOptions) {
    const { mainPath, configPath, args = [], launcher = [], onLine = () => {} } = options;
    const run = [mainPath, 'run', '-c', configPath, '--until-stdin-ends', ...args];
    const [program = process.execPath, ...rest] = [...launcher, process.execPath, ...run];
    this.#child = spawn(program, rest, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const lastErrors: string[] = [];
    readLines(this.#child.stderr, (line) => {
      lastErrors.push(line);
      if (lastErrors.length > STARTING_LINES_MAX) lastErrors.shift();
      onLine('stderr', line);
    });
    this.exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => resolve({ code, signal }));
    });
    this.ready = new Promise((resolve, reject) => {
      readLines(this.#child.stdout, (line) => {
        onLine('stdout', line);
        const ready = parseReadyLine(line);
        if (ready !== undefined) resolve(ready);
      });
      this.exited.then((exit) => {
        const why = lastErrors.join('\n');
        reject(new Error(`the daemon ended before it was ready (${describeExit(exit)})\n${why}`));
      }, reject);
    });
    // Each is looked at by somebody, but not by everybody.
    this.ready.catch(() => {});
    this.exited.catch(() => {});
  }

  /** Undefined when the process could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Asks the daemon to stop. Resolves when it has; after the grace it is killed. */
  async stop(graceMs: number): Promise<Exit> {
    this.#child.kill('SIGTERM');
    const killed = setTimeout(() => this.kill(), graceMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(killed);
    }
  }

  /** Ends the process as a crash would: at once, without a word to anybody. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
