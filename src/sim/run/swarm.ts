/**
 * The daemons of a run as those see them who do something to them: the honest nodes by number, what
 * each of them wants, and what may be done to a node. Hostile hosts are known by their address.
 */
import { pick, type Random } from '../../core/prng.js';
import type { PeerAddress, PeerMessage } from '../../wire/messages.js';
import { itemOf, MeteredModule } from './metered-module.js';
import type { ItemIndex, Meter, NodeIndex, Purpose } from '../measures/meter.js';
import type { Remains, World, WorldNode } from '../world.js';

/** An honest node, running or not. */
export type SimNode = {
  readonly index: NodeIndex;
  readonly name: string;
  readonly host: string;
  /** Data types that its module wants. */
  readonly types: readonly number[];
  /** Undefined while it is down. */
  module: MeteredModule | undefined;
  /** Of the last crash: what a restart begins with. */
  remains: Remains | undefined;
  isFrozen: boolean;
  /** Its links may be lopsided until then, because of what was done to it. */
  disturbedUntilMs: number;
};

export type SwarmOptions = {
  readonly world: World;
  readonly meter: Meter;
  readonly random: Random;
  readonly validationMs: number;
  /** Every type with the share of nodes that want it. */
  readonly types: readonly { readonly dataType: number; readonly share: number }[];
  readonly bootstrappers: number;
  /** Bytes a ms that leave a host; undefined: no limit. */
  readonly uplink: number | undefined;
  readonly onTwice: (node: SimNode, item: ItemIndex) => void;
  /** An honest node sends an item to another host. */
  readonly onRelay: (node: SimNode, item: ItemIndex) => void;
  /** Anybody sends anything. */
  readonly onSent: (from: string, to: string, message: PeerMessage) => void;
};

const PURPOSES: Readonly<Partial<Record<PeerMessage['type'], Purpose>>> = {
  SPREAD: 'item',
  HAVE: 'have',
  WANT: 'want',
};

/** A node that was just disturbed finds out within a PING's interval and its timeout, twice. */
const DISTURBED_MS = 30_000;
const SHARE_STEPS = 1_000_000;
/** Hosts of a /24 that an attacker uses, and the first port of each. */
const HOSTS_PER_NETWORK = 250;
const HOSTILE_PORT = 6_001;

export class Swarm {
  readonly world: World;
  readonly meter: Meter;
  /** Hosts of attackers, and those that they have invented. */
  readonly hostile = new Set<string>();
  /** Honest nodes that an attacker has singled out. */
  readonly victims = new Set<SimNode>();
  /** By what is wrong with a host: what made it so last. */
  readonly #strikes = new Map<string, symbol>();
  readonly #options: SwarmOptions;
  readonly #nodes: SimNode[] = [];
  readonly #byHost = new Map<string, SimNode>();
  /** Networks of hostile hosts so far. */
  #hostileNetworks = 0;

  constructor(options: SwarmOptions) {
    this.#options = options;
    this.world = options.world;
    this.meter = options.meter;
    this.world.network.tap = {
      sent: (from, to, message, bytes) => this.#sent(from, to, message, bytes),
      received: (from, to, message) => this.#received(from, to, message),
    };
  }

  /** Bytes a ms that leave a host, unless a fault says otherwise; undefined: no limit. */
  get uplink(): number | undefined {
    return this.#options.uplink;
  }

  // ------------------------------------------------------------------ who is there

  /** Every honest node that there ever was. */
  get nodes(): readonly SimNode[] {
    return this.#nodes;
  }

  /** Honest nodes that run, in order of their first start; frozen ones run too. */
  up(): SimNode[] {
    return this.#nodes.filter((node) => this.isUp(node));
  }

  /** Nodes through which others join. */
  bootstrappers(): SimNode[] {
    return this.#nodes.slice(0, this.#options.bootstrappers);
  }

  isUp({ module, remains, host }: SimNode): boolean {
    return module !== undefined && remains === undefined && !this.hostile.has(host);
  }

  nodeAt(host: string): SimNode | undefined {
    return this.#byHost.get(host);
  }

  /** The daemon's side of a node. @throws RangeError when it is down. */
  worldNode({ name }: SimNode): WorldNode {
    return this.world.node(name);
  }

  /** Both ends of every link that is active at both ends, once. */
  *links(): Iterable<readonly [SimNode, SimNode]> {
    for (const node of this.up()) {
      for (const other of this.neighbors(node)) {
        if (node.index > other.index || !this.isUp(other)) continue;
        if (this.neighbors(other).includes(node)) yield [node, other];
      }
    }
  }

  /** Honest nodes that a node has active links with, as it sees it. */
  neighbors(node: SimNode): SimNode[] {
    return this.worldNode(node)
      .daemon.view.links()
      .flatMap(({ active, address }) => {
        const other = active ? this.#byHost.get(address.host) : undefined;
        return other === undefined ? [] : [other];
      });
  }

  // ------------------------------------------------------------------ what may be done

  /** A new node joins through one of the bootstrappers. */
  join(): SimNode {
    const { random, types } = this.#options;
    const index = this.#nodes.length;
    const name = `n${index}`;
    const wanted = types
      .filter(({ share }) => random.below(SHARE_STEPS) < share * SHARE_STEPS)
      .map(({ dataType }) => dataType);
    const { host } = this.world.addressOf(name);
    const node: SimNode = {
      ...{ index, name, host, types: wanted },
      ...{ module: undefined, remains: undefined, isFrozen: false, disturbedUntilMs: 0 },
    };
    this.meter.addNode(name, wanted, this.world.nowMs);
    this.#nodes.push(node);
    this.#byHost.set(host, node);
    this.#connect(node, this.world.start(name, this.#nodeOptions(index)));
    return node;
  }

