import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DaemonProcess, type Ready } from '../../../src/cli/daemon-process.js';
import {
  formatSections,
  labSections,
  mergeSections,
  type IniSections,
} from '../../../src/cli/lab-config.js';
import { onStopAll, temporaryFolder } from './cleanup.js';
import { LogLines } from './log-lines.js';
import { readMetrics } from './metrics.js';
import { WAIT_MS, within } from './wait.js';

export { stopAll } from './cleanup.js';
export { waitUntil } from './wait.js';

/** The program as `npm run build` made it. */
export const MAIN_PATH = fileURLToPath(new URL('../../../dist/src/main.js', import.meta.url));

/** How to start a daemon. */
export type DaemonOptions = {
  /**
   * Keys laid over those of a lab daemon (every file in its folder, ports picked by the system, lab
   * =
   * true, difficulty = 0, metrics served); or the whole text of a configuration.
   */
  readonly config?: IniSections | string;
  /** Where its files are; default: a new temporary folder. */
  readonly dir?: string;
  /** Further arguments, such as `-v 1`. */
  readonly args?: readonly string[];
  /** What runs it, such as `['nice']`; it must become the daemon's process. */
  readonly launcher?: readonly string[];
};

/** A running daemon: the built program in a process of its own. */
export type Daemon = Ready & {
  readonly pid: number;
  readonly dir: string;
  /** Lines since the last (re)start. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /**
   * The first line of stderr since the last (re)start that matches, past or to come. Rejects when
   * the
   * daemon ends, or 10 s go by, without one.
   */
  waitForLog(matches: RegExp | ((line: string) => boolean)): Promise<string>;
  /** SIGTERM; resolves to the exit code, undefined when it had to be killed. */
  stop(): Promise<number | undefined>;
  /** SIGKILL; resolves when the process is gone. */
  kill9(): Promise<void>;
  /** Resolves to the exit code when the daemon ends by itself, undefined: by a signal. */
  exited(): Promise<number | undefined>;
  /**
   * Starts it again, stopped first if it runs, with the same folder and addresses. Rejects when it
   * does not stop in order.
   */
  restart(): Promise<void>;
  /** Name, without `hearsay_` and with its labels in braces, to value. */
  metrics(): Promise<Map<string, number>>;
};

const STOP_GRACE_MS = 8_000;

const defaults = (dir: string): IniSections =>
  mergeSections(labSections(dir, 0), { metrics: { address: '127.0.0.1:0' } });

class RunningDaemon implements Daemon {
  readonly dir: string;
  readonly #config: IniSections | string;
  readonly #args: readonly string[];
  readonly #launcher: readonly string[];
  #log = new LogLines();
  #process: DaemonProcess | undefined;
  #ready: Ready | undefined;
  #runs = false;

  constructor(options: DaemonOptions) {
    const { config = {}, dir = temporaryFolder(), args = [], launcher = [] } = options;
    this.dir = dir;
    this.#config = config;
    this.#args = args;
    this.#launcher = launcher;
    onStopAll(async () => {
      this.#process?.kill();
      await this.#process?.exited;
    });
  }

  async start(): Promise<void> {
    mkdirSync(this.dir, { recursive: true });
    const configPath = join(this.dir, 'hearsay.ini');
    writeFileSync(configPath, this.#configText());
    const log = new LogLines();
    const daemon = new DaemonProcess({
      mainPath: MAIN_PATH,
      configPath,
      args: this.#args,
      launcher: this.#launcher,
      onLine: (stream, line) => log.add(stream, line),
    });
    this.#log = log;
    this.#process = daemon;
    this.#runs = true;
    const end = (): void => {
      this.#runs = false;
      log.end();
    };
    daemon.exited.then(end, end);
    this.#ready = await within(
      daemon.ready,
      2 * WAIT_MS,
      () => `the daemon is ready\n${log.tail()}`,
    );
  }

  get p2p(): string {
    return this.#started.ready.p2p;
  }
  get api(): string {
    return this.#started.ready.api;
  }
  get identity(): string {
    return this.#started.ready.identity;
  }
  get pid(): number {
    const { pid } = this.#started.process;
    if (pid === undefined) throw new Error('the daemon has no process');
    return pid;
  }
  get stdout(): readonly string[] {
    return this.#log.stdout;
  }
  get stderr(): readonly string[] {
    return this.#log.stderr;
  }

  waitForLog(matches: RegExp | ((line: string) => boolean)): Promise<string> {
    const log = this.#log;
    const predicate =
      typeof matches === 'function' ? matches : (line: string) => line.search(matches) !== -1;
    return within(
      log.waitFor(predicate),
      WAIT_MS,
      () => `a log line like ${String(matches)}\n${log.tail()}`,
    );
  }

  async stop(): Promise<number | undefined> {
    const { code } = await this.#started.process.stop(STOP_GRACE_MS);
    return code ?? undefined;
  }

  async kill9(): Promise<void> {
    this.#started.process.kill();
    await this.#started.process.exited;
  }

  async exited(): Promise<number | undefined> {
    const { code } = await this.#started.process.exited;
    return code ?? undefined;
  }

  async restart(): Promise<void> {
    const code = this.#runs ? await this.stop() : 0;
    if (code !== 0) throw new Error(`before the restart: exit code ${code}\n${this.#log.tail()}`);
    await this.start();
  }

  async metrics(): Promise<Map<string, number>> {
    const line = await this.waitForLog(/metrics served .*address=/);
    const [, address] = /address=(\S+)/.exec(line) ?? [];
    if (address === undefined) throw new Error(`no address in "${line}"`);
    return readMetrics(address);
  }

  get #started(): { readonly process: DaemonProcess; readonly ready: Ready } {
    if (this.#process === undefined || this.#ready === undefined) {
      throw new Error('the daemon has not been started');
    }
    return { process: this.#process, ready: this.#ready };
  }

  /** The addresses that the system picked at the first start are kept from then on. */
  #configText(): string {
    if (typeof this.#config === 'string') return this.#config;
    const sections = mergeSections(defaults(this.dir), this.#config);
    if (this.#ready === undefined) return formatSections(sections);
    const { p2p, api } = this.#ready;
    return formatSections(
      mergeSections(sections, { gossip: { p2p_address: p2p, api_address: api } }),
    );
  }
}

/**
 * Starts a daemon and waits for its ready line. `stopAll` kills it if the test does not stop it.
 * Rejects with the daemon's last words when it ends before it is ready.
 */
export const startDaemon = async (options: DaemonOptions = {}): Promise<Daemon> => {
  const daemon = new RunningDaemon(options);
  await daemon.start();
  return daemon;
};
