/** One person with many faces. */
import { number, whole } from '../scenario/checks.js';
import { attacker, field, pace } from './attacker.js';
import { Crowd } from './crowd.js';

export const sybils = attacker({
  name: 'sybils',
  doc:
    'Many hosts of few networks ask every node to be its neighbor and tell everybody of each ' +
    'other; whoever lets them in gets nothing from them.',
  fields: {
    perNode: field(number(0, 100), 'so many for each honest node', 4),
    networks: field(whole(1, 4_096, 'networks'), 'of /24, between them', 1),
    claimed: field(
      whole(0, 4_096, 'networks'),
      'in which they say they listen; 0: where they are',
      0,
    ),
    callsEach: field(whole(1, 1_000, 'calls'), 'connections that each has dialled at most', 10),
    ...pace(2_000, 'calls of each'),
  },
  act: ({ perNode, networks, claimed, callsEach, everyMs }, stage) => {
    const { swarm } = stage;
    const count = Math.round(perNode * swarm.up().length);
    const targets = () => swarm.up();
    const size = { name: 'sybil', count, networks, claimed };
    new Crowd(stage, { ...size, callsEach, callEveryMs: everyMs, targets });
    stage.note(`${count} Sybils of ${networks} networks come`);
  },
});