  /** The process dies; with `silently` its host too. */
  crash(node: SimNode, { silently = false } = {}): void {
    if (!this.isUp(node)) return;
    node.remains = this.world.kill(node.name, { silently });
    node.isFrozen = false;
    this.meter.nodeDown(node.index, this.world.nowMs);
  }

  /** A node that has crashed starts again. */
  revive(node: SimNode, { keepBook }: { readonly keepBook: boolean }): void {
    const { remains } = node;
    if (remains === undefined) return;
    node.remains = undefined;
    this.meter.nodeUp(node.index, this.world.nowMs);
    this.#connect(node, this.world.revive(remains, { keepBook }));
  }

  /** An orderly end, for good. */
  leave(node: SimNode): void {
    if (!this.isUp(node)) return;
    this.meter.nodeDown(node.index, this.world.nowMs);
    node.module = undefined;
    this.world.leave(node.name);
  }

  freeze(node: SimNode): void {
    if (!this.isUp(node) || node.isFrozen) return;
    node.isFrozen = true;
    this.world.freeze(node.name);
  }

  thaw(node: SimNode): void {
    if (!this.isUp(node) || !node.isFrozen) return;
    node.isFrozen = false;
    this.world.thaw(node.name);
    this.disturb(node, this.world.nowMs);
  }

  /**
   * Something befalls a host that will be ended. Whoever ends it asks whether it is still theirs to
   * end: where the same has befallen the host again, the later has taken over.
   */
  strike(what: string, host: string): () => boolean {
    const key = `${what} ${host}`;
    const own = Symbol(key);
    this.#strikes.set(key, own);
    return () => this.#strikes.get(key) === own;
  }

  /** Something is wrong with a node's connections until then; it needs a while to notice. */
  disturb(node: SimNode, untilMs: number): void {
    node.disturbedUntilMs = Math.max(node.disturbedUntilMs, untilMs + DISTURBED_MS);
  }

  /** A module of the node announces an item; its number. */
  announce(
    node: SimNode,
    item: { readonly group: number; readonly dataType: number },
    { bytes, ttl }: { readonly bytes: number; readonly ttl: number },
  ): ItemIndex | undefined {
    if (node.module === undefined) return undefined;
    const { meter, world } = this;
    const index = meter.announced(item.group, item.dataType, node.index, world.nowMs);
    const metered = meter.items[index];
    if (metered !== undefined) node.module.announce(metered, bytes, ttl);
    return index;
  }

  /** Addresses of so many hostile hosts, `networks` of /24 between them, none of them anybody's. */
  hostileAddresses(name: string, count: number, networks: number): PeerAddress[] {
    const first = this.#hostileNetworks;
    this.#hostileNetworks += networks;
    return Array.from({ length: count }, (_, at) => {
      const network = first + (at % networks);
      const place = Math.floor(at / networks);
      const host = `11.${network >> 8}.${network & 0xff}.${1 + (place % HOSTS_PER_NETWORK)}`;
      if (!this.hostile.has(host)) this.world.place(`${name}${this.hostile.size}`, host);
      this.hostile.add(host);
      return { family: 4, host, port: HOSTILE_PORT + Math.floor(place / HOSTS_PER_NETWORK) };
    });
  }

  /** The node is an attacker's from now on: nothing is expected of it, and it counts nowhere. */
  corrupt(node: SimNode): void {
    this.meter.nodeTurned(node.index, this.world.nowMs);
    this.#byHost.delete(node.host);
    this.hostile.add(node.host);
  }

  #nodeOptions(index: number): Parameters<World['start']>[1] {
    const { bootstrappers, random, uplink } = this.#options;
    const known = this.#nodes.slice(0, Math.min(bootstrappers, index));
    const through = pick(known, random);
    const bootstrapper = through === undefined ? undefined : this.world.addressOf(through.name);
    return { config: bootstrapper === undefined ? {} : { peers: { bootstrapper } }, uplink };
  }

  #connect(node: SimNode, { api }: WorldNode): void {
    const { onTwice, validationMs } = this.#options;
    node.module = new MeteredModule({
      scheduler: this.world.scheduler,
      api,
      meter: this.meter,
      node: node.index,
      types: node.types,
      validationMs,
      onTwice: (item) => onTwice(node, item),
    });
  }

  // ------------------------------------------------------------------ what passes

  #sent(from: string, to: string, message: PeerMessage, bytes: number): void {
    this.#options.onSent(from, to, message);
    const node = this.#byHost.get(from);
    if (node === undefined) return;
    this.meter.sent(PURPOSES[message.type] ?? 'other', bytes);
    if (message.type !== 'SPREAD') return;
    const item = itemOf(message.data);
    if (item !== undefined) this.#options.onRelay(node, item);
  }

  #received(from: string, to: string, message: PeerMessage): void {
    if (message.type !== 'SPREAD') return;
    const node = this.#byHost.get(to);
    const item = itemOf(message.data);
    if (node === undefined || item === undefined) return;
    this.meter.received(item, this.#byHost.get(from)?.index, node.index);
  }
}
