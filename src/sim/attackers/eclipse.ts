/** Closes one node off from the others. */
import { milliseconds, whole } from '../scenario/checks.js';
import { drawVictims } from '../faults/fault.js';
import { attacker, field, pace } from './attacker.js';
import { Crowd } from './crowd.js';

/** How long a victim is away when it is made to start again. */
const DOWN_MS = 1_000;

export const eclipse = attacker({
  name: 'eclipse',
  doc:
    'Hosts of many networks call a few chosen nodes and nobody else, fill their places and their ' +
    'address books, and then have them start again, as a power cut would, with what they saved.',
  fields: {
    count: field(whole(1, 1_000, 'nodes'), 'victims', 1),
    hosts: field(whole(1, 10_000, 'hosts'), 'hosts of the attacker', 200),
    networks: field(whole(1, 4_096, 'networks'), 'of /24, between them', 200),
    ...pace(1_000, 'calls of each'),
    restartMs: field(milliseconds(), 'when the victims start again; 0: never', 30_000),
  },
  act: ({ count, hosts, networks, everyMs, restartMs }, stage) => {
    const { swarm } = stage;
    const chosen = drawVictims(stage, { share: 0, count });
    for (const victim of chosen) swarm.victims.add(victim);
    new Crowd(stage, {
      name: 'eclipser',
      count: hosts,
      networks,
      callsEach: count,
      callEveryMs: everyMs,
      targets: () => chosen.filter((victim) => swarm.isUp(victim)),
    });
    stage.note(`${hosts} hosts of ${networks} networks close in on ${chosen.length} nodes`);
    if (restartMs === 0) return;
    stage.after(restartMs, () => {
      stage.note('the victims are made to start again');
      for (const victim of chosen) swarm.crash(victim);
      stage.after(DOWN_MS, () => {
        for (const victim of chosen) swarm.revive(victim, { keepBook: true });
      });
    });
  },
});
