/**
 * One scenario, played twice: by daemons in processes of their own on loopback, and by daemons in
 * the simulator. What each module needs for its verdict is part of the scenario and longer than
 * what processes wait for a turn on a busy host, so that both play the same race.
 */
import { seededRandom } from '../../../src/core/prng.js';
import { World, type WorldNode } from '../../../src/sim/world.js';
import type { Daemon } from '../harness/daemon.js';
import { openModule } from '../harness/modules.js';
import { circulant, circulantNeighbours } from '../harness/topologies.js';
import { WAIT_MS, waitUntil, within } from '../harness/wait.js';

const TYPE = 21;
export const NODES = 20;
export const ITEMS = 40;
const ITEM_BYTES = 1_024;
/** Eight links each; none joins two daemons of a wave. */
const DISTANCES = [1, 2, 3, 5];
const WAVES = 4;
const LINKS = 2 * DISTANCES.length;
const DELIVERIES = ITEMS * (NODES - 1);
/** A module's verdict takes at least and at most so long. */
const VERDICT_MS = [20, 100] as const;
/** From process to process over loopback, one way; measured as 0.1 to 0.3 ms on an idle host. */
const LOOPBACK_MS = 0.2;
/** The figures that are compared, or that show why they differ. */
const COUNTERS = [
  'items_received_total',
  'items_duplicate_total',
  'items_wanted_total',
  'grafts_sent_total',
  'prunes_sent_total',
] as const;

/** What came of the scenario. */
export type Outcome = {
  /** By node, the items that its module was notified of, in order of their numbers. */
  readonly deliveries: readonly (readonly number[])[];
  /** Summed over the nodes. */
  readonly counters: Readonly<Record<(typeof COUNTERS)[number], number>>;
};

export const copiesPerDelivery = ({ counters }: Outcome): number =>
  counters.items_received_total / DELIVERIES;

const itemOf = (n: number): Buffer => {
  const item = Buffer.alloc(ITEM_BYTES, n);
  item.writeUInt32BE(n);
  return item;
};
const numberOf = (data: Buffer): number => data.readUInt32BE();
/** Everybody announces as often. 7 and the number of nodes have no common divisor. */
export const announcerOf = (item: number): number => (7 * item) % NODES;
const verdictMs = (node: number, item: number): number => {
  const [least, most] = VERDICT_MS;
  return least + seededRandom(`${node}/${item}`).below(most - least);
};

/** Who was notified of what. */
class Tally {
  readonly #items = Array.from({ length: NODES }, (): number[] => []);
  readonly #heardBy = new Map<number, number>();
  #onHeard: (item: number) => void = () => {};

  get deliveries(): number[][] {
    return this.#items.map((items) => items.toSorted((a, b) => a - b));
  }

  heard(node: number, item: number): void {
    this.#items[node]?.push(item);
    this.#heardBy.set(item, (this.#heardBy.get(item) ?? 0) + 1);
    this.#onHeard(item);
  }

  isEverywhere(item: number): boolean {
    return (this.#heardBy.get(item) ?? 0) >= NODES - 1;
  }

  async everywhere(item: number): Promise<void> {
    const arriving = new Promise<void>((resolve) => {
      this.#onHeard = (heard) => {
        if (heard === item && this.isEverywhere(item)) resolve();
      };
    });
    await within(arriving, WAIT_MS, () => `item ${item} is everywhere`);
  }
}

type Read = (node: number, name: string) => number;

const sum = (name: string, read: Read): number =>
  Array.from({ length: NODES }, (_, node) => read(node, name)).reduce((a, b) => a + b, 0);

/** What `isQuiet` asks for, to be told when it does not come. */
const QUIET_BY = [
  'items_accepted_total',
  'items_pending',
  'items_fetching',
  'items_received_total',
  'items_sent_total',
  'items_cancelled_total',
] as const;

