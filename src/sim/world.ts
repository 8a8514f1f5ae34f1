/**
 * A network of daemons in one process: the same machines and the same `assemble` as the daemon's,
 * other ports. Everything follows from the seed: the same seed gives the same run, whatever else
 * the process does.
 */
import type { Config } from '../config/config.js';
import { parseConfig } from '../config/parse.js';
import { parseAddressBook } from '../core/address-book-text.js';
import { seededRandom } from '../core/prng.js';
import type { SpreadProfile } from '../core/spread-profile.js';
import { assemble, type Daemon, type SavedBook } from '../runtime/assemble.js';
import { LateHandlers } from '../runtime/late-handlers.js';
import type { LogLevel } from '../runtime/ports.js';
import { IDENTITY_BYTES, type PeerAddress } from '../wire/messages.js';
import { VirtualApi } from './virtual-api.js';
import { Scheduler, VirtualClock } from './virtual-clock.js';
import { VirtualModule, type Judge } from './virtual-module.js';
import type { Latency, Paths } from './paths.js';
import { evenLatency, VirtualNetwork, type VirtualEndpoint } from './virtual-network.js';
import { virtualSolver } from './virtual-solver.js';

/** Changes to a daemon's configuration, by section. */
export type ConfigChanges = { readonly [Group in keyof Config]?: Partial<Config[Group]> };

export type WorldOptions = {
  /** Between all pairs of hosts 10 ms when absent; a latency alone has no jitter and no loss. */
  readonly latency?: Latency | Paths;
  /** Every message is encoded and decoded on its way. */
  readonly throughCodec?: boolean;
  /** For every node: handshakes ask for 4 bits, 1 hash a ms, when absent. */
  readonly config?: ConfigChanges;
  /** How items are spread, in place of the profile that the configuration names. */
  readonly profile?: SpreadProfile | undefined;
  readonly hashesPerMs?: number;
  /** Milliseconds since 1970 when the world begins: 2026-01-01 when absent. */
  readonly epochMs?: number;
  /** Hears every line of every node's log. */
  readonly onLog?: (line: LogLine) => void;
  /** Is shown every daemon before it runs, on its restart too. */
  readonly onDaemon?: (node: WorldNode) => void;
  /** Is shown every daemon that has ended in order, before its clock stops. */
  readonly onEnded?: (node: WorldNode) => void;
};

/** One line of a node's log. */
export type LogLine = {
  readonly atMs: number;
  readonly node: string;
  readonly level: LogLevel;
  readonly what: string;
  readonly fields: Readonly<Record<string, string | number | boolean | undefined>>;
};

export type NodeOptions = {
  readonly config?: ConfigChanges;
  /** By how much its wall clock is ahead, in ms. */
  readonly skewMs?: number;
  /** Bytes a ms that leave the host; undefined: no limit. */
  readonly uplink?: number | undefined;
};

/** A daemon of a world. */
export type WorldNode = {
  readonly name: string;
  readonly address: PeerAddress;
  /** 32 B. */
  readonly identity: Buffer;
  /** Of the present run; another after a restart. */
  readonly daemon: Daemon;
  readonly clock: VirtualClock;
  readonly endpoint: VirtualEndpoint;
  readonly api: VirtualApi;
  /** Connects a module that subscribes to `dataTypes` and answers as `judge` says. */
  module(dataTypes?: readonly number[], judge?: Judge): VirtualModule;
};

/** What is left of a node that was killed: enough to start it again. */
export type Remains = {
  readonly name: string;
  readonly options: NodeOptions;
  /** Text of the address book as it was saved last. */
  readonly saved: { text: () => string };
};

/** A node from its start to its end, and what a restart needs. */
type Run = WorldNode & Remains;

const PORT = 6_001;
const EPOCH_MS = Date.UTC(2026, 0, 1);
const LATENCY_MS = 10;
/** Hosts are 10.a.b.1, each a network of its own. */
const NODES_MAX = 2 ** 16;

export class World {
  readonly scheduler = new Scheduler();
  readonly network: VirtualNetwork;
  /** What some node has logged as an error: none of it may happen. */
  readonly errors: LogLine[] = [];
  readonly #seed: string;
  readonly #options: WorldOptions;
  readonly #config: Config;
  readonly #runs = new Map<string, Run>();
  readonly #hosts = new Map<string, string>();
  readonly #names = new Map<string, string>();
  #starts = 0;

