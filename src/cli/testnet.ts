import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseFlags, wholeNumber } from './arguments.js';
import { CommandError, UsageError, type Command } from './command.js';
import { DaemonProcess, describeExit, type Exit, type Ready } from './daemon-process.js';
import { EXIT } from './exit-codes.js';
import { formatSections, labSections, mergeSections, type IniSections } from './lab-config.js';
import type { Terminal } from './terminal.js';

const help = `usage: hearsay testnet [--difficulty D] [--logs] N

Runs a network of N daemons on this host until Ctrl-C. The first is the bootstrapper of the others;
the system picks the ports, which are printed. Everything is kept in a temporary folder and removed
at the end.

      N                     how many daemons, 1 to 64
  -d, --difficulty D        leading zero bits of the proofs of work, 0 to 28 (default 8)
      --logs                print the log of every daemon, its number in front
  -h, --help                this text`;

const options = {
  difficulty: { type: 'string', short: 'd', default: '8' },
  logs: { type: 'boolean', default: false },
} as const;

/** How many daemons are started at a time: more only wait for the processor. */
const STARTING_MAX = 4;
/** The daemon itself promises to stop within 5 s. */
const STOP_GRACE_MS = 7_000;

type Member = { readonly number: number; readonly daemon: DaemonProcess };

/** The daemons of one testnet and the folder they live in. */
class Testnet {
  readonly #folder = mkdtempSync(join(tmpdir(), 'hearsay-testnet-'));
  readonly #members: Member[] = [];
  readonly #difficulty: number;
  readonly #onLog: (line: string) => void;
  readonly #onDeath: (number: number, exit: Exit) => void;
  #stopping = false;

  constructor(
    difficulty: number,
    onLog: (line: string) => void,
    onDeath: (number: number, exit: Exit) => void,
  ) {
    this.#difficulty = difficulty;
    this.#onLog = onLog;
    this.#onDeath = onDeath;
  }

  async start(number: number, bootstrapper: string | undefined): Promise<Ready> {
    const folder = join(this.#folder, String(number));
    mkdirSync(folder);
    const configPath = join(folder, 'hearsay.ini');
    const own: IniSections = bootstrapper === undefined ? {} : { gossip: { bootstrapper } };
    const sections = mergeSections(labSections(folder, this.#difficulty), own);
    writeFileSync(configPath, formatSections(sections));
    const daemon = new DaemonProcess({
      mainPath: fileURLToPath(new URL('../main.js', import.meta.url)),
      configPath,
      onLine: (stream, line) => {
        if (stream === 'stderr') this.#onLog(`[${number}] ${line}`);
      },
    });
    this.#members.push({ number, daemon });
    const ready = await daemon.ready.catch((error: Error) => {
      throw new CommandError(EXIT.failed, `daemon ${number}: ${error.message}`);
    });
    void daemon.exited.then((exit) => {
      if (!this.#stopping) this.#onDeath(number, exit);
    });
    return ready;
  }

  /** Stops every daemon and removes the folder. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.allSettled(this.#members.map(({ daemon }) => daemon.stop(STOP_GRACE_MS)));
    this.cleanUp();
  }

  /** Kills what still runs and removes the folder, without waiting. */
  cleanUp(): void {
    this.#stopping = true;
    for (const { daemon } of this.#members) daemon.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Resolves when no daemon is left. */
  async extinct(): Promise<void> {
    await Promise.allSettled(this.#members.map(({ daemon }) => daemon.exited));
  }
}

const startAll = async (net: Testnet, size: number, stop: AbortSignal): Promise<Ready[]> => {
  const first = await net.start(1, undefined);
  const all = [first];
  while (all.length < size && !stop.aborted) {
    const batch = Array.from(
      { length: Math.min(STARTING_MAX, size - all.length) },
      (_, index) => all.length + index + 1,
    );
    all.push(...(await Promise.all(batch.map((number) => net.start(number, first.p2p)))));
  }
  return all;
};

const table = (daemons: readonly Ready[]): string => {
  const rows = [
    { number: '#', p2p: 'p2p', api: 'api', identity: 'identity' },
    ...daemons.map((daemon, index) => ({ number: String(index + 1), ...daemon })),
  ];
  const width = (column: 'number' | 'p2p' | 'api'): number =>
    Math.max(...rows.map((row) => row[column].length));
  const [number, p2p, api] = [width('number'), width('p2p'), width('api')];
  return rows
    .map((row) =>
      [row.number.padStart(number), row.p2p.padEnd(p2p), row.api.padEnd(api), row.identity].join(
        '  ',
      ),
    )
    .join('\n');
};

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

const serve = async (
  net: Testnet,
  size: number,
  interrupted: AbortSignal,
  terminal: Terminal,
): Promise<number> => {
  const started = await Promise.race([startAll(net, size, interrupted), aborted(interrupted)]);
  if (started === undefined || interrupted.aborted) return EXIT.ok;
  await terminal.out(`${table(started)}\n${size} daemons serve; Ctrl-C stops them\n`);
  await Promise.race([aborted(interrupted), net.extinct()]);
  if (interrupted.aborted) return EXIT.ok;
  throw new CommandError(EXIT.failed, 'no daemon is left');
};

/** `hearsay testnet`: a network of daemons on this host. */
export const command: Command = {
  help,
  async run(args, terminal) {
    const { values, positionals } = parseFlags({ args, options, allowPositionals: true });
    const [count, superfluous] = positionals;
    if (count === undefined || superfluous !== undefined) throw new UsageError('give one N');
    const size = wholeNumber(count, 'N', 1, 64);
    const difficulty = wholeNumber(values.difficulty, '--difficulty', 0, 28);
    const net = new Testnet(
      difficulty,
      (line) => {
        if (values.logs) terminal.err(line);
      },
      (number, exit) => terminal.err(`daemon ${number} died (${describeExit(exit)})`),
    );
    const cleanUp = (): void => net.cleanUp();
    process.once('exit', cleanUp);
    try {
      return await serve(net, size, terminal.interrupted(), terminal);
    } finally {
      await net.stop();
      process.off('exit', cleanUp);
    }
  },
};
