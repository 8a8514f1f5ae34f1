import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RemoteSource } from '../inspector/remote-source.js';
import { parseFlags, wholeNumber } from './arguments.js';
import { CommandError, UsageError, type Command } from './command.js';
import { DaemonProcess, describeExit, type Exit, type Ready } from './daemon-process.js';
import { EXIT } from './exit-codes.js';
import { servedUrl, startHub } from './inspector.js';
import { formatSections, labSections, mergeSections, type IniSections } from './lab-config.js';
import { aborted, type Terminal } from './terminal.js';

const help = `usage: hearsay testnet [--difficulty D] [--logs] [--no-inspect] N

Runs a network of N daemons on this host until Ctrl-C. The first is the bootstrapper of the others;
the system picks the ports, which are printed, and the address of a page that shows all of them at
work. Everything is kept in a temporary folder and removed at the end.

      N                     how many daemons, 1 to 64
  -d, --difficulty D        leading zero bits of the proofs of work, 0 to 28 (default 8)
      --logs                print the log of every daemon, its number in front
      --no-inspect          serve no inspector
  -h, --help                this text`;

const options = {
  difficulty: { type: 'string', short: 'd', default: '8' },
  logs: { type: 'boolean', default: false },
  inspect: { type: 'boolean', default: true },
} as const;

/** How many daemons are started at a time: more only wait for the processor. */
const STARTING_MAX = 4;
/** The daemon itself promises to stop within 5 s. */
const STOP_GRACE_MS = 7_000;

/** For those who look at a testnet, which is there to be played with. */
const INSPECTED: IniSections = { inspector: { address: '127.0.0.1:0', control: true } };

type Member = {
  readonly number: number;
  readonly daemon: DaemonProcess;
  /** Where its inspector is; never settles where there is none. */
  readonly inspector: Promise<URL>;
};

type TestnetOptions = {
  readonly difficulty: number;
  readonly inspect: boolean;
  readonly onLog: (line: string) => void;
  readonly onDeath: (number: number, exit: Exit) => void;
};

/** The daemons of one testnet and the folder they live in. */
class Testnet {
  readonly #folder = mkdtempSync(join(tmpdir(), 'hearsay-testnet-'));
  readonly #members: Member[] = [];
  readonly #options: TestnetOptions;
  #stopping = false;

  constructor(options: TestnetOptions) {
    this.#options = options;
  }

  /** Where the inspectors of all daemons are, in their order. */
  async inspectors(): Promise<URL[]> {
    return Promise.all(this.#members.map(({ inspector }) => inspector));
  }

  async start(number: number, bootstrapper: string | undefined): Promise<Ready> {
    const folder = join(this.#folder, String(number));
    mkdirSync(folder);
    const configPath = join(folder, 'hearsay.ini');
    const { difficulty, inspect, onLog, onDeath } = this.#options;
    const own: IniSections = bootstrapper === undefined ? {} : { gossip: { bootstrapper } };
    const sections = mergeSections(
      mergeSections(labSections(folder, difficulty), inspect ? INSPECTED : {}),
      own,
    );
    writeFileSync(configPath, formatSections(sections));
    let served = (_url: URL): void => {};
    const inspector = new Promise<URL>((resolve) => (served = resolve));
    const daemon = new DaemonProcess({
      mainPath: fileURLToPath(new URL('../main.js', import.meta.url)),
      configPath,
      onLine: (stream, line) => {
        if (stream !== 'stderr') return;
        onLog(`[${number}] ${line}`);
        const url = servedUrl(line);
        if (url !== undefined) served(url);
      },
    });
    this.#members.push({ number, daemon, inspector });
    const ready = await daemon.ready.catch((error: Error) => {
      throw new CommandError(EXIT.failed, `daemon ${number}: ${error.message}`);
    });
    void daemon.exited.then((exit) => {
      if (!this.#stopping) onDeath(number, exit);
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

const serve = async (
  net: Testnet,
  size: number,
  { inspect }: { readonly inspect: boolean },
  terminal: Terminal,
): Promise<number> => {
  const interrupted = terminal.interrupted();
  const started = await Promise.race([startAll(net, size, interrupted), aborted(interrupted)]);
  if (started === undefined || interrupted.aborted) return EXIT.ok;
  const urls = inspect ? await Promise.race([net.inspectors(), aborted(interrupted)]) : undefined;
  const hub = urls && (await startHub(urls.map((url) => new RemoteSource(url))));
  try {
    const page = hub === undefined ? '' : `inspector ${hub.url}\n`;
    await terminal.out(`${table(started)}\n${page}${size} daemons serve; Ctrl-C stops them\n`);
    await Promise.race([aborted(interrupted), net.extinct()]);
  } finally {
    await hub?.close();
  }
  if (interrupted.aborted) return EXIT.ok;
  throw new CommandError(EXIT.failed, 'no daemon is left');
};

/** `hearsay testnet`: a network of daemons on this host. */
export const command: Command = {
  help,
  async run(args, terminal) {
    const { values, positionals } = parseFlags({
      args,
      options,
      allowPositionals: true,
      allowNegative: true,
    });
    const [count, superfluous] = positionals;
    if (count === undefined || superfluous !== undefined) throw new UsageError('give one N');
    const size = wholeNumber(count, 'N', 1, 64);
    const difficulty = wholeNumber(values.difficulty, '--difficulty', 0, 28);
    const { inspect, logs } = values;
    const net = new Testnet({
      difficulty,
      inspect,
      onLog: (line) => {
        if (logs) terminal.err(line);
      },
      onDeath: (number, exit) => terminal.err(`daemon ${number} died (${describeExit(exit)})`),
    });
    const cleanUp = (): void => net.cleanUp();
    process.once('exit', cleanUp);
    try {
      return await serve(net, size, { inspect }, terminal);
    } finally {
      await net.stop();
      process.off('exit', cleanUp);
    }
  },
};
