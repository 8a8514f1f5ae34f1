/** Tells of peers that there are not. */
import { shuffled } from '../../core/prng.js';
import { IDENTITY_BYTES, PEER_RECORDS_MAX, type PeerRecord } from '../../wire/messages.js';
import { whole } from '../scenario/checks.js';
import { attacker, drawTurned, field, pace, repeat, turned, type AttackStage } from './attacker.js';
import type { Plot } from './foothold.js';
import { turn } from './turned-node.js';

/** PEER_JOINs that a poisoner starts in each round; each may walk on from whoever gets it. */
const JOINS = 2;
const JOIN_HOPS = 6;

/**
 * Tells all links of records, asked or not: in every answer, in samples of its own requests, and as
 * newcomers that walk the overlay.
 */
export const spreadRecords =
  (stage: AttackStage, everyMs: number, records: () => readonly PeerRecord[]): Plot =>
  ({ links, say }) => {
    repeat(stage, everyMs, () => {
      const told = records();
      say(links(), { type: 'PEER_REQUEST', max: 1, sample: told, types: [] });
      for (const peer of told.slice(0, JOINS)) {
        say(links(), { type: 'PEER_JOIN', peer, hopsLeft: JOIN_HOPS });
      }
    });
    return {
      lets: ({ type }, to) => {
        if (type !== 'PEER_RESPONSE') return true;
        const peers = records();
        // It knows just whom the asker looks for.
        say(to, { type, peers, sharing: peers.length });
        return false;
      },
      // Answers to questions that the daemon has not put: it would take them for a breach.
      hides: ({ type }) => type === 'PEER_RESPONSE',
    };
  };

export const poisoner = attacker({
  name: 'poisoner',
  doc:
    'Turned nodes tell of invented peers in as many networks, in every PEER_RESPONSE, unasked in ' +
    'PEER_REQUESTs and PEER_JOINs, to fill the address books with what does not answer.',
  fields: {
    ...turned,
    ...pace(2_000, 'rounds of telling'),
    invented: field(
      whole(1, 65_536, 'addresses'),
      'peers that it invents, each of a network',
      2_048,
    ),
  },
  act: ({ everyMs, invented, ...params }, stage) => {
    const { swarm, random } = stage;
    const nodes = drawTurned(stage, params);
    const peers = swarm
      .hostileAddresses('invented', invented, invented)
      .map((address) => ({ address, identity: random.bytes(IDENTITY_BYTES), ageSeconds: 0 }));
    stage.note(`${nodes.length} nodes tell of ${invented} peers that there are not`);
    const some = () => shuffled(peers, random).slice(0, PEER_RECORDS_MAX);
    for (const node of nodes) turn(swarm, node, spreadRecords(stage, everyMs, some));
  },
});
