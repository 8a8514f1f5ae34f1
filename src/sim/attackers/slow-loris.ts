/** Calls, and says nothing. */
import type { ConnectionId } from '../../runtime/ports.js';
import type { PeerAddress } from '../../wire/messages.js';
import type { SimNode } from '../run/swarm.js';
import { share, whole } from '../scenario/checks.js';
import { drawVictims } from '../faults/fault.js';
import { Stranger } from '../stranger.js';
import { attacker, field, type AttackStage } from './attacker.js';

/** Before a call that ended is made again: the attacker is in no hurry, and never tires. */
const AGAIN_MS = 1_000;

/** A host that holds so many silent connections with each of its targets, for ever. */
const besiege = (
  { swarm, after, random }: AttackStage,
  address: PeerAddress,
  targets: readonly SimNode[],
  connections: number,
): void => {
  const targetOf = new Map<ConnectionId, SimNode>();
  const stranger = new Stranger(swarm.world.network, address, {
    closed: (connection) => {
      const target = targetOf.get(connection);
      targetOf.delete(connection);
      if (target !== undefined) after(AGAIN_MS, () => call(target));
    },
  });
  const call = (target: SimNode): void => {
    targetOf.set(stranger.dial(swarm.world.addressOf(target.name)), target);
  };
  for (const target of targets) {
    for (let n = 0; n < connections; n += 1) after(random.below(AGAIN_MS), () => call(target));
  }
};

export const slowLoris = attacker({
  name: 'slow-loris',
  doc:
    'Hosts of many networks call and say nothing, as often as a network may, so that nobody else ' +
    'finds a place to begin a handshake; nodes that come later must be let in all the same.',
  fields: {
    share: field(share, 'share of the nodes that are besieged; the bootstrappers always are', 1),
    networks: field(whole(1, 4_096, 'networks'), 'of /24, a host in each', 16),
    connections: field(whole(1, 64, 'connections'), 'of each host with each node', 8),
  },
  act: ({ networks, connections, share: part }, stage) => {
    const { swarm } = stage;
    const besieged = drawVictims(stage, { share: part, count: 0 });
    const targets = [...swarm.bootstrappers(), ...besieged];
    stage.note(`${targets.length} nodes are called by ${networks} silent networks`);
    for (const address of swarm.hostileAddresses('loris', networks, networks)) {
      besiege(stage, address, targets, connections);
    }
  },
});
