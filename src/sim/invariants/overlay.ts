/** What must be true of links, actors, timers and bounds. */
import type { Config } from '../../config/config.js';
import { ACQUAINTANCES_MAX } from '../../core/active-view.js';
import { GROUPS_MAX } from '../../core/eager-links.js';
import { inboundMaxOf } from '../../core/link-groups.js';
import { CACHED_BYTES_MAX, CACHED_ITEMS_MAX } from '../../core/message-cache.js';
import { OFFENDERS_MAX } from '../../core/offenders.js';
import { SIGHTINGS_MAX } from '../../core/sightings.js';
import { AFRESH_DIALS, URGENT_DIALS_MAX } from '../../runtime/dialer.js';
import { FETCHES_MAX } from '../../runtime/fetcher.js';
import { HELD_ITEMS_MAX } from '../../runtime/held-items.js';
import { PENDING_BYTES_MAX } from '../../runtime/pending-items.js';
import { STEM_ITEMS_MAX } from '../../runtime/stem-phase.js';
import type { SimNode, Swarm } from '../run/swarm.js';
import type { Invariant } from './invariant.js';

/** Nodes that look at themselves at a time, of so many: the others have their turn later. */
const TURNS = 10;

const withTurn = (swarm: Swarm, turn: number): SimNode[] =>
  swarm.up().filter((node) => !node.isFrozen && node.index % TURNS === turn % TURNS);

/** Feelers come on top, and whom an alarm has dialled: the contacts, the anchors, a few. */
const dialsMax = ({ peers }: Config): number =>
  URGENT_DIALS_MAX + peers.anchorLinks + 1 + peers.knownPeers.length + AFRESH_DIALS + FEELERS_MAX;

/** A feeler every 30 s and more, each over within a minute. */
const FEELERS_MAX = 2;

/** Gauges, and what none of them may exceed. */
const BOUNDS: readonly (readonly [gauge: string, bound: (config: Config) => number])[] = [
  ['modules', ({ api }) => api.apiConnectionsMax],
  ['links_active', ({ peers }) => peers.maxConnections],
  ['half_open', ({ handshake }) => handshake.halfOpenMax],
  ['dials_under_way', dialsMax],
  ['acquaintances', () => ACQUAINTANCES_MAX],
  ['address_book_entries', ({ peers }) => peers.passiveView],
  ['peers_offending', () => OFFENDERS_MAX],
  ['spread_groups', () => GROUPS_MAX],
  ['items_seen', ({ items }) => items.seenIdsMax],
  ['items_sighted', () => SIGHTINGS_MAX],
  ['items_fetching', () => FETCHES_MAX],
  ['items_on_stem', () => STEM_ITEMS_MAX],
  ['items_held', () => HELD_ITEMS_MAX],
  ['items_pending', ({ items }) => items.pendingItemsMax],
  ['items_pending_bytes', () => PENDING_BYTES_MAX],
  ['message_cache_items', () => CACHED_ITEMS_MAX],
  ['message_cache_bytes', () => CACHED_BYTES_MAX],
  ['knowledge_base_items', ({ items }) => items.cacheSize],
  ['knowledge_base_bytes', ({ items }) => items.knowledgeBytesMax],
  ['notifications_outstanding', ({ api }) => api.outstandingMax * api.apiConnectionsMax],
];

export const boundsKept: Invariant = {
  name: 'bounds',
  doc: 'No table of a daemon grows over its bound.',
  watch: ({ swarm, scenario, violate }) => {
    const look = (nodes: readonly SimNode[]): void => {
      for (const node of nodes) {
        const { counters } = swarm.worldNode(node).daemon;
        for (const [gauge, bound] of BOUNDS) {
          const [value, most] = [counters.get(gauge), bound(scenario.config)];
          if (value > most) violate(`${gauge} of ${node.name} is ${value}, bound ${most}`);
        }
      }
    };
    let turn = 0;
    return {
      look: () => look(withTurn(swarm, turn++)),
      end: () => look(swarm.up().filter((node) => !node.isFrozen)),
    };
  },
};

export const outboundQuota: Invariant = {
  name: 'outbound-quota',
  doc: 'Callers never take the places that are for links of the own choosing.',
  watch: ({ swarm, scenario, violate }) => {
    const { sampledLinks, nearLinks, anchorLinks, maxConnections } = scenario.config.peers;
    const own = { sampled: sampledLinks, near: nearLinks, anchors: anchorLinks };
    const most = inboundMaxOf(maxConnections, own);
    const look = (nodes: readonly SimNode[]): void => {
      for (const node of nodes) {
        const { activeCount, outboundCount } = swarm.worldNode(node).daemon.view;
        const inbound = activeCount - outboundCount;
        if (inbound > most) violate(`${node.name} has ${inbound} inbound links, bound ${most}`);
      }
    };
    let turn = 0;
    return {
      look: () => look(withTurn(swarm, turn++)),
      end: () => look(swarm.up().filter((node) => !node.isFrozen)),
    };
  },
};

/** Looks in a row at which a link must be lopsided before it counts, where TCP loses packets. */
const LOSSY_LOOKS = 10;

