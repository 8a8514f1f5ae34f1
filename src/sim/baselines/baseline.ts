/**
 * Published gossip protocols, for comparison: the same scheduler, the same latencies, the same
 * validation before an item is passed on, as the daemons of a `World` have. A scenario takes them
 * by name from `BASELINES` (catalogue.ts).
 */
import { seededRandom, type Random } from '../../core/prng.js';
import type { Scheduler } from '../virtual-clock.js';
import type { Latency } from '../virtual-network.js';
import { HostNetwork, type Host } from './hosts.js';
import {
  BaselineItem,
  measureSpread,
  type CopyListener,
  type SpreadMeasures,
} from './spread-record.js';

/** What a baseline is built from. */
export type BaselineOptions = {
  readonly nodes: number;
  readonly seed: number | string;
  readonly scheduler: Scheduler;
  readonly latency: Latency;
  /** How long a node's modules take to say that an item is valid, before it is relayed. */
  readonly validationMs?: number;
  /** For whoever keeps books of his own. */
  readonly onCopy?: CopyListener;
};

/** A protocol that can be built; the settings that it was published with are its own. */
export type BaselineProtocol = {
  readonly name: string;
  readonly doc: string;
  /** Virtual ms after which `nodes` nodes have joined and their links have settled. */
  readonly settleMs: (nodes: number) => number;
  readonly build: (options: BaselineOptions) => BaselineNetwork;
};

/** A network of a baseline that runs. Nodes are numbers from 0 on. */
export type BaselineNetwork = {
  readonly nodes: number;
  /** All that was published, in order. */
  readonly items: readonly BaselineItem[];
  /** A module at that node announces an item. @throws RangeError when the node is down. */
  publish(node: number): BaselineItem;
  /** The process dies, without a word; its connections are reset. */
  crash(node: number): void;
  /** Starts a crashed node anew, knowing nothing but how to join. */
  restart(node: number): void;
  /** From now on the node receives, and passes nothing on. */
  makeDropper(node: number): void;
  isUp(node: number): boolean;
  isDropper(node: number): boolean;
  /** Peers that a node has links with. */
  degree(node: number): number;
  /**
   * What became of items: by default all. An item's audience are the nodes that were up when it
   * was published, are up now, and are no droppers.
   */
  measure(items?: readonly BaselineItem[]): SpreadMeasures;
};

/** Our modules' answer in the setting of the targets. */
export const VALIDATION_MS = 2;

/** A host of a baseline: one that can begin to spread an item. */
export type SpreadingHost<Message> = Host<Message> & {
  publish(item: BaselineItem): void;
  /** Joins the network; told once. */
  join(): void;
};

/** What the hosts of one network have in common. */
export type Surroundings<Message> = {
  readonly network: HostNetwork<Message>;
  readonly nodes: number;
  readonly validationMs: number;
  /** Decides who joins when and whom it knows. */
  readonly random: Random;
  /** For what one node decides: its own, so that nodes do not move each other's chance. */
  readonly randomOf: (node: number) => Random;
  /** By its number: messages name items by it. */
  readonly item: (number: number) => BaselineItem | undefined;
};

/** Makes the host of that number. */
export type HostMaker<Message> = (
  surroundings: Surroundings<Message>,
  node: number,
) => SpreadingHost<Message>;

/** A network whose nodes join one after the other, evenly over `joinMs`. */
export const buildNetwork = <Message>(
  { nodes, seed, scheduler, latency, validationMs = VALIDATION_MS, onCopy }: BaselineOptions,
  joinMs: number,
  makeHost: HostMaker<Message>,
): BaselineNetwork => {
  const network = new HostNetwork<Message>(scheduler, latency);
  const items: BaselineItem[] = [];
  const hosts: SpreadingHost<Message>[] = [];
  const startedMs: number[] = [];
  let starts = 0;
  const surroundings: Surroundings<Message> = {
    network,
    nodes,
    validationMs,
    random: seededRandom(`${seed}/baseline`),
    randomOf: (node) => seededRandom(`${seed}/baseline/${node}/${(starts += 1)}`),
    item: (number) => items[number],
  };
  const start = (node: number): void => {
    const host = makeHost(surroundings, node);
    hosts[node] = host;
    startedMs[node] = scheduler.nowMs;
    network.add(host);
    host.join();
  };
  for (let node = 0; node < nodes; node += 1) {
    scheduler.after((joinMs * node) / nodes, () => start(node));
  }
  const isUp = (node: number): boolean => network.at(node) !== undefined;
  const isDropper = (node: number): boolean => hosts[node]?.isDropper ?? false;
  const hears = (node: number, { sentMs }: BaselineItem): boolean =>
    isUp(node) && !isDropper(node) && (startedMs[node] ?? Infinity) <= sentMs;
  return {
    nodes,
    items,
    publish: (node) => {
      const host = hosts[node];
      if (host === undefined || !isUp(node)) throw new RangeError(`node ${node} is down`);
      const item = new BaselineItem(items.length, node, scheduler.nowMs, nodes, onCopy);
      items.push(item);
      host.publish(item);
      return item;
    },
    crash: (node) => network.crash(node),
    restart: (node) => {
      if (isUp(node)) throw new RangeError(`node ${node} is up`);
      start(node);
    },
    makeDropper: (node) => {
      const host = hosts[node];
      if (host !== undefined) host.isDropper = true;
    },
    isUp,
    isDropper,
    degree: (node) => network.degree(node),
    measure: (measured = items) => measureSpread(measured, hears),
  };
};

/** So many other nodes that are up, by chance: whom a directory would name to a newcomer. */
export const othersUp = <Message>(
  { network: { running }, random }: Surroundings<Message>,
  self: number,
  count: number,
): readonly number[] => {
  if (running.length <= count + 1) return running.filter((node) => node !== self);
  const found = new Set<number>();
  while (found.size < count) {
    const node = running[random.below(running.length)];
    if (node !== undefined && node !== self) found.add(node);
  }
  return [...found];
};