/** Everything that was sent, and not taken back before it left, has come, and is decided. */
const isQuiet = (read: Read): boolean =>
  sum('items_accepted_total', read) === DELIVERIES &&
  sum('items_pending', read) === 0 &&
  sum('items_fetching', read) === 0 &&
  sum('items_received_total', read) ===
    sum('items_sent_total', read) - sum('items_cancelled_total', read);

const isLinked = (read: Read): boolean =>
  sum('links_active', read) === NODES * LINKS && sum('link_interests', read) === NODES * LINKS;

const outcomeOf = (tally: Tally, read: Read): Outcome => ({
  deliveries: tally.deliveries,
  counters: Object.fromEntries(COUNTERS.map((name) => [name, sum(name, read)])) as never,
});

// -------------------------------------------------------------------- processes

/** A module that takes its time for its verdicts. */
const openSlowModule = async (daemon: Daemon, node: number, tally: Tally) => {
  const client = await openModule(daemon);
  await client.subscribe(TYPE);
  const listening = (async (): Promise<void> => {
    for await (const { data, accept } of client.notifications(TYPE)) {
      const item = numberOf(data);
      tally.heard(node, item);
      setTimeout(accept, verdictMs(node, item));
    }
  })();
  // An ending by an error shows in what does not arrive.
  listening.catch(() => {});
  return client;
};

export const playForReal = async (): Promise<Outcome> => {
  const tally = new Tally();
  const daemons = await circulant(NODES, DISTANCES, WAVES);
  const modules = await Promise.all(
    daemons.map((daemon, node) => openSlowModule(daemon, node, tally)),
  );
  const until = async (what: string, holds: (read: Read) => boolean): Promise<Read> => {
    let metrics: Map<string, number>[] = [];
    const read: Read = (node, name) => metrics[node]?.get(name) ?? 0;
    await waitUntil(
      async () => {
        metrics = await Promise.all(daemons.map((daemon) => daemon.metrics()));
        return holds(read);
      },
      { what: () => `${what}: ${QUIET_BY.map((name) => `${name} ${sum(name, read)}`).join(', ')}` },
    );
    return read;
  };
  await until('everybody is linked', isLinked);
  for (let item = 0; item < ITEMS; item += 1) {
    const arrival = tally.everywhere(item);
    await modules[announcerOf(item)]?.announce(TYPE, itemOf(item));
    await arrival;
  }
  const read = await until('all is quiet', isQuiet);
  return outcomeOf(tally, read);
};

// -------------------------------------------------------------------- simulated

const startLinked = (world: World, place: number): WorldNode => {
  const neighbours = circulantNeighbours(place, NODES, DISTANCES);
  const running = neighbours.filter((at) => at % WAVES < place % WAVES);
  const knownPeers = running.map((at) => world.addressOf(`${at}`));
  return world.start(`${place}`, { config: { peers: { knownPeers } } });
};

export const simulate = (seed: string): Outcome => {
  const tally = new Tally();
  const world = new World(seed, {
    latency: () => LOOPBACK_MS,
    config: { peers: { lab: true, labLinksOnly: true }, handshake: { difficulty: 0 } },
  });
  const places = Array.from({ length: NODES }, (_, place) => place);
  const inWaves = places.toSorted((a, b) => (a % WAVES) - (b % WAVES) || a - b);
  for (const place of inWaves) startLinked(world, place);
  const nodes = places.map((place) => world.node(`${place}`));
  const modules = nodes.map((node, place) =>
    node.module([TYPE], ({ data }) => {
      tally.heard(place, numberOf(data));
      return { valid: true, afterMs: verdictMs(place, numberOf(data)) };
    }),
  );
  const read: Read = (node, name) => nodes[node]?.daemon.counters.get(name) ?? 0;
  world.runUntil('everybody is linked', () => isLinked(read));
  for (let item = 0; item < ITEMS; item += 1) {
    modules[announcerOf(item)]?.announce(TYPE, itemOf(item));
    world.runUntil(`item ${item} is everywhere`, () => tally.isEverywhere(item));
  }
  world.runUntil('all is quiet', () => isQuiet(read));
  return outcomeOf(tally, read);
};
