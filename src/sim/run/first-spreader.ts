/**
 * How well somebody who sits at some of the daemons can tell who announced an item: by whoever is
 * the first to show it to any of them (the *first-spy* estimator of the literature on Dandelion).
 */
import { seededRandom, shuffled } from '../../core/prng.js';
import { itemId } from '../../wire/item-id.js';
import type { PeerMessage } from '../../wire/messages.js';
import { estimate } from '../measures/statistics.js';
import { RegionMap } from '../regions.js';
import type { VirtualModule } from '../virtual-module.js';
import { says } from '../virtual-module.js';
import { World } from '../world.js';

export type SpyPlan = {
  readonly seed: number;
  readonly nodes: number;
  readonly items: number;
  /** Share of the nodes that tell the observer all they see, and behave otherwise. */
  readonly spies: number;
  readonly stem: boolean;
};

export type SpyResult = {
  /** Share of the items whose first sender to a spy was their origin. */
  readonly unmasked: number;
  /** Share of the deliveries that were made. */
  readonly delivered: number;
  /** From announce to notification, in ms, of all deliveries, ascending. */
  readonly latenciesMs: readonly number[];
};

const TYPE = 1;
const JOIN_MS = 40;
const SETTLE_MS = 20_000;
const ITEM_MS = 2_000;
const DRAIN_MS = 60_000;
const VALIDATION_MS = 2;
const DATA_BYTES = 200;

type Sighted = { readonly origin: string; readonly atMs: number; first: string | undefined };

/** Plays one network; the same plan gives the same result. */
export const spyOn = ({ seed, nodes, items, spies, stem }: SpyPlan): SpyResult => {
  const random = seededRandom(`spies ${seed}`);
  const regions = new RegionMap(seed);
  const world = new World(seed, {
    latency: regions.oneWayMs,
    config: { items: { stem } },
  });
  const bootstrapper = world.addressOf('n0');
  const modules: VirtualModule[] = [];
  for (let n = 0; n < nodes; n += 1) {
    const node = world.start(`n${n}`, n === 0 ? {} : { config: { peers: { bootstrapper } } });
    modules.push(node.module([TYPE], says(true, VALIDATION_MS)));
    world.run(JOIN_MS);
  }
  world.run(SETTLE_MS);
  const hosts = modules.map((_, n) => world.addressOf(`n${n}`).host);
  const spyHosts = new Set(shuffled(hosts, random).slice(0, Math.round(spies * nodes)));
  const honest = hosts.flatMap((host, n) => (spyHosts.has(host) ? [] : [n]));
  const seen: Sighted[] = [];
  const byId = new Map<string, number>();
  world.network.tap = {
    sent: (_, __, message) => nameItem(message, byId),
    received: (from, to, message) => {
      if (!spyHosts.has(to)) return;
      for (const at of shownBy(message, byId)) {
        const item = seen[at];
        if (item !== undefined) item.first ??= from;
      }
    },
  };
  for (let at = 0; at < items; at += 1) {
    const n = honest[random.below(honest.length)] ?? 0;
    seen.push({ origin: hosts[n] ?? '', atMs: world.nowMs, first: undefined });
    const data = Buffer.alloc(DATA_BYTES);
    data.writeUInt32BE(at);
    modules[n]?.announce(TYPE, data);
    world.run(ITEM_MS);
  }
  world.run(DRAIN_MS);
  const latenciesMs = modules
    .flatMap(({ heard }) => heard)
    .map(({ atMs, message: { data } }) => atMs - (seen[data.readUInt32BE(0)]?.atMs ?? NaN))
    .sort((a, b) => a - b);
  return {
    unmasked: estimate(seen.map(({ origin, first }) => Number(first === origin))).mean,
    delivered: latenciesMs.length / (items * (nodes - 1)),
    latenciesMs,
  };
};

/** Notes which item an id stands for. */
const nameItem = (message: PeerMessage, byId: Map<string, number>): void => {
  if (message.type !== 'SPREAD') return;
  const { dataType, expiryMs, salt, data } = message;
  byId.set(itemId(dataType, expiryMs, salt, data), data.readUInt32BE(0));
};

/** The items that a message shows its sender to have. */
const shownBy = (message: PeerMessage, byId: ReadonlyMap<string, number>): readonly number[] => {
  if (message.type === 'SPREAD') return [message.data.readUInt32BE(0)];
  if (message.type !== 'HAVE') return [];
  return message.ids.flatMap((id) => byId.get(id.toString('hex')) ?? []);
};
