import { EffectNotProvidedError } from '../../../src/common/effect.js';
import { chartOf } from '../../../src/diagram/chart.js';
import { shortText } from '../../../src/diagram/actions.js';
import { messagesOf, eventsFromOutside } from '../../../src/diagram/messages.js';
import { allMachines } from '../../../src/tools/machine-folder.js';
import { sampleMachine } from './sample-machine.js';

const chart = chartOf(sampleMachine);
const transition = (source: string, event: string, at = 0) =>
  chart.transitions.filter((one) => one.source === `sample.${source}` && one.event === event)[at];

describe('a chart', () => {
  it('has every state, parents first, with its place, kind and first child', () => {
    expect(
      chart.states.map(({ id, parent, type, initial }) => [id, parent, type, initial]),
    ).toEqual([
      ['sample', undefined, 'compound', 'sample.shut'],
      ['sample.shut', 'sample', 'compound', 'sample.shut.quiet'],
      ['sample.shut.quiet', 'sample.shut', 'atomic', undefined],
      ['sample.shut.ringing', 'sample.shut', 'atomic', undefined],
      ['sample.open', 'sample', 'parallel', undefined],
      ['sample.open.left', 'sample.open', 'atomic', undefined],
      ['sample.open.right', 'sample.open', 'atomic', undefined],
      ['sample.gone', 'sample', 'final', undefined],
    ]);
  });

  it('has what a state does on entry and exit, with the literals', () => {
    const ringing = chart.states.find(({ key }) => key === 'ringing');
    expect(ringing?.entry).toEqual([
      { name: 'ring', kind: 'effect', params: { tone: 'deep', loud: true }, to: [] },
    ]);
    expect(ringing?.exit.map(({ name, kind }) => [name, kind])).toEqual([['count', 'assign']]);
  });

  it('calls a timer by its delay, and leaves out what XState adds for it', () => {
    expect(transition('shut.ringing', 'after answerTimeout')).toMatchObject({
      kind: 'after',
      descriptor: 'xstate.after.answerTimeout.sample.shut.ringing',
      targets: ['sample.shut.ringing'],
      reenter: true,
      actions: [{ name: 'giveUp', kind: 'raise', to: ['itself'], event: 'door.closed' }],
    });
  });

  it('has the guards with the literals of their params, not with what events bring', () => {
    expect(transition('shut.quiet', 'door.knocked')?.guard).toEqual({
      name: 'isFriend',
      params: { as: 'friend' },
    });
    expect(transition('shut.quiet', 'door.knocked', 1)?.guard).toBeUndefined();
  });

  it('knows which event is sent: written beside the action, or handed on', () => {
    expect(transition('shut.quiet', 'door.knocked', 1)?.actions).toMatchObject([
      { name: 'tell', kind: 'send', to: ['parent'], event: 'guest.came' },
    ]);
    expect(transition('shut', 'door.opened')?.actions).toMatchObject([
      { name: 'give', to: ['parent'], event: 'door.opened' },
    ]);
  });

  it('tells effects from bookkeeping, and what delays are computed from', () => {
    expect(chart.effects).toEqual(['ring']);
    expect(chart.bookkeeping.map(({ name }) => name)).toEqual(['tell', 'give', 'giveUp', 'count']);
    expect(chart.delays).toEqual([
      { name: 'answerTimeout', reads: ['settings.answerTimeoutMs', 'tries'] },
    ]);
    expect(chart.events).toEqual(['door.closed', 'door.knocked', 'door.opened']);
  });

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(chart))).toEqual(chart);
  });
});

describe('an action in few words', () => {
  it('shows the literal that says most, clipped', () => {
    const text = (params: Record<string, string | boolean>) => shortText({ name: 'do', params });
    expect(text({})).toBe('do');
    expect(text({ loud: true })).toBe('do(loud: true)');
    expect(text({ loud: true, dump: '', tone: 'deep' })).toBe('do(deep)');
    expect(text({ reason: 'a very long reason to do a thing' })).toBe(
      'do(a very long reason to do …)',
    );
  });
});

describe('the charts of our machines', () => {
  it('call an effect what a runner must provide, and nothing else', async () => {
    for (const machine of await allMachines()) {
      for (const name of chartOf(machine).effects) {
        const run = machine.implementations.actions[name];
        expect(() => {
          if (typeof run === 'function') run({} as never, {});
        }).toThrow(EffectNotProvidedError);
      }
    }
  });

  it('know the event of every message that one machine sends another', async () => {
    const charts = (await allMachines()).map(chartOf);
    const messages = messagesOf(charts);
    expect(messages.filter(({ event }) => event === undefined)).toEqual([]);
    expect(messages).toContainEqual({
      from: 'peer-connection',
      to: 'supervisor',
      event: 'link.greeted',
      actions: ['tell'],
    });
    const view = charts.find(({ machine }) => machine === 'peer-view');
    expect(view && eventsFromOutside(charts, view)).toContain('view.changed');
  });
});