export const linksSymmetric: Invariant = {
  name: 'links-symmetric',
  doc: 'Within two round trips both ends of a link agree that it is one.',
  watch: ({ swarm, scenario, violate, intervalMs }) => {
    const { lossShare, uplinkBytesPerMs } = scenario.network;
    const isLossy = lossShare > 0 || uplinkBytesPerMs > 0;
    /** Lopsided links, and how many looks in a row they have been. */
    let before = new Map<string, number>();
    const looksAllowed = (node: SimNode, other: SimNode): number => {
      if (isLossy) return LOSSY_LOOKS;
      const roundTripMs = 2 * swarm.world.network.paths.oneWayMs(node.host, other.host);
      return Math.ceil((2 * roundTripMs) / intervalMs);
    };
    return {
      look: () => {
        const { nowMs } = swarm.world;
        const now = new Map<string, number>();
        for (const { node, other, name } of lopsided(swarm)) {
          if (node.disturbedUntilMs > nowMs || other.disturbedUntilMs > nowMs) continue;
          const looks = (before.get(name) ?? 0) + 1;
          now.set(name, looks);
          if (looks <= looksAllowed(node, other) + 1) continue;
          violate(`${node.name} has a link to ${other.name}, which has none to ${node.name}`);
        }
        before = now;
      },
    };
  },
};

/** Links of which only one end knows. */
function* lopsided(swarm: Swarm): Iterable<{ node: SimNode; other: SimNode; name: string }> {
  const nodes = swarm.up().filter((node) => !node.isFrozen);
  const peersOf = new Map<SimNode, Map<SimNode, number>>();
  for (const node of nodes) {
    const peers = new Map<SimNode, number>();
    for (const { active, address, connection } of swarm.worldNode(node).daemon.view.links()) {
      const other = active ? swarm.nodeAt(address.host) : undefined;
      if (other !== undefined) peers.set(other, connection);
    }
    peersOf.set(node, peers);
  }
  for (const [node, peers] of peersOf) {
    for (const [other, connection] of peers) {
      const back = peersOf.get(other);
      if (back === undefined || back.has(node)) continue;
      yield { node, other, name: `${node.index} ${other.index} ${connection}` };
    }
  }
}

/** Every so many looks only, since it compares all names. */
const ORPHAN_LOOKS_APART = 4;
/** Such looks in a row at which an actor must be without a connection before it counts. */
const ORPHAN_LOOKS = 2;

export const noOrphans: Invariant = {
  name: 'no-orphans',
  doc: 'Every connection has an actor, and every actor of a connection has one.',
  watch: ({ swarm, violate }) => {
    let before = new Map<string, number>();
    let looked = 0;
    return {
      look: () => {
        looked += 1;
        if (looked % ORPHAN_LOOKS_APART !== 0) return;
        const now = new Map<string, number>();
        for (const node of swarm.up()) {
          if (node.isFrozen) continue;
          for (const { name, number } of orphansOf(swarm, node)) {
            const key = `${number} ${name}`;
            const looks = (before.get(key) ?? 0) + 1;
            now.set(key, looks);
            if (looks > ORPHAN_LOOKS) violate(name);
          }
        }
        before = now;
      },
    };
  },
};

/** `number`: of a connection with a peer; its name may soon be another's, which is no orphan. */
type Orphan = { readonly name: string; readonly number: number | undefined };

const orphansOf = (swarm: Swarm, node: SimNode): Orphan[] => {
  const { daemon, endpoint, api } = swarm.worldNode(node);
  const children = daemon.root.getSnapshot().children;
  const actors = new Set(Object.keys(children).filter((id) => id.includes('-connection.')));
  const connections = new Map<string, number | undefined>([
    ...endpoint
      .connections()
      .map((name) => [`peer-connection.${name}`, endpoint.numberOf(name)] as const),
    ...api.connections().map((name) => [`api-connection.${name}`, undefined] as const),
  ]);
  return [
    ...[...actors]
      .filter((id) => !connections.has(id))
      .map((id) => ({ name: `${id} of ${node.name} has no connection`, number: undefined })),
    ...[...connections]
      .filter(([id]) => !actors.has(id))
      .map(([id, number]) => {
        return { name: `the connection of ${id} of ${node.name} has no actor`, number };
      }),
  ];
};

export const noTimersOfTheDead: Invariant = {
  name: 'no-timers-of-the-dead',
  doc: 'A daemon that has ended in order leaves no timer behind.',
  watch: ({ swarm, violate }) => ({
    ended: ({ name, clock }) => {
      const left = swarm.world.scheduler.waitingOf(clock);
      if (left > 0) violate(`${name} has ended, and ${left} of its timers wait`);
    },
  }),
};

export const noErrors: Invariant = {
  name: 'no-errors',
  doc: 'No daemon logs an error.',
  watch: ({ swarm, violate }) => {
    const look = (): void => {
      const [error] = swarm.world.errors;
      if (error === undefined) return;
      violate(`${error.node} logs "${error.what}" ${JSON.stringify(error.fields)}`);
    };
    return { look, end: look };
  },
};
