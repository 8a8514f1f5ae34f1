import { createMachine, type AnyStateMachine } from 'xstate';
import { lintMachine } from '../../src/tools/machine-lint.js';
import { machineFiles } from './machine-files.js';

const files = await machineFiles();

describe('the machines', () => {
  it('are all found', () => {
    const names = files.flatMap(({ machines }) => machines.map(({ id }) => id));
    expect(names).toEqual(
      expect.arrayContaining(['supervisor', 'api-connection', 'peer-connection', 'peer-view']),
    );
    expect(names).toEqual(expect.arrayContaining(['challenger', 'prover', 'validation']));
  });

  for (const { name, machines } of files) {
    for (const machine of machines) {
      it(`are tidy: ${machine.id}`, () => {
        expect(lintMachine(machine)).toEqual([]);
      });

      it(`are named after their files: ${machine.id}`, () => {
        expect(machine.id).toBe(name);
        expect(machines).toHaveLength(1);
      });
    }
  }
});

const described = { description: 'Described.' };
const implementations = {
  actions: { act: () => {} },
  guards: { isTrue: () => true },
  delays: { answerTimeout: 10 },
};
/** Sloppy in one point only: `state` is the first state, `gone` the end. */
const sloppy = (state: object, { id = 'sloppy', more = {} } = {}): AnyStateMachine =>
  createMachine(
    {
      id,
      ...described,
      initial: 'first',
      states: {
        first: { ...described, ...state },
        gone: { ...described, type: 'final' },
        ...more,
      },
    },
    implementations,
  );
const leave = { 'peer.left': 'gone' };

describe('the machine lint', () => {
  it('finds nothing in a tidy machine', () => {
    const tidy = sloppy({
      entry: 'act',
      after: { answerTimeout: 'gone' },
      on: { 'peer.*': { guard: 'isTrue', actions: [{ type: 'act', params: {} }] } },
    });
    expect(lintMachine(tidy)).toEqual([]);
  });

  const findings: Record<string, readonly [AnyStateMachine, string]> = {
    'a misspelt delay': [
      sloppy({ after: { answerTimeuot: 'gone' } }),
      'sloppy.first: the delay answerTimeuot is not declared, and would be zero',
    ],
    'a delay without a name': [
      sloppy({ after: { 100: 'gone' } }),
      'sloppy.first: the delay of 100 has no name',
    ],
    'a misspelt action of an entry': [
      sloppy({ on: leave, entry: 'atc' }),
      'sloppy.first: entry names the action atc, which is not there',
    ],
    'a misspelt action of an exit': [
      sloppy({ on: leave, exit: { type: 'atc' } }),
      'sloppy.first: exit names the action atc, which is not there',
    ],
    'a misspelt action of a transition': [
      sloppy({ on: { 'peer.left': { target: 'gone', actions: 'atc' } } }),
      'sloppy.first: peer.left names the action atc, which is not there',
    ],
    'a misspelt action of a timer': [
      sloppy({ after: { answerTimeout: { target: 'gone', actions: 'atc' } } }),
      'sloppy.first: xstate.after.answerTimeout.sloppy.first names the action atc, ' +
        'which is not there',
    ],
    'a misspelt guard': [
      sloppy({ on: { 'peer.left': { target: 'gone', guard: 'isTreu' } } }),
      'sloppy.first: peer.left names the guard isTreu, which is not there',
    ],
    'a misspelt guard of an always': [
      sloppy({ on: leave, always: { target: 'gone', guard: { type: 'isTreu' } } }),
      'sloppy.first: always names the guard isTreu, which is not there',
    ],
    'an actor that is not there': [
      sloppy({ on: leave, invoke: { src: 'helper' } }),
      'sloppy.first: invoke names the actor helper, which is not there',
    ],
    'an inline action': [
      sloppy({ on: leave, entry: () => {} }),
      'sloppy.first: entry has a nameless action',
    ],
    'an inline action of a transition': [
      sloppy({ on: { 'peer.left': { target: 'gone', actions: () => {} } } }),
      'sloppy.first: peer.left has a nameless action',
    ],
    'an inline guard': [
      sloppy({ on: { 'peer.left': { target: 'gone', guard: () => true } } }),
      'sloppy.first: peer.left has a nameless guard',
    ],
    'a state without a description': [
      sloppy({ on: leave, description: ' ' }),
      'sloppy.first: has no description',
    ],
    'an event of one word': [
      sloppy({ on: { ...leave, left: 'gone' } }),
      'sloppy.first: left is not named <who>.<what>',
    ],
    'an event in capitals': [
      sloppy({ on: { ...leave, 'peer.HELLO': 'gone' } }),
      'sloppy.first: peer.HELLO is not named <who>.<what>',
    ],
    'an event that is a command': [
      sloppy({ on: { ...leave, 'item.send': 'gone' } }),
      'sloppy.first: item.send does not say in the past tense what happened',
    ],
    'a state that nothing reaches': [
      sloppy({ on: leave }, { more: { island: { ...described, on: leave } } }),
      'sloppy.island: no transition reaches it',
    ],
    'a state that nothing leaves': [
      sloppy(
        { on: { ...leave, 'peer.closed': 'trap' } },
        { more: { trap: { ...described, on: { 'peer.*': { actions: 'act' } } } } },
      ),
      'sloppy.trap: no transition leaves it',
    ],
    'a circle of states that never ends': [
      sloppy(
        { on: { ...leave, 'peer.closed': 'ping' } },
        {
          more: {
            ping: { ...described, on: { 'peer.ping': 'ping' } },
          },
        },
      ),
      'sloppy.ping: the end cannot be reached from it',
    ],
    'a timer in a machine that lives once per item': [
      sloppy({ after: { answerTimeout: 'gone' } }, { id: 'validation' }),
      'validation.first: a timer in a machine that lives once per item',
    ],
  };
  for (const [mistake, [machine, finding]] of Object.entries(findings)) {
    it(`finds ${mistake}, and nothing else`, () => {
      expect(lintMachine(machine)).toEqual([finding]);
    });
  }

  it('leaves a misspelt target to XState, which throws', () => {
    expect(() => sloppy({ on: { 'peer.left': 'gnoe' } })).toThrow(/gnoe/);
  });

  it('looks into nested and parallel states', () => {
    const deep = createMachine({
      id: 'deep',
      ...described,
      type: 'parallel',
      states: {
        left: {
          ...described,
          initial: 'inner',
          states: {
            inner: { ...described, on: { 'peer.left': { target: 'inner', actions: 'x' } } },
          },
        },
      },
    });
    expect(lintMachine(deep)).toEqual([
      'deep.left.inner: peer.left names the action x, which is not there',
    ]);
  });
});
