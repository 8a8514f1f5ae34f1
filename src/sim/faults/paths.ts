/** Faults of what lies between the nodes. */
import type { SimNode } from '../run/swarm.js';
import { milliseconds, number, share, word } from '../scenario/checks.js';
import { drawVictims, fault, field, victims, type Fault, type FaultStage } from './fault.js';

/** From now on the nodes' links may be lopsided; until a while after `durationMs`. */
const disturb = ({ swarm }: FaultStage, nodes: readonly SimNode[], durationMs: number): void => {
  for (const node of nodes) swarm.disturb(node, swarm.world.nowMs + durationMs);
};

const partition = fault({
  name: 'partition',
  doc: 'The network falls into two parts that do not reach each other, and heals again.',
  fields: {
    share: field(share, 'share of the nodes in the smaller part', 0.5),
    durationMs: field(milliseconds(), 'until it heals', 30_000),
  },
  act: (params, stage) => {
    const { swarm } = stage;
    const { cuts } = swarm.world.network;
    const apart = new Set(
      drawVictims(stage, { share: params.share, count: 0 }).map(({ host }) => host),
    );
    stage.note(`the network falls apart: ${apart.size} of ${swarm.up().length} nodes are cut off`);
    disturb(stage, swarm.up(), params.durationMs);
    cuts.partition((host) => (apart.has(host) ? 1 : 0));
    const isOurs = swarm.strike('partition', 'all');
    stage.after(params.durationMs, () => {
      if (!isOurs()) return;
      stage.note('the network is whole again');
      cuts.unite();
    });
  },
});

const oneWayCut = fault({
  name: 'one-way-cut',
  doc: 'What chosen nodes send reaches nobody while they hear everything, or the other way round.',
  fields: {
    ...victims,
    direction: field(
      word<'out' | 'in'>(['out', 'in']),
      'what is lost: what they send, or what others do',
      'out',
    ),
    durationMs: field(milliseconds(), 'until it heals', 30_000),
  },
  act: (params, stage) => {
    const { swarm } = stage;
    const { cuts } = swarm.world.network;
    const struck = drawVictims(stage, params);
    stage.note(`${struck.length} nodes are cut one way (${params.direction})`);
    disturb(stage, swarm.up(), params.durationMs);
    const { direction } = params;
    const strikes = struck.map(({ host }) => {
      cuts.muffle(host, direction);
      return { host, isOurs: swarm.strike(`cut ${direction}`, host) };
    });
    stage.after(params.durationMs, () => {
      const healed = strikes.filter(({ isOurs }) => isOurs());
      stage.note(`${healed.length} nodes are heard again`);
      for (const { host } of healed) cuts.unmuffle(host, direction);
    });
  },
});

const heldDials = fault({
  name: 'held-dials',
  doc: 'No new connection opens for a while: whoever would repair the overlay has to wait.',
  fields: { durationMs: field(milliseconds(), 'how long', 1_000) },
  act: ({ durationMs }, { swarm, note }) => {
    const { network, nowMs } = swarm.world;
    note(`no connection opens for ${durationMs} ms`);
    network.opensFromMs = nowMs + durationMs;
  },
});

const slowLink = fault({
  name: 'slow-link',
  doc: 'The access lines of chosen hosts become slow: longer, and narrower.',
  fields: {
    ...victims,
    addedMs: field(milliseconds(60_000), 'so much longer, each way', 500),
    uplinkBytesPerMs: field(
      number(0, 1e9, 'bytes a ms'),
      'what leaves the host at most; 0: as before',
      0,
    ),
    durationMs: field(milliseconds(), 'how long; 0: for ever', 0),
  },
  act: (params, stage) => {
    const { swarm } = stage;
    const { paths } = swarm.world.network;
    const struck = drawVictims(stage, params);
    stage.note(`${struck.length} hosts become slow`);
    const isEndless = params.durationMs === 0;
    disturb(stage, struck, isEndless ? Infinity : params.durationMs);
    const uplink = params.uplinkBytesPerMs === 0 ? undefined : params.uplinkBytesPerMs;
    const strikes = struck.map((node) => {
      paths.lengthen(node.host, params.addedMs);
      if (uplink !== undefined) swarm.worldNode(node).endpoint.limitUplink(uplink);
      return { node, isOurs: swarm.strike('slow', node.host) };
    });
    if (isEndless) return;
    stage.after(params.durationMs, () => {
      const healed = strikes.filter(({ isOurs }) => isOurs());
      stage.note(`${healed.length} hosts are as fast as before`);
      for (const { node } of healed) {
        paths.lengthen(node.host, 0);
        if (swarm.isUp(node)) swarm.worldNode(node).endpoint.limitUplink(swarm.uplink);
      }
    });
  },
});

export const pathFaults: readonly Fault[] = [partition, oneWayCut, heldDials, slowLink];
