/** Asks for what there is, again and again. */
import { IDS_MAX } from '../../wire/messages.js';
import { attacker, drawTurned, pace, repeat, turned } from './attacker.js';
import { isItemTraffic } from './foothold.js';
import { idsIn, turn } from './turned-node.js';

export const wantFlooder = attacker({
  name: 'want-flooder',
  doc:
    'Turned nodes ask all their links by WANT for every item that they have lately heard of, ' +
    'again and again, so that others spend on them what they have for their neighbors.',
  fields: { ...turned, ...pace(50, 'WANTs') },
  act: ({ everyMs, ...params }, stage) => {
    const nodes = drawTurned(stage, params);
    stage.note(`${nodes.length} nodes ask for everything every ${everyMs} ms`);
    for (const node of nodes) {
      turn(stage.swarm, node, ({ links, say }) => {
        const lately = new Set<string>();
        repeat(stage, everyMs, () => {
          if (lately.size === 0) return;
          say(links(), { type: 'WANT', ids: [...lately].map((id) => Buffer.from(id, 'hex')) });
        });
        return {
          lets: (message) => !isItemTraffic(message),
          heard: (_, message) => {
            for (const id of idsIn(message)) lately.add(id);
            for (const oldest of lately) {
              if (lately.size <= IDS_MAX) break;
              lately.delete(oldest);
            }
          },
        };
      });
    }
  },
});
