import { createMachine } from 'xstate';
import { eventName, machineOf, opaqueMachine } from '../../../bridge/definition.js';
import { registerText, type Service } from '../../../bridge/service.js';
import { chartOf } from '../../../src/diagram/chart.js';

/** In the words of XState 5, with everything that is written otherwise in 4. */
const machine = createMachine({
  id: 'lamp',
  description: 'Shines for a while.',
  type: 'parallel',
  states: {
    light: {
      initial: 'off',
      states: {
        off: {
          description: 'Dark.',
          entry: 'darken',
          always: { guard: 'isNight', target: 'on' },
          on: { pressed: [{ guard: 'hasPower', target: 'on', actions: 'count' }, 'broken'] },
        },
        on: { after: { glowTimeout: 'off' }, exit: 'count' },
        broken: { type: 'final' },
      },
      onDone: { actions: 'complain' },
    },
    timer: { on: { 'xstate.done.actor.clock.*': { actions: 'count' } } },
  },
});
const made = machineOf(chartOf(machine));

const service = (more: Partial<Service>): Service => ({
  ...{ sessionId: '1/x:0', parent: undefined, id: 'lamp.1', daemon: '1', actor: 'x:0' },
  ...{ machine: made, value: { light: 'off', timer: {} }, context: {}, event: undefined },
  ...more,
});

describe('a machine of XState 5, as one of 4', () => {
  it('has its states, with their kinds, descriptions and actions', () => {
    const { off, broken } = made.getStateNode('light').states;
    expect([made.id, made.type, made.description]).toEqual([
      ...['lamp', 'parallel', 'Shines for a while.'],
    ]);
    expect(made.getStateNode('light').initial).toBe('off');
    expect([off?.description, off?.onEntry.map(({ type }) => type)]).toEqual(['Dark.', ['darken']]);
    expect(broken?.type).toBe('final');
  });

  it('has its transitions with guards and actions by name, in their order', () => {
    const pressed = made.getStateNode('light').states['off']?.on['pressed'];
    expect(
      pressed?.map(({ target, cond, actions }) => ({
        to: target?.map(({ id }) => id),
        cond: cond?.name,
        actions: actions.map(({ type }) => type),
      })),
    ).toEqual([
      { to: ['lamp.light.on'], cond: 'hasPower', actions: ['count'] },
      { to: ['lamp.light.broken'], cond: undefined, actions: [] },
    ]);
  });

  it('has its delays by name, and what happens at once', () => {
    const { off, on } = made.getStateNode('light').states;
    expect(on?.after.map(({ delay, target }) => [delay, target?.[0]?.id])).toEqual([
      ['glowTimeout', 'lamp.light.off'],
    ]);
    const atOnce = off?.transitions.filter(({ eventType }) => eventType === '');
    expect(atOnce?.map(({ cond, target }) => [cond?.name, target?.[0]?.id])).toEqual([
      ['isNight', 'lamp.light.on'],
    ]);
  });

  it('hears of the ends of children and states by the names of 4', () => {
    expect(made.getStateNode('timer').ownEvents).toEqual(['done.invoke.clock.*']);
    expect(made.getStateNode('light').ownEvents).toEqual(['done.state.lamp.light']);
    expect(eventName('xstate.error.actor.clock.1')).toBe('error.platform.clock.1');
    expect(eventName('xstate.after.glowTimeout.lamp.light.on')).toBe(
      'xstate.after(glowTimeout)#lamp.light.on',
    );
    expect(eventName('pressed')).toBe('pressed');
  });

  it('is shown by its name only where its chart does not have its state', () => {
    const nameOnly = JSON.stringify({ ...opaqueMachine('lamp').definition });
    const shown = (value: Service['value']): unknown => {
      const { machine: definition } = JSON.parse(registerText(service({ value })));
      return JSON.parse(definition);
    };
    expect(shown('exploded')).toMatchObject(JSON.parse(nameOnly));
    expect(shown({ light: 'off', timer: {} })).toMatchObject({ type: 'parallel' });
  });

  it('is not made of a chart that contradicts itself', () => {
    const chart = chartOf(machine);
    expect(() => machineOf({ ...chart, states: [] })).toThrow('has no states');
  });
});
