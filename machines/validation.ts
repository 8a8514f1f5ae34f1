/**
 * One item waits for the verdicts of the modules that were asked, or for silence.
 *
 * Rejected at the first *invalid*; accepted when every awaited subscriber that is still connected
 * has said *valid*; at the deadline accepted if one has and the policy is `any`, else ignored.
 * The actor is resident: idle -> waiting -> idle, for one item after another, because to spawn one
 * per item would cost in proportion to the items outstanding. Its deadline comes as an event from
 * the runner's one timer, for the same reason.
 */
import { assign, setup } from 'xstate';
import { effect } from '../src/common/effect.js';
import type { ItemVerdict, ValidationPolicy } from '../src/core/verdict.js';
import type { ValidationEvent } from './events.js';

export type ValidationInput = { readonly policy: ValidationPolicy };

export type ValidationContext = ValidationInput & {
  /** Of the item; empty while idle. */
  readonly itemId: string;
  /** Awaited verdicts still out. */
  readonly pending: number;
  /** Subscribers that said *valid*. */
  readonly valid: number;
};

export const validationMachine = setup({
  types: {} as {
    input: ValidationInput;
    context: ValidationContext;
    events: ValidationEvent;
  },
  actions: {
    // Effects, provided by the runner.
    report: effect<{ readonly itemId: string; readonly verdict: ItemVerdict }>('report'),
    // Bookkeeping, pure.
    begin: assign((_, { itemId, voters }: { itemId: string; voters: number }) => ({
      itemId,
      pending: voters,
      valid: 0,
    })),
    countValid: assign(({ context }, { awaited }: { awaited: boolean }) => ({
      pending: awaited ? context.pending - 1 : context.pending,
      valid: context.valid + 1,
    })),
    countLeaver: assign({ pending: ({ context }) => context.pending - 1 }),
  },
  guards: {
    isInvalid: (_, { valid }: { valid: boolean }) => !valid,
    isLastVerdict: ({ context }, { awaited }: { awaited: boolean }) =>
      context.pending <= (awaited ? 1 : 0),
    isLastAndOneSaidValid: ({ context }) => context.pending <= 1 && context.valid > 0,
    isLast: ({ context }) => context.pending <= 1,
    silenceAccepts: ({ context }) => context.valid > 0 && context.policy === 'any',
  },
}).createMachine({
  id: 'validation',
  description: 'One item waits for the verdicts of its subscribers, or for silence.',
  context: ({ input }) => ({ ...input, itemId: '', pending: 0, valid: 0 }),
  initial: 'idle',
  states: {
    idle: {
      description: 'Resident and free: no item waits here.',
      on: {
        'item.arrived': {
          target: 'waiting',
          actions: { type: 'begin', params: ({ event }) => event },
        },
      },
    },
    waiting: {
      description: 'The subscribers have been notified; their verdicts are awaited.',
      on: {
        'verdict.given': [
          {
            guard: { type: 'isInvalid', params: ({ event }) => event },
            target: 'idle',
            actions: {
              type: 'report',
              params: ({ context }) => ({ itemId: context.itemId, verdict: 'rejected' as const }),
            },
          },
          {
            guard: { type: 'isLastVerdict', params: ({ event }) => event },
            target: 'idle',
            actions: {
              type: 'report',
              params: ({ context }) => ({ itemId: context.itemId, verdict: 'accepted' as const }),
            },
          },
          { actions: { type: 'countValid', params: ({ event }) => event } },
        ],
        'subscriber.left': [
          {
            guard: 'isLastAndOneSaidValid',
            target: 'idle',
            actions: {
              type: 'report',
              params: ({ context }) => ({ itemId: context.itemId, verdict: 'accepted' as const }),
            },
          },
          {
            guard: 'isLast',
            target: 'idle',
            actions: {
              type: 'report',
              params: ({ context }) => ({ itemId: context.itemId, verdict: 'ignored' as const }),
            },
          },
          { actions: 'countLeaver' },
        ],
        'deadline.passed': [
          {
            guard: 'silenceAccepts',
            target: 'idle',
            actions: {
              type: 'report',
              params: ({ context }) => ({ itemId: context.itemId, verdict: 'accepted' as const }),
            },
          },
          {
            target: 'idle',
            actions: {
              type: 'report',
              params: ({ context }) => ({ itemId: context.itemId, verdict: 'ignored' as const }),
            },
          },
        ],
      },
    },
  },
});
