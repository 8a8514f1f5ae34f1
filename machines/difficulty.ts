/**
 * How hard a proof this daemon asks of callers at present: harder, bit by bit, while many of them
 * are half-open, and easier again when they have gone. The rule is `nextDifficulty`; here stands
 * when it is applied: at the end of every interval, as long as there is anything to weigh.
 */
import { assign, sendParent, setup } from 'xstate';
import { effect } from '../src/common/effect.js';
import { nextDifficulty, type DifficultyRange } from '../src/core/difficulty.js';
import type { DifficultyEvent } from './events.js';

export type DifficultyInput = DifficultyRange & {
  /** Between two looks at the half-open slots, in milliseconds (`difficulty_interval`). */
  readonly difficultyIntervalMs: number;
  /** The share of them that was taken, on average since `beginInterval` (`HalfOpenSlots`). */
  readonly takenShare: () => number;
};

type DifficultyContext = DifficultyInput & {
  /** Leading zero bits asked of callers from now on. */
  readonly bits: number;
};

const next = (context: DifficultyContext): number =>
  nextDifficulty(context.bits, context.takenShare(), context);

export const difficultyMachine = setup({
  types: {} as { input: DifficultyInput; context: DifficultyContext; events: DifficultyEvent },
  actions: {
    // Effects, provided by the runner.
    beginInterval: effect<undefined>('beginInterval'),
    // Messages to other actors.
    tell: sendParent(({ context }) => ({ type: 'difficulty.changed', bits: context.bits })),
    // Bookkeeping, pure.
    adjust: assign(({ context }) => ({ bits: next(context) })),
  },
  guards: {
    mustRise: ({ context }) => next(context) > context.bits,
    mayFall: ({ context }) => next(context) < context.bits,
    nobodyCame: ({ context }) => context.bits <= context.setting && context.takenShare() === 0,
  },
  delays: { difficultyInterval: ({ context }) => context.difficultyIntervalMs },
}).createMachine({
  id: 'difficulty',
  description: 'How hard a proof is asked of callers.',
  context: ({ input }) => ({ ...input, bits: input.setting }),
  initial: 'resting',
  states: {
    resting: {
      description: 'Nobody is half-open, and the setting holds.',
      on: { 'caller.admitted': 'weighing' },
    },
    weighing: {
      description: 'It is measured which share of the half-open slots is taken.',
      entry: 'beginInterval',
      after: {
        difficultyInterval: [
          { guard: 'mustRise', target: 'weighing', reenter: true, actions: ['adjust', 'tell'] },
          { guard: 'mayFall', target: 'weighing', reenter: true, actions: ['adjust', 'tell'] },
          { guard: 'nobodyCame', target: 'resting' },
          { target: 'weighing', reenter: true },
        ],
      },
    },
  },
});