  constructor(seed: number | string, options: WorldOptions = {}) {
    this.#seed = String(seed);
    this.#options = options;
    this.#config = baseConfig(options.config);
    this.network = new VirtualNetwork(this.scheduler, {
      latency: options.latency ?? evenLatency(LATENCY_MS),
      throughCodec: options.throughCodec ?? false,
    });
  }

  get nowMs(): number {
    return this.scheduler.nowMs;
  }

  /** Nodes that run, in order of their start. */
  get nodes(): readonly WorldNode[] {
    return [...this.#runs.values()];
  }

  /**
   * Starts a node under a new name.
   *
   * @throws RangeError when the name is taken.
   */
  start(name: string, options: NodeOptions = {}): WorldNode {
    if (this.#runs.has(name)) throw new RangeError(`${name} runs already`);
    return this.#start(name, options, { text: () => '' });
  }

  /** @throws RangeError when no such node runs. */
  node(name: string): WorldNode {
    return this.#run(name);
  }

  /** Where a node of this name listens, has listened, or will. Another name, another host. */
  addressOf(name: string): PeerAddress {
    const host = this.#hosts.get(name) ?? this.#newHost(name);
    return { family: 4, host, port: PORT };
  }

  /**
   * Gives a name a host that the caller chooses, for instance one of a network that others share.
   *
   * @throws RangeError when the name has a host already, or the host a name.
   */
  place(name: string, host: string): void {
    if (this.#hosts.has(name) || this.#names.has(host)) {
      throw new RangeError(`${name} or ${host} has its place already`);
    }
    this.#hosts.set(name, host);
    this.#names.set(host, name);
  }

  /** Whose host it is; undefined: nobody's. */
  nameOfHost(host: string): string | undefined {
    return this.#names.get(host);
  }

  /**
   * The process dies: it is told nothing, its connections are reset. With `silently` its host dies
   * too, so that nobody is told anything.
   */
  kill(name: string, { silently = false } = {}): Remains {
    const run = this.#run(name);
    if (silently) this.network.cuts.isolate(run.address.host);
    run.clock.stop();
    run.endpoint.kill();
    run.api.kill();
    this.#runs.delete(name);
    return { name, options: run.options, saved: run.saved };
  }

  /** Starts a node that was killed, with what its address book held, or without. */
  revive({ name, options, saved }: Remains, { keepBook = true } = {}): WorldNode {
    if (this.#runs.has(name)) throw new RangeError(`${name} runs already`);
    this.network.cuts.rejoin(this.addressOf(name).host);
    return this.#start(name, options, { text: keepBook ? saved.text : () => '' });
  }

  /** Kills a node and starts it again at once, with what its address book held, or without. */
  restart(name: string, options: { readonly keepBook?: boolean } = {}): WorldNode {
    return this.revive(this.kill(name), options);
  }

  /**
   * The process stands still until `thaw`: it does nothing, reads nothing, and its sockets stay
   * open.
   */
  freeze(name: string): void {
    const { clock, endpoint, api } = this.#run(name);
    clock.freeze();
    endpoint.freeze();
    api.freeze();
  }

  /** As an event loop goes on: first the timers that are due, then what the sockets have. */
  thaw(name: string): void {
    const { clock, endpoint, api } = this.#run(name);
    clock.thaw();
    endpoint.thaw();
    api.thaw();
  }

  /** Asks a node for an orderly end, as a signal does; it needs time. */
  leave(name: string): void {
    const run = this.#run(name);
    run.endpoint.stopAccepting();
    run.daemon.root.subscribe({ complete: () => this.#remove(run) });
    run.daemon.shutdown();
  }

  /** Lets so many ms pass. */
  run(durationMs: number): void {
    this.scheduler.runUntil(this.nowMs + durationMs);
  }

  /**
   * Lets time pass until something holds, asked after every event.
   *
   * @throws Error when it does not hold within `limitMs`.
   */
  runUntil(what: string, holds: () => boolean, limitMs = 60_000): void {
    if (this.scheduler.runUntilHolds(holds, this.nowMs + limitMs)) return;
    throw new Error(`seed ${this.#seed}: not within ${limitMs} ms: ${what}`);
  }

  // ------------------------------------------------------------------ nodes

  #start(name: string, options: NodeOptions, saved: { text: () => string }): Run {
    this.#starts += 1;
    const { scheduler } = this;
    const { epochMs = EPOCH_MS, hashesPerMs = 1 } = this.#options;
    const address = this.addressOf(name);
    // Of its own for every run of every node: one node's chance does not move another's.
    const random = seededRandom(`${this.#seed}/${name}/${this.#starts}`);
    const identity = seededRandom(`${this.#seed}/${name}`).bytes(IDENTITY_BYTES);
    const clock = new VirtualClock(scheduler, { epochMs, skewMs: options.skewMs ?? 0 });
    const log = (level: LogLevel, what: string, fields: LogLine['fields'] = {}): void =>
      this.#log({ atMs: scheduler.nowMs, node: name, level, what, fields });
    const handlers = new LateHandlers();
    const endpoint = this.network.open(address, handlers.peers, {
      uplink: options.uplink,
      log,
      identity,
    });
    const api = new VirtualApi(scheduler, handlers.api, log);
    const daemon = assemble(
      {
        config: changed(this.#config, options.config),
        identity,
        listenAddress: address,
        agent: 'hearsay/sim',
        ...bookOf(saved.text()),
        profile: this.#options.profile,
      },
      {
        clock,
        random,
        api: api.port,
        peers: endpoint.port,
        solver: virtualSolver({ scheduler, random, hashesPerMs, owner: clock }),
        addressBook: { save: (text) => void (saved.text = text) },
        rps: undefined,
        log,
      },
    );
    handlers.bind(daemon);
    const module = (dataTypes: readonly number[] = [], judge?: Judge): VirtualModule => {
      const made = new VirtualModule(scheduler, api, judge);
      if (dataTypes.length > 0) made.subscribe(...dataTypes);
      return made;
    };
    const run = { name, address, identity, daemon, clock, module, options, endpoint, api, saved };
    this.#runs.set(name, run);
    this.#options.onDaemon?.(run);
    return run;
  }

  #run(name: string): Run {
    const run = this.#runs.get(name);
    if (run === undefined) throw new RangeError(`no node ${name} runs`);
    return run;
  }

  #remove(run: Run): void {
    this.#options.onEnded?.(run);
    if (this.#runs.get(run.name) === run) this.#runs.delete(run.name);
    run.endpoint.close();
    run.api.close();
    run.clock.stop();
  }

  #newHost(name: string): string {
    const number = this.#hosts.size;
    if (number >= NODES_MAX) throw new RangeError(`more than ${NODES_MAX} nodes`);
    const host = `10.${number >> 8}.${number & 0xff}.1`;
    this.place(name, host);
    return host;
  }

  #log(line: LogLine): void {
    if (line.level === 'error') this.errors.push(line);
    this.#options.onLog?.(line);
  }
}

/** The daemon's defaults, but for puzzles that are solved in no time. */
const baseConfig = (changes: ConfigChanges = {}): Config => {
  const parsed = parseConfig('');
  if (!parsed.ok) throw new Error('the defaults are no configuration');
  const { config } = parsed;
  return changed({ ...config, handshake: { ...config.handshake, difficulty: 4 } }, changes);
};

const changed = (config: Config, changes: ConfigChanges = {}): Config => ({
  identity: { ...config.identity, ...changes.identity },
  items: { ...config.items, ...changes.items },
  peers: { ...config.peers, ...changes.peers },
  handshake: { ...config.handshake, ...changes.handshake },
  api: { ...config.api, ...changes.api },
  rps: { ...config.rps, ...changes.rps },
  metrics: { ...config.metrics, ...changes.metrics },
  inspector: { ...config.inspector, ...changes.inspector },
  log: { ...config.log, ...changes.log },
});

const bookOf = (text: string): SavedBook => {
  if (text === '') return { knownPeers: [] };
  const parsed = parseAddressBook(text);
  if (!parsed.ok) throw new Error(`a damaged address book: ${parsed.error}`);
  return { knownPeers: parsed.entries, offenders: parsed.offenders };
};
