/** Promise items that they do not send: HAVE is a word, and WANT waits for an answer to it. */
import { ITEM_ID_BYTES, type PeerMessage, type Spread } from '../../wire/messages.js';
import type { ConnectionId } from '../../runtime/ports.js';
import { whole } from '../scenario/checks.js';
import { attacker, drawTurned, field, pace, repeat, turned } from './attacker.js';
import { isItemTraffic, type Foothold } from './foothold.js';
import { idsIn, turn } from './turned-node.js';

/** Tells what was not heard of before, however often it comes. */
const firstTime = (): ((ids: readonly string[]) => string[]) => {
  const known = new Set<string>();
  return (ids) => ids.filter((id) => !known.has(id) && known.add(id));
};

const offer = (ids: readonly string[]): PeerMessage => ({
  type: 'HAVE',
  ids: ids.map((id) => Buffer.from(id, 'hex')),
});

const allBut = ({ links }: Foothold, link: ConnectionId): ConnectionId[] =>
  links().filter((other) => other !== link);

export const haveLiar = attacker({
  name: 'have-liar',
  doc:
    'Turned nodes offer by HAVE what they have heard of, before anybody else can, and ids that ' +
    'are nobody’s; they answer no WANT and relay nothing.',
  fields: {
    ...turned,
    ...pace(1_000, 'offers of invented ids'),
    invented: field(whole(0, 256, 'ids'), 'invented ids in each such offer', 8),
  },
  act: ({ everyMs, invented, ...params }, stage) => {
    const { swarm, random } = stage;
    const nodes = drawTurned(stage, params);
    stage.note(`${nodes.length} nodes offer what they do not send`);
    for (const node of nodes) {
      turn(swarm, node, (foothold) => {
        const unheard = firstTime();
        if (invented > 0) {
          repeat(stage, everyMs, () => {
            const ids = Array.from({ length: invented }, () => random.bytes(ITEM_ID_BYTES));
            foothold.say(foothold.links(), { type: 'HAVE', ids });
          });
        }
        return {
          lets: (message) => !isItemTraffic(message),
          heard: (from, message) => {
            const ids = unheard(idsIn(message));
            if (ids.length > 0) foothold.say(allBut(foothold, from), offer(ids));
          },
        };
      });
    }
  },
});

/** The same header, other content: where the sender named the item it would pass for it. */
const altered = (message: Spread): Spread => {
  const data = Buffer.from(message.data);
  data[0] = (data[0] ?? 0) ^ 0xff;
  return { ...message, data };
};

export const idForger = attacker({
  name: 'id-forger',
  doc:
    'Turned nodes send, for each item that they get, an altered one under its header, and offer ' +
    'its true id to all their links ahead of it; the item itself they keep.',
  fields: turned,
  act: (params, stage) => {
    const { swarm } = stage;
    const nodes = drawTurned(stage, params);
    stage.note(`${nodes.length} nodes forge the items that they get`);
    for (const node of nodes) {
      turn(swarm, node, (foothold) => {
        const unheard = firstTime();
        return {
          lets: (message) => !isItemTraffic(message),
          heard: (from, message) => {
            const ids = unheard(idsIn(message));
            if (ids.length === 0) return;
            const others = allBut(foothold, from);
            foothold.say(others, offer(ids));
            if (message.type === 'SPREAD') foothold.say(others, altered(message));
          },
        };
      });
    }
  },
});
