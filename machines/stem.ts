/**
 * One item on the stem: passed to one other daemon, and not spread from here unless nobody else
 * does. Where it goes is `StemRoute`'s to say.
 *
 * Resident, as a validation is: idle -> waiting -> idle, for one item after another. Its deadline
 * comes as an event from the runner's timers.
 */
import { assign, setup } from 'xstate';
import { effect } from '../src/common/effect.js';
import type { StemEvent } from './events.js';

type Passing = { readonly itemId: string; readonly relay: number };

export type StemContext = {
  /** Of the item; empty while idle. */
  readonly itemId: string;
};

export const stemMachine = setup({
  types: {} as { context: StemContext; events: StemEvent },
  actions: {
    // Effects, provided by the runner.
    passOn: effect<Passing>('passOn'),
    spread: effect<{ readonly itemId: string; readonly reason: string }>('spread'),
    // Bookkeeping, pure.
    begin: assign((_, { itemId }: Passing) => ({ itemId })),
  },
}).createMachine({
  id: 'stem',
  description: 'One item is passed on in private, before it is spread.',
  context: { itemId: '' },
  initial: 'idle',
  states: {
    idle: {
      description: 'Resident and free: nothing is on the stem here.',
      on: {
        'stem.entered': {
          target: 'waiting',
          actions: [
            { type: 'begin', params: ({ event }) => event },
            { type: 'passOn', params: ({ event }) => event },
          ],
        },
      },
    },
    waiting: {
      description: 'The next daemon has the item; it is awaited that somebody spreads it.',
      on: {
        'item.sighted': {
          target: 'idle',
          actions: {
            type: 'spread',
            params: ({ context }) => ({ ...context, reason: 'it is spread' }),
          },
        },
        'item.returned': {
          target: 'idle',
          actions: {
            type: 'spread',
            params: ({ context }) => ({ ...context, reason: 'the stem is a circle' }),
          },
        },
        'deadline.passed': {
          target: 'idle',
          actions: {
            type: 'spread',
            params: ({ context }) => ({ ...context, reason: 'nobody else has' }),
          },
        },
      },
    },
  },
});
