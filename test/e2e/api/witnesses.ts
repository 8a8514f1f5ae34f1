import { readFileSync } from 'node:fs';
import type { GossipClient } from '../../../src/client/gossip-client.js';
import { line } from '../harness/topologies.js';
import { waitUntil, type Daemon } from '../harness/daemon.js';
import { openModule, type Listener } from '../harness/modules.js';
import { openCheckpoint, settledListener, type Checkpoint } from './order.js';

const WITNESS_TYPE = 60_000;
/** The unit of `/proc/PID/stat`: it has been 100 a second on every Linux for decades. */
const MS_PER_TICK = 10;
/** Of one processor, while nobody asks for anything; a loop would use all of it. */
const IDLE_SHARE_MAX = 0.5;
const IDLE_WINDOW_MS = 45;

let tokens = 0;

/** Processor time that a process has used, in ms. */
const cpuMs = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Behind the name, which may hold anything but ends at the last parenthesis: fields 3 and on.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
};

/**
 * A daemon under test, a second one linked to it, and modules at both that see whether all is well.
 */
export class Witnesses {
  readonly #pid: number;
  /** Lines of the log that belong to earlier tests. */
  #linesBefore = 0;

  private constructor(
    readonly daemon: Daemon,
    private readonly announcer: GossipClient,
    private readonly listeners: readonly Listener[],
    /** Sits at the daemon under test. */
    readonly checkpoint: Checkpoint,
  ) {
    this.#pid = daemon.pid;
  }

  static async open(): Promise<Witnesses> {
    const [daemon, linked] = (await line(2)) as [Daemon, Daemon];
    await linked.waitForLog(/link up/);
    const checkpoint = await openCheckpoint(daemon);
    const here = await settledListener(daemon, WITNESS_TYPE, { at: checkpoint });
    const there = await settledListener(linked, WITNESS_TYPE, { at: checkpoint });
    return new Witnesses(daemon, await openModule(daemon), [here, there], checkpoint);
  }

  /** Another module and the link still work, the process is the same, and it does not spin. */
  async testify(): Promise<void> {
    tokens += 1;
    const token = `all is well ${tokens}`;
    await this.announcer.announce(WITNESS_TYPE, token);
    for (const listener of this.listeners) await listener.hears(token);
    expect(this.daemon.pid).toBe(this.#pid);
    await this.#comesToRest();
  }

  /** A test begins: the system may give its module the port of one that is gone. */
  turnPage(): void {
    this.#linesBefore = this.daemon.stderr.length;
  }

  /** Log lines about the module with this local port, of the test that is on. */
  linesAbout(port: number | undefined): readonly string[] {
    const lines = this.daemon.stderr.slice(this.#linesBefore);
    return lines.filter((text) => text.includes(`module=127.0.0.1:${port} `));
  }

  /** Bad inputs counted so far, by fault. */
  async faults(): Promise<Readonly<Record<string, number>>> {
    const counted: Record<string, number> = {};
    for (const [name, value] of await this.daemon.metrics()) {
      const [, fault] = /^api_malformed_total\{code="(.*)"\}$/.exec(name) ?? [];
      if (fault !== undefined) counted[fault] = value;
    }
    return counted;
  }

  async metric(name: string): Promise<number> {
    return (await this.daemon.metrics()).get(name) ?? 0;
  }

  async #comesToRest(): Promise<void> {
    const pid = this.#pid;
    const look = (): { at: number; used: number } => ({ at: performance.now(), used: cpuMs(pid) });
    let since = look();
    const isAtRest = async (): Promise<boolean> => {
      const now = look();
      const elapsedMs = now.at - since.at;
      if (elapsedMs < IDLE_WINDOW_MS) return false;
      const share = (now.used - since.used) / elapsedMs;
      since = now;
      return share <= IDLE_SHARE_MAX;
    };
    await waitUntil(isAtRest, { what: 'the daemon comes to rest' });
  }
}
