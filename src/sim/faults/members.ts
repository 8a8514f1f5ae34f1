/** Faults of membership: nodes leave, come, and those through whom others join are gone. */
import { flag, milliseconds, share, whole, word } from '../scenario/checks.js';
import { drawVictims, fault, field, victims, type Fault } from './fault.js';

const leave = fault({
  name: 'leave',
  doc: 'Nodes end in order, telling their peers.',
  fields: { ...victims },
  act: (params, stage) => {
    const leavers = drawVictims(stage, params);
    stage.note(`${leavers.length} nodes leave`);
    for (const node of leavers) stage.swarm.leave(node);
  },
});

const join = fault({
  name: 'join',
  doc: 'New nodes come, through the bootstrappers.',
  fields: {
    count: field(whole(1, 100_000, 'nodes'), 'how many', 1),
    everyMs: field(milliseconds(60_000), 'one after the other, so far apart', 10),
  },
  act: (params, stage) => {
    stage.note(`${params.count} nodes join`);
    for (let n = 0; n < params.count; n += 1) {
      stage.after(n * params.everyMs, () => void stage.swarm.join());
    }
  },
});

const bootstrappersDie = fault({
  name: 'bootstrappers-die',
  doc: 'Every node through which others join dies, and stays dead.',
  fields: { silently: field(flag, 'their hosts die too, so that nobody is told', false) },
  act: (params, stage) => {
    const { swarm } = stage;
    stage.note('every bootstrapper dies');
    for (const node of swarm.bootstrappers()) swarm.crash(node, params);
  },
});

const churn = fault({
  name: 'churn',
  doc:
    'In every round a share of the nodes goes, spread over the round, and as many new ones come. ' +
    'A round is broken when an item announced in it misses a node that stayed.',
  fields: {
    share: field(share, 'share of the nodes that goes in a round', 0.05),
    everyMs: field(milliseconds(), 'length of a round', 10_000),
    rounds: field(whole(1, 10_000, 'rounds'), 'how many', 25),
    how: field(
      word<'crash' | 'leave' | 'mixed'>(['crash', 'leave', 'mixed']),
      'how they go; mixed: by turns',
      'mixed',
    ),
  },
  act: (params, stage) => {
    const { swarm } = stage;
    const oneRound = (): void => {
      stage.round();
      const goers = drawVictims(stage, { share: params.share, count: 0 });
      stage.note(`churn: ${goers.length} nodes go, as many come`);
      for (const [at, node] of goers.entries()) {
        const crashes = params.how === 'crash' || (params.how === 'mixed' && at % 2 === 0);
        stage.after((at * params.everyMs) / goers.length, () => {
          if (crashes) swarm.crash(node);
          else swarm.leave(node);
          swarm.join();
        });
      }
    };
    for (let round = 0; round < params.rounds; round += 1) {
      stage.after(round * params.everyMs, oneRound);
    }
  },
});

export const memberFaults: readonly Fault[] = [leave, join, bootstrappersDie, churn];
