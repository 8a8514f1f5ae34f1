import { challengerMachine } from '../../../../machines/challenger.js';
import { validationMachine } from '../../../../machines/validation.js';
import { chartOf } from '../../../../src/diagram/chart.js';
import { edgeElementId, stateElementId } from '../../../../src/diagram/svg.js';
import {
  edgeElementId as pageEdgeId,
  readCharts,
  sendableEvents,
  stateById,
  stateElementId as pageStateId,
  takenEdges,
  waysOut,
} from '../../../../src/inspector/page/charts.js';
import { activeIds } from '../../../../src/inspector/page/state-text.js';

const challenger = chartOf(challengerMachine);
const validation = chartOf(validationMachine);

describe('readCharts', () => {
  it('takes the charts as the daemon sends them, and leaves out what is none', () => {
    const answer = JSON.parse(
      JSON.stringify({
        challenger: { ...challenger, svg: '<svg/>' },
        validation,
        broken: { svg: '<svg/>', machine: 'broken' },
        none: null,
      }),
    ) as unknown;
    const charts = readCharts(answer);
    expect([...charts.keys()]).toEqual(['challenger']);
    expect(charts.get('challenger')?.states).toEqual(challenger.states);
  });

  it.each([undefined, null, 7, 'text', []])('finds none in %j', (answer) => {
    expect(readCharts(answer).size).toBe(0);
  });
});

describe('what an actor is at', () => {
  it('is found in the picture under the ids that the picture has', () => {
    expect(pageStateId('challenger.handshaking')).toBe(stateElementId('challenger.handshaking'));
    expect(pageEdgeId(3)).toBe(edgeElementId(3));
  });

  it('has a state of the chart for each active id', () => {
    const ids = activeIds('challenger', { handshaking: { paying: 'challenging' } });
    expect(ids.map((id) => stateById(challenger, id)?.key)).toEqual([
      'challenger',
      'handshaking',
      'paying',
      'challenging',
    ]);
  });

  it('can be left by what the chart says, the innermost first', () => {
    const ways = waysOut(
      challenger,
      activeIds('challenger', { handshaking: { paying: 'challenging' } }),
    );
    expect(ways[0]).toMatchObject({ event: 'peer.verify', guard: { name: 'proofIsBad' } });
    expect(ways.at(-1)?.source).toBe('challenger.handshaking');
  });
});

describe('takenEdges', () => {
  const taken = {
    source: 'validation.waiting',
    event: 'verdict.given',
    targets: ['validation.idle'],
  };
  const ran = (verdict: string) => [{ type: 'report', params: { itemId: 'x', verdict } }];
  const guardsOf = (edges: readonly number[]) =>
    edges.map((index) => validation.transitions[index]?.guard?.name);

  it('finds a transition by its source, event and targets', () => {
    const edges = takenEdges(
      validation,
      [{ source: 'validation.idle', event: 'item.arrived', targets: ['validation.waiting'] }],
      [],
    );
    expect(edges.map((index) => validation.transitions[index]?.event)).toEqual(['item.arrived']);
  });

  it('tells transitions that differ in their guards by what ran', () => {
    expect(guardsOf(takenEdges(validation, [taken], ran('rejected')))).toEqual(['isInvalid']);
    expect(guardsOf(takenEdges(validation, [taken], ran('accepted')))).toEqual(['isLastVerdict']);
    const timedOut = { ...taken, event: 'deadline.passed' };
    expect(guardsOf(takenEdges(validation, [timedOut], ran('ignored')))).toEqual([undefined]);
  });

  it('finds none that the chart does not have', () => {
    expect(takenEdges(validation, [{ ...taken, event: 'nothing' }], [])).toEqual([]);
    expect(takenEdges(validation, [{ ...taken, targets: ['validation.waiting'] }], [])).toEqual([]);
  });
});

describe('sendableEvents', () => {
  it('are those that the machine names, without wildcards', () => {
    expect(sendableEvents(challenger)).toEqual([
      'connection.closed',
      'connection.secured',
      'connection.unsecured',
      'peer.error',
      'peer.verify',
      'puzzle.solved',
    ]);
  });
});
