/**
 * Where attacks take place: three daemons that are linked with each other, honest items that flow
 * from the first to the other two, and a module at the one under attack that measures its API.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { GossipClient } from '../../../src/client/gossip-client.js';
import { mergeSections } from '../../../src/cli/lab-config.js';
import { startDaemon, type Daemon, type DaemonOptions } from '../harness/daemon.js';
import { openListener, openModule, type Listener } from '../harness/modules.js';
import { joining, QUICK, untilTuned } from '../harness/network.js';
import { waitUntil } from '../harness/wait.js';

/** The type of the honest items. */
export const HONEST_TYPE = 700;
const PROBE_TYPE = 701;
const ITEM_BYTES = 1_024;
/** One honest item so often, and one probe of the API. */
const BETWEEN_ITEMS_MS = 10;
const BYTES_PER_MIB = 1_048_576;

/** Links that the daemon under attack has with honest ones. */
const HONEST_LINKS = 2;

/** What a process holds. */
export type Holdings = { readonly rssMib: number; readonly sockets: number };

/** What of the honest items arrived, and how fast the API of the victim was meanwhile. */
export type Toll = {
  readonly sent: number;
  /** Items that did not arrive at the daemon under attack, and at the one beside it. */
  readonly lostAtVictim: number;
  readonly lostBeside: number;
  /** From an announce to the notification of another module of the victim, in ms, sorted. */
  readonly latenciesMs: readonly number[];
};

/** Resident memory, and open sockets, of a process (`/proc`). */
export const holdingsOf = (pid: number): Holdings => {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  const folder = `/proc/${pid}/fd`;
  const sockets = readdirSync(folder).filter((fd) => {
    try {
      return readlinkSync(`${folder}/${fd}`).startsWith('socket:');
    } catch {
      // Closed since the folder was read.
      return false;
    }
  });
  return { rssMib: (Number(kib) * 1_024) / BYTES_PER_MIB, sockets: sockets.length };
};

/** Items of one type from one module to others, and when each arrived. */
class Flow {
  readonly #from: GossipClient;
  readonly #to: readonly Listener[];
  readonly #dataType: number;
  readonly #name: string;
  readonly #sentAtMs: number[] = [];
  #heardBefore: number[];

  constructor(name: string, dataType: number, from: GossipClient, to: readonly Listener[]) {
    this.#name = name;
    this.#dataType = dataType;
    this.#from = from;
    this.#to = to;
    this.#heardBefore = to.map(({ heard }) => heard.length);
  }

  get sent(): number {
    return this.#sentAtMs.length;
  }

  send(): void {
    const data = Buffer.alloc(ITEM_BYTES);
    data.write(`${this.#name} ${this.#sentAtMs.push(performance.now())} `);
    this.#from.announce(this.#dataType, data).catch(() => {});
  }

  /** Numbers of the items that a listener has heard. */
  #heardBy(at: number): Set<number> {
    const heard = this.#to[at]?.heard.slice(this.#heardBefore[at]) ?? [];
    const texts = heard.map(({ data }) => data.toString('latin1', 0, 64).split(' '));
    return new Set(texts.flatMap(([name, n]) => (name === this.#name ? [Number(n)] : [])));
  }

  lostAt(at: number): number {
    return this.sent - this.#heardBy(at).size;
  }

  get lost(): number[] {
    return this.#to.map((_, at) => this.lostAt(at));
  }

  sentAtMs(n: number): number {
    return this.#sentAtMs[n - 1] ?? NaN;
  }
}

/** Distinguishes the flows of one scene. */
let flows = 0;

export class Scene {
  #flow: Flow;
  #latenciesMs: number[] = [];
  #timer: NodeJS.Timeout | undefined;

  private constructor(
    /** The daemon under attack. */
    readonly victim: Daemon,
    /** Honest ones, linked with it and with each other: items flow from the first. */
    readonly origin: Daemon,
    readonly beside: Daemon,
    private readonly source: GossipClient,
    private readonly listeners: readonly Listener[],
    private readonly prober: GossipClient,
    private readonly probed: Listener,
  ) {
    this.#flow = this.#newFlow();
  }

  static async open(options: DaemonOptions = {}): Promise<Scene> {
    const config = mergeSections(QUICK, typeof options.config === 'object' ? options.config : {});
    const victim = await startDaemon({ ...options, config });
    const [origin, beside] = await Promise.all([
      startDaemon({ config: joining([victim]) }),
      startDaemon({ config: joining([victim]) }),
    ]);
    const daemons = [victim, origin, beside];
    const listeners = await Promise.all(
      [victim, beside].map((daemon) => openListener(daemon, HONEST_TYPE)),
    );
    const source = await openListener(origin, HONEST_TYPE);
    await untilTuned(daemons);
    const probed = await openListener(victim, PROBE_TYPE);
    const prober = await openModule(victim);
    return new Scene(victim, origin, beside, source.client, listeners, prober, probed);
  }

  /** Lets honest items flow, and the API be measured, until `halt`. */
  begin(): void {
    this.#flow = this.#newFlow();
    this.#latenciesMs = [];
    this.#timer = setInterval(() => {
      this.#flow.send();
      void this.#probe();
    }, BETWEEN_ITEMS_MS);
  }

  /** Resolves when so many more honest items were sent: how long an attack goes on. */
  async items(count: number): Promise<void> {
    const until = this.#flow.sent + count;
    await waitUntil(async () => this.#flow.sent >= until, { what: 'honest items are sent' });
  }

  /** No more honest items; waits for those under way, and says what became of all. */
  async halt(): Promise<Toll> {
    clearInterval(this.#timer);
    const flow = this.#flow;
    const arrived = async (): Promise<boolean> => flow.lost.every((lost) => lost === 0);
    // What does not arrive in time is the toll, not an error.
    await waitUntil(arrived, { what: 'all arrive', timeoutMs: 3_000 }).catch(() => {});
    const [lostAtVictim = 0, lostBeside = 0] = flow.lost;
    const latenciesMs = this.#latenciesMs.toSorted((a, b) => a - b);
    return { sent: flow.sent, lostAtVictim, lostBeside, latenciesMs };
  }

  /** What the daemon under attack holds. */
  holdings(): Holdings {
    return holdingsOf(this.victim.pid);
  }

  /** The same, as soon as no connection is on its way to be a link, or not to be. */
  async atRest(): Promise<Holdings> {
    const isAtRest = async (): Promise<boolean> => {
      const metrics = await this.victim.metrics();
      const of = (name: string): number => metrics.get(name) ?? 0;
      return of('peer_connections') === HONEST_LINKS && of('links_active') === HONEST_LINKS;
    };
    await waitUntil(isAtRest, { what: 'the victim is at rest' });
    return this.holdings();
  }

  #newFlow(): Flow {
    flows += 1;
    return new Flow(`honest-${flows}`, HONEST_TYPE, this.source, this.listeners);
  }

  async #probe(): Promise<void> {
    const sentMs = performance.now();
    const data = `probe ${sentMs}`;
    try {
      await this.prober.announce(PROBE_TYPE, data);
      await this.probed.hears(data);
      this.#latenciesMs.push(performance.now() - sentMs);
    } catch {
      this.#latenciesMs.push(Infinity);
    }
  }
}
