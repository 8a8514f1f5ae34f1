/** What must be true of items. */
import { MARK } from '../measures/meter.js';
import { componentsOf } from '../measures/health.js';
import type { SimNode, Swarm } from '../run/swarm.js';
import type { Invariant, InvariantStage } from './invariant.js';

export const nothingUnvalidated: Invariant = {
  name: 'validated-first',
  doc: 'A node sends no item that no module of its own has announced or found valid.',
  watch: ({ swarm: { meter }, violate }) => ({
    relay: (node, index) => {
      const item = meter.items[index];
      if (item === undefined || meter.has(item, node.index, MARK.validated)) return;
      violate(`${node.name} sends item ${index}, which nobody there has found valid`);
    },
  }),
};

export const nothingTwice: Invariant = {
  name: 'once-only',
  doc: 'A module is notified of an item at most once, and never of its own.',
  watch: ({ violate }) => ({
    twice: (node, item) => violate(`the module of ${node.name} is told of item ${item} again`),
  }),
};

/** What was announced so shortly before the end may still be under way. */
const UNDER_WAY_MS = 5_000;

export const everybodyReached: Invariant = {
  name: 'all-reached',
  doc:
    'At the end every item is at every node that wanted it, stayed, and has a way to the ' +
    'announcer through nodes that want it and relay.',
  watch: (stage) => ({ end: () => lookForMissed(stage) }),
};

const lookForMissed = ({ swarm, scenario, violate }: InvariantStage): void => {
  const { meter, world } = swarm;
  const { items: config } = scenario.config;
  const isCalm = scenario.faults.length === 0 && scenario.attackers.length === 0;
  const reachOf = new Map(
    scenario.types.map(({ dataType }) => [dataType, reachable(swarm, dataType)]),
  );
  for (const item of meter.items) {
    const { atMs, index, dataType, announcer } = item;
    // Whoever was cut off catches up with what the caches hold, and with nothing else.
    const isCached = index >= meter.items.length - config.cacheSize;
    const ageMs = world.nowMs - atMs;
    const isDue = ageMs > UNDER_WAY_MS && ageMs < config.itemLifetimeMs - UNDER_WAY_MS;
    if (!isDue || (!isCalm && !isCached) || scenario.items[item.group]?.ttl !== 0) continue;
    const reached = reachOf.get(dataType)?.get(announcer);
    const missed = meter
      .expected(item)
      .filter((node) => reached?.has(node) === true && !meter.has(item, node, MARK.delivered));
    const [first] = missed;
    if (first === undefined) continue;
    violate(
      `item ${index}, announced by ${meter.nameOf(announcer)} at ${atMs.toFixed(0)} ms, ` +
        'is not at ' +
        `${meter.nameOf(first)}${missed.length > 1 ? ` and ${missed.length - 1} more` : ''}`,
    );
    return;
  }
};

/** By announcer: whom its items must reach, over links that there are now. */
const reachable = (swarm: Swarm, dataType: number): ReadonlyMap<number, ReadonlySet<number>> => {
  const { nowMs } = swarm.world;
  const isCalm = (node: SimNode): boolean => !node.isFrozen && node.disturbedUntilMs <= nowMs;
  const there = swarm.up().filter((node) => node.types.includes(dataType) && isCalm(node));
  const relays = there.filter(({ module }) => module?.isHung === false);
  const neighbors = new Map(
    there.map((node) => [node.index, swarm.neighbors(node).map(({ index }) => index)]),
  );
  const isMutual = (one: number, other: number): boolean =>
    neighbors.get(one)?.includes(other) === true && neighbors.get(other)?.includes(one) === true;
  const relaying = new Map(
    relays.map(({ index }) => [
      index,
      (neighbors.get(index) ?? []).filter((other) => isMutual(index, other)),
    ]),
  );
  const reach = new Map<number, Set<number>>();
  for (const members of componentsOf(relaying)) {
    const reached = new Set(members);
    for (const { index } of there) {
      if (members.some((member) => isMutual(member, index))) reached.add(index);
    }
    for (const member of members) reach.set(member, reached);
  }
  return reach;
};
