/** Lets others prove its work. */
import { pick, shuffled } from '../../core/prng.js';
import type { ConnectionId } from '../../runtime/ports.js';
import { IDENTITY_BYTES, PEER_RECORDS_MAX, type PeerAddress } from '../../wire/messages.js';
import { whole } from '../scenario/checks.js';
import { Stranger } from '../stranger.js';
import { attacker, drawTurned, field, pace, turned, type AttackStage } from './attacker.js';
import { spreadRecords } from './poisoner.js';
import { turn } from './turned-node.js';

/** A host that passes on what its callers and its victims say, until TLS would tell it apart. */
const relay = ({ swarm, random }: AttackStage, address: PeerAddress, identity: Buffer): void => {
  const { network } = swarm.world;
  /** The other end of each relayed connection. */
  const others = new Map<ConnectionId, ConnectionId>();
  const stranger: Stranger = new Stranger(
    network,
    address,
    {
      called: (caller) => {
        const victim = pick(swarm.up(), random);
        if (victim === undefined) return stranger.close(caller);
        const called = stranger.dial(swarm.world.addressOf(victim.name));
        others.set(caller, called);
        others.set(called, caller);
      },
      heard: (from, message) => {
        const to = others.get(from);
        if (to === undefined) return;
        stranger.send(to, message);
        if (message.type !== 'OK') return;
        // Behind OK nothing can be passed on: each end sees the certificate of whom it talks to.
        stranger.secure(from, 'client');
        stranger.secure(to, 'server');
      },
      closed: (connection) => {
        const other = others.get(connection);
        others.delete(connection);
        if (other !== undefined) stranger.close(other);
      },
    },
    identity,
  );
};

export const proofRelayer = attacker({
  name: 'proof-relayer',
  doc:
    'Hosts that turned nodes advertise pass the challenge of a node to whoever calls them, and ' +
    'the proof that they get to that node: links at the price of others’ work.',
  fields: {
    ...turned,
    ...pace(2_000, 'rounds of advertising'),
    hosts: field(whole(1, 4_096, 'hosts'), 'that relay, each of a network', 50),
  },
  act: ({ everyMs, hosts, ...params }, stage) => {
    const { swarm, random } = stage;
    const nodes = drawTurned(stage, params);
    const records = swarm.hostileAddresses('relayer', hosts, hosts).map((address) => {
      const identity = random.bytes(IDENTITY_BYTES);
      relay(stage, address, identity);
      return { address, identity, ageSeconds: 0 };
    });
    stage.note(`${hosts} hosts relay proofs, and ${nodes.length} nodes tell of them`);
    const some = () => shuffled(records, random).slice(0, PEER_RECORDS_MAX);
    for (const node of nodes) turn(swarm, node, spreadRecords(stage, everyMs, some));
  },
});
