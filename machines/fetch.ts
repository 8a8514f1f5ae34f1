/**
 * One item that a link has offered (HAVE) is waited for, and asked for (WANT): one holder at a
 * time, the next when one is late or gone. The state *fetching* in the life of an id.
 *
 * Resident, as a validation is: idle -> biding -> asking -> idle, for one item after another. Who
 * holds what is the runner's `Fetches`; deadlines come as events from the runner's timers.
 */
import { assign, setup } from 'xstate';
import { effect } from '../src/common/effect.js';
import type { FetchEvent } from './events.js';

export type FetchContext = {
  /** Of the item; empty while idle. */
  readonly itemId: string;
  /** The link that offered it, or was asked last. */
  readonly holder: number;
};

type Asked = { readonly itemId: string; readonly holder: number };

export const fetchMachine = setup({
  types: {} as { context: FetchContext; events: FetchEvent },
  actions: {
    // Effects, provided by the runner.
    ask: effect<Asked>('ask'),
    giveUp: effect<{ readonly itemId: string }>('giveUp'),
    // Bookkeeping, pure.
    begin: assign((_, { itemId, holder }: Asked) => ({ itemId, holder })),
    turnTo: assign((_, { holder }: { readonly holder: number }) => ({ holder })),
  },
  guards: {
    isToBide: (_, { bides }: { readonly bides: boolean }) => bides,
    anotherHoldsIt: (_, { next }: { readonly next: number | undefined }) => next !== undefined,
  },
}).createMachine({
  id: 'fetch',
  description: 'One offered item is asked for, of one holder after another.',
  context: { itemId: '', holder: 0 },
  initial: 'idle',
  states: {
    idle: {
      description: 'Resident and free: nothing is fetched here.',
      on: {
        'item.offered': [
          {
            guard: { type: 'isToBide', params: ({ event }) => event },
            target: 'waiting.biding',
            actions: { type: 'begin', params: ({ event }) => event },
          },
          {
            target: 'waiting.asking',
            actions: [
              { type: 'begin', params: ({ event }) => event },
              { type: 'ask', params: ({ event }) => event },
            ],
          },
        ],
      },
    },
    waiting: {
      description: 'The item is known to exist, and is not here.',
      initial: 'biding',
      on: {
        'item.arrived': 'idle',
        'holder.failed': [
          {
            guard: { type: 'anotherHoldsIt', params: ({ event }) => event },
            target: '.asking',
            actions: [
              { type: 'turnTo', params: ({ event }) => ({ holder: known(event.next) }) },
              {
                type: 'ask',
                params: ({ context, event }) => ({
                  itemId: context.itemId,
                  holder: known(event.next),
                }),
              },
            ],
          },
          {
            target: 'idle',
            actions: { type: 'giveUp', params: ({ context }) => ({ itemId: context.itemId }) },
          },
        ],
      },
      states: {
        biding: { description: 'Not asked for yet: a pushed copy may be on its way.' },
        asking: { description: 'One holder has been asked: WANT is out.' },
      },
    },
  },
});

/** Guarded by `anotherHoldsIt`. */
const known = (holder: number | undefined): number => {
  if (holder === undefined) throw new Error('there is nobody to ask');
  return holder;
};
