/** Takes what it is sent, and keeps it. */
import { attacker, drawTurned, turned } from './attacker.js';
import { isItemTraffic, type Plot } from './foothold.js';
import { turn } from './turned-node.js';

const keepAll: Plot = () => ({ lets: (message) => !isItemTraffic(message) });

export const dropper = attacker({
  name: 'dropper',
  doc:
    'Turned nodes take items and relay none, by SPREAD, HAVE or answer to WANT; in everything ' +
    'else they are like the others.',
  fields: turned,
  act: (params, stage) => {
    const nodes = drawTurned(stage, params);
    stage.note(`${nodes.length} nodes drop what they are sent`);
    for (const node of nodes) turn(stage.swarm, node, keepAll);
  },
});
