/** Real daemons for the benchmarks: processes of their own, on loopback, in a temporary folder. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DaemonProcess, type Ready } from '../src/cli/daemon-process.js';
import {
  formatSections,
  labSections,
  mergeSections,
  type IniSections,
} from '../src/cli/lab-config.js';
import { servedUrl } from '../src/cli/inspector.js';

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));
const STOP_GRACE_MS = 5_000;
/** Of /proc/<pid>/stat, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const UTIME_FIELD = 13;

export type BenchDaemon = Ready & {
  /** The address of its inspector's page, where it serves one. */
  readonly inspector: URL | undefined;
  /** The address of its figures, where it serves them. */
  readonly metrics: URL | undefined;
  /** Seconds of CPU used so far, user and system, all threads. */
  cpuSeconds(): number;
  /** Resident memory in MB. */
  rssMegabytes(): number;
};

/** A line of daemons, each knowing only the one before; all end with `stop`. */
export type Line = { readonly daemons: readonly BenchDaemon[]; stop(): Promise<void> };

/** Where a daemon serves what: said in its log. */
type Served = { inspector: URL | undefined; metrics: URL | undefined };

const METRICS_SERVED = /metrics served .*?address=(\S+)/;

const noteServed = (served: Served, line: string): void => {
  served.inspector ??= servedUrl(line);
  const [, address] = METRICS_SERVED.exec(line) ?? [];
  if (address !== undefined) served.metrics = new URL(`http://${address}/metrics`);
};

const measured = (ready: Ready, pid: number, served: Served): BenchDaemon => ({
  ...ready,
  // Asked for late: the log lines may come after the ready line.
  get inspector() {
    return served.inspector;
  },
  get metrics() {
    return served.metrics;
  },
  cpuSeconds: () => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[UTIME_FIELD - 2]) + Number(fields[UTIME_FIELD - 1]);
    return ticks / TICKS_PER_SECOND;
  },
  rssMegabytes: () => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1_024;
  },
});

/**
 * Starts `count` daemons in a line. `config` is laid over the lab's; `onLine` is told what each
 * prints, on either stream.
 */
export const startLine = async (
  count: number,
  config: IniSections = {},
  onLine: (at: number, text: string) => void = () => {},
): Promise<Line> => {
  const root = mkdtempSync(join(tmpdir(), 'hearsay-bench-'));
  const processes: DaemonProcess[] = [];
  const daemons: BenchDaemon[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map((daemon) => daemon.stop(STOP_GRACE_MS)));
    rmSync(root, { recursive: true, force: true });
  };
  try {
    for (let at = 0; at < count; at += 1) {
      const folder = join(root, String(at));
      const before = daemons.at(-1);
      const known = before === undefined ? {} : { known_peers: before.p2p };
      const sections = mergeSections(
        mergeSections(labSections(folder, 0), { gossip: { lab_links_only: true, ...known } }),
        config,
      );
      const configPath = join(root, `${at}.ini`);
      mkdirSync(folder);
      writeFileSync(configPath, formatSections(sections));
      const served: Served = { inspector: undefined, metrics: undefined };
      const daemon = new DaemonProcess({
        mainPath: MAIN,
        configPath,
        onLine: (_, text) => {
          noteServed(served, text);
          onLine(at, text);
        },
      });
      processes.push(daemon);
      daemons.push(measured(await daemon.ready, daemon.pid ?? 0, served));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { daemons, stop };
};

/** The value below which `share` of the values lie. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
};
