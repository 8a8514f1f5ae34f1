/** How the overlay stands: links per node, who is alone, how many parts it has. */
import type { SimNode, Swarm } from '../run/swarm.js';
import { hostileSharesOf, type HostileShares } from './hostile-shares.js';

/** The overlay at one moment, honest nodes only. A link counts where both ends hold it active. */
export type Health = {
  /** Virtual ms since the measuring began; negative during the warm-up. */
  readonly atMs: number;
  readonly nodes: number;
  readonly linksMin: number;
  readonly linksMedian: number;
  readonly linksMax: number;
  /** Links that a node dialled itself: of the node with the fewest, and of the middle one. */
  readonly outboundMin: number;
  readonly outboundMedian: number;
  /** Nodes without a link to an honest node. */
  readonly isolated: number;
  /** Parts of the overlay that no link joins; 1 is whole. */
  readonly components: number;
  /** How far attackers have come. */
  readonly hostile: HostileShares;
};

/** Links of one node, as far as they count. */
type Row = {
  readonly node: SimNode;
  readonly peers: Set<number>;
  readonly outbound: number;
};

/** Looks at every honest node that runs and is not frozen. */
export const healthOf = (swarm: Swarm, atMs: number): Health => {
  const rows = swarm
    .up()
    .filter(({ isFrozen }) => !isFrozen)
    .map((node) => rowOf(swarm, node));
  const byIndex = new Map(rows.map((row) => [row.node.index, row]));
  const mutual = new Map(
    rows.map(({ node, peers }) => [
      node.index,
      [...peers].filter((peer) => byIndex.get(peer)?.peers.has(node.index) === true),
    ]),
  );
  const degrees = [...mutual.values()].map(({ length }) => length).sort((a, b) => a - b);
  const dialled = rows.map((row) => row.outbound).sort((a, b) => a - b);
  return {
    atMs,
    nodes: rows.length,
    linksMin: degrees[0] ?? 0,
    linksMedian: degrees[degrees.length >> 1] ?? 0,
    linksMax: degrees.at(-1) ?? 0,
    outboundMin: dialled[0] ?? 0,
    outboundMedian: dialled[dialled.length >> 1] ?? 0,
    isolated: degrees.filter((degree) => degree === 0).length,
    components: componentsOf(mutual).length,
    hostile: hostileSharesOf(
      swarm,
      rows.map(({ node }) => node),
    ),
  };
};

const rowOf = (swarm: Swarm, node: SimNode): Row => {
  const peers = new Set<number>();
  let outbound = 0;
  for (const { active, direction, address } of swarm.worldNode(node).daemon.view.links()) {
    if (!active) continue;
    const peer = swarm.nodeAt(address.host);
    if (peer !== undefined) peers.add(peer.index);
    if (direction === 'outbound') outbound += 1;
  }
  return { node, peers, outbound };
};

/** The parts of a graph, each as its members. */
export const componentsOf = (
  neighbors: ReadonlyMap<number, readonly number[]>,
): readonly (readonly number[])[] => {
  const seen = new Set<number>();
  const components: number[][] = [];
  for (const start of neighbors.keys()) {
    if (seen.has(start)) continue;
    seen.add(start);
    const members = [start];
    for (const at of members) {
      for (const next of neighbors.get(at) ?? []) {
        if (seen.has(next) || !neighbors.has(next)) continue;
        seen.add(next);
        members.push(next);
      }
    }
    components.push(members);
  }
  return components;
};
