/** A small machine with one of everything that a chart shows. */
import { assign, raise, sendParent, setup } from 'xstate';
import { effect } from '../../../src/common/effect.js';

type Context = { readonly settings: { readonly answerTimeoutMs: number }; readonly tries: number };
type Events =
  | { readonly type: 'door.knocked'; readonly who: string }
  | { readonly type: 'door.opened'; readonly who: string }
  | { readonly type: 'door.closed' };

export const sampleMachine = setup({
  types: {} as {
    context: Context;
    events: Events;
    input: { readonly answerTimeoutMs: number };
  },
  actions: {
    ring: effect<{ readonly tone: string; readonly loud: boolean }>('ring'),
    tell: sendParent((_, event: { readonly type: string; readonly who: string }) => event),
    give: sendParent(({ event }) => event),
    giveUp: raise({ type: 'door.closed' }),
    count: assign({ tries: ({ context }) => context.tries + 1 }),
  },
  guards: {
    isFriend: (_, { who }: { readonly who: string; readonly as: string }) => who === 'friend',
  },
  delays: { answerTimeout: ({ context }) => context.settings.answerTimeoutMs * context.tries },
}).createMachine({
  id: 'sample',
  description: 'A door <with> a "bell" & more.',
  context: ({ input }) => ({ settings: input, tries: 0 }),
  initial: 'shut',
  states: {
    shut: {
      description: 'Nobody comes in.',
      initial: 'quiet',
      on: { 'door.opened': { target: 'open', actions: 'give' } },
      states: {
        quiet: {
          description: 'Nothing is heard.',
          on: {
            'door.knocked': [
              {
                guard: {
                  type: 'isFriend',
                  params: ({ event }) => ({ who: event.who, as: 'friend' }),
                },
                target: 'ringing',
              },
              {
                actions: {
                  type: 'tell',
                  params: ({ event }) => ({ type: 'guest.came', who: event.who }),
                },
              },
            ],
          },
        },
        ringing: {
          description: 'The bell rings.',
          entry: { type: 'ring', params: { tone: 'deep', loud: true } },
          exit: 'count',
          after: { answerTimeout: { target: 'ringing', reenter: true, actions: 'giveUp' } },
        },
      },
    },
    open: {
      description: 'Come in.',
      type: 'parallel',
      states: { left: { description: 'A wing.' }, right: { description: 'Another.' } },
      on: { 'door.closed': 'gone' },
    },
    gone: { description: 'The house is gone.', type: 'final' },
  },
});
