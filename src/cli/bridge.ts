/**
 * The bridge to receivers of @xstate/inspect, as a process of its own: that package speaks the
 * language of XState 4, and what it costs or breaks is to be neither the daemon's nor ours.
 */
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CommandError } from './command.js';
import { describeExit, type Exit } from './daemon-process.js';
import { EXIT } from './exit-codes.js';
import { aborted, type Terminal } from './terminal.js';

/** What the process is told, once. */
export type BridgeOptions = {
  /** Address of an inspector's page, with `?token=` where it needs one. */
  readonly inspector: string;
  /** On loopback; 0 lets the system pick one. */
  readonly port: number;
  /** Origins of pages that may connect, beside the bridge's own. */
  readonly allowedOrigins: readonly string[];
};

/** What the process says. */
export type BridgeReport =
  | { readonly address: string }
  | { readonly failure: string }
  /** Something that the person who started it may want to know. */
  | { readonly log: string };

/** A bridge that runs. */
export type BridgeProcess = {
  /** `HOST:PORT` for receivers. */
  readonly address: string;
  readonly pid: number | undefined;
  /** Resolves when it has ended, by itself or not. */
  readonly exited: Promise<Exit>;
  /** Ends it. It also ends when this process does. */
  close(): Promise<void>;
};

/** As `npm run build` makes it, with all that it needs inside. */
const MAIN = fileURLToPath(new URL('../../bridge/main.cjs', import.meta.url));

/**
 * Starts a bridge; `main` is the built program.
 *
 * @throws CommandError when it is not built, or cannot listen.
 */
export const startBridge = async (
  options: BridgeOptions,
  log: (line: string) => void,
  main = MAIN,
): Promise<BridgeProcess> => {
  if (!existsSync(main)) {
    throw new CommandError(EXIT.failed, 'the bridge is not built: npm run build:bridge');
  }
  // Out of reach of the terminal's Ctrl-C: it ends with us, by the channel between us. What it is
  // told goes the same way, since the token is not for the list of processes.
  const child = fork(main, { detached: true, execArgv: [], stdio: ['ignore', 2, 2, 'ipc'] });
  const exited = new Promise<Exit>((resolve) => {
    child.once('error', () => resolve({ code: EXIT.failed, signal: null }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const close = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  const listening = new Promise<string>((resolve, reject) => {
    child.on('message', (report: BridgeReport) => {
      if ('log' in report) log(report.log);
      else if ('address' in report) resolve(report.address);
      else reject(new CommandError(EXIT.cannotListen, report.failure));
    });
    void exited.then((exit) => reject(endedError(exit)));
  });
  child.send(options, (error) => {
    // It is gone already, which `exited` tells.
    if (error !== null) child.kill('SIGKILL');
  });
  try {
    return { address: await listening, pid: child.pid, exited, close };
  } catch (error) {
    await close();
    throw error;
  }
};

/** Runs a bridge until Ctrl-C. @throws CommandError when it cannot start, or ends by itself */
export const runBridge = async (options: BridgeOptions, terminal: Terminal): Promise<void> => {
  const bridge = await startBridge(options, (line) => terminal.err(line));
  const interrupted = terminal.interrupted();
  try {
    await terminal.out(`ws://${bridge.address}/\n`);
    const ended = await Promise.race([aborted(interrupted), bridge.exited]);
    if (ended !== undefined) throw endedError(ended);
  } finally {
    await bridge.close();
  }
};

const endedError = (exit: Exit): CommandError =>
  new CommandError(EXIT.failed, `the bridge ended: ${describeExit(exit)}`);
