/** Sends items that no module finds valid. */
import { ITEM_SALT_BYTES, type Spread } from '../../wire/messages.js';
import { number, whole } from '../scenario/checks.js';
import { attacker, drawTurned, field, pace, repeat, turned } from './attacker.js';
import { turn } from './turned-node.js';

/** What is still valid for so long looks new. */
const LIFETIME_MS = 60_000;
const BYTES_MAX = 65_527;

export const junkSender = attacker({
  name: 'junk-sender',
  doc: 'Turned nodes push new items again and again, which every module finds malformed.',
  fields: {
    ...turned,
    ...pace(100, 'items'),
    dataType: field(whole(0, 65_535), 'the type of the items', 1),
    bytes: field(number(1, BYTES_MAX, 'bytes'), 'of data', 1_024),
  },
  act: ({ everyMs, dataType, bytes, ...params }, stage) => {
    const { swarm, random } = stage;
    const nodes = drawTurned(stage, params);
    stage.note(`${nodes.length} nodes send junk, an item every ${everyMs} ms`);
    const junk = (wallMs: number): Spread => ({
      type: 'SPREAD',
      ttl: 0,
      dataType,
      expiryMs: wallMs + LIFETIME_MS,
      salt: random.bytes(ITEM_SALT_BYTES),
      data: random.bytes(bytes),
    });
    for (const node of nodes) {
      const { clock } = swarm.worldNode(node);
      turn(swarm, node, ({ links, say }) => {
        repeat(stage, everyMs, () => say(links(), junk(clock.wallMs())));
        return {};
      });
    }
  },
});
