/**
 * Keeps the active and the passive view: dials, admits, answers neighbors, shuffles, walks joins,
 * tests addresses, saves the address book.
 *
 * Three standings: `alone` tries whoever is known for ever, each with growing back-off of its own;
 * `growing` fills up to the wanted degree from the address book; `full` only looks after what it
 * has. Beside them go chores, each with a timer of its own, and the alarm. The tables themselves
 * are of the core (`ActiveView`, `LinkGroups`, `Sampler`, `AddressBook`), with the rules of who may
 * stay; this machine says when they are asked.
 */
import { assign, setup } from 'xstate';
import { effect } from '../src/common/effect.js';
import type { IsolationAlarm } from '../src/core/isolation-watch.js';
import type { ConnectionEnd, Greeting, LinkEvent, Standing, ViewEvent } from './events.js';

export type PeerViewInput = {
  /** Pause between rounds of dialling, at first (`search_cooldown`). */
  readonly searchCooldownMs: number;
  /** Longest pause between rounds (`retry_max`). */
  readonly retryMaxMs: number;
  readonly shuffleIntervalMs: number;
  readonly feelerIntervalMs: number;
  readonly rotationIntervalMs: number;
  /** What comes so soon after an alarm belongs to it. */
  readonly alarmIntervalMs: number;
  readonly saveIntervalMs: number;
  /**
   * A share of a delay between 0.8 and 1.2, drawn anew for each, so that peers that started
   * together do not act together. The runner's random source decides.
   */
  readonly jitter: () => number;
};

type PeerViewContext = PeerViewInput & {
  /** Rounds of dialling since the standing last changed, at most `ROUNDS_MAX`. */
  readonly rounds: number;
  /** Rounds of looking for links that share a type, at most `ROUNDS_MAX`. */
  readonly searches: number;
};

/** The back-off doubles so often; our guess, 2^5 = 32 times the first pause. */
const ROUNDS_MAX = 5;

type PeersRequested = Extract<LinkEvent, { type: 'peers.requested' }>;
type PeersTold = Extract<LinkEvent, { type: 'peers.told' }>;
type JoinWalked = Extract<LinkEvent, { type: 'join.walked' }>;

export const peerViewMachine = setup({
  types: {} as {
    input: PeerViewInput;
    context: PeerViewContext;
    events: LinkEvent | ViewEvent;
  },
  actions: {
    // Effects, provided by the runner, with the rules of `ActiveView` and `AddressBook`.
    dialContacts: effect<undefined>('dialContacts'),
    fill: effect<undefined>('fill'),
    replace: effect<undefined>('replace'),
    askRps: effect<undefined>('askRps'),
    admit: effect<{ readonly greeting: Greeting }>('admit'),
    welcome: effect<{ readonly greeting: Greeting }>('welcome'),
    answerNeighbor: effect<{ readonly connection: number; readonly priority: 'low' | 'high' }>(
      'answerNeighbor',
    ),
    hearAnswer: effect<{ readonly connection: number; readonly accepted: boolean }>('hearAnswer'),
    forget: effect<{ readonly connection: number }>('forget'),
    noteEnd: effect<{ readonly end: ConnectionEnd }>('noteEnd'),
    noteLeaver: effect<{ readonly greeting: Greeting }>('noteLeaver'),
    answerShuffle: effect<Omit<PeersRequested, 'type'>>('answerShuffle'),
    learn: effect<Omit<PeersTold, 'type'>>('learn'),
    walk: effect<Omit<JoinWalked, 'type'>>('walk'),
    shuffle: effect<undefined>('shuffle'),
    feel: effect<undefined>('feel'),
    rotate: effect<undefined>('rotate'),
    seekSharers: effect<undefined>('seekSharers'),
    dialAfresh: effect<{ readonly alarm: IsolationAlarm }>('dialAfresh'),
    saveBook: effect<undefined>('saveBook'),
    // Bookkeeping, pure.
    countRound: assign({ rounds: ({ context }) => Math.min(ROUNDS_MAX, context.rounds + 1) }),
    startOver: assign({ rounds: 0 }),
    countSearch: assign({ searches: ({ context }) => Math.min(ROUNDS_MAX, context.searches + 1) }),
    endSearch: assign({ searches: 0 }),
  },
  guards: {
    stands: (_, { standing, as }: { readonly standing: Standing; readonly as: Standing }) =>
      standing === as,
  },
  delays: {
    roundInterval: ({ context }) =>
      Math.min(context.retryMaxMs, context.searchCooldownMs * 2 ** context.rounds) *
      context.jitter(),
    shuffleInterval: ({ context }) => context.shuffleIntervalMs * context.jitter(),
    feelerInterval: ({ context }) => context.feelerIntervalMs * context.jitter(),
    rotationInterval: ({ context }) => context.rotationIntervalMs * context.jitter(),
    alarmInterval: ({ context }) => context.alarmIntervalMs,
    searchInterval: ({ context }) => context.searchCooldownMs * context.jitter(),
    sharersInterval: ({ context }) =>
      Math.min(context.shuffleIntervalMs, context.searchCooldownMs * 2 ** context.searches) *
      context.jitter(),
    saveInterval: ({ context }) => context.saveIntervalMs,
  },
}).createMachine({
  id: 'peer-view',
  description: 'Keeps the active and the passive view of the network.',
  context: ({ input }) => ({ ...input, rounds: 0, searches: 0 }),
  type: 'parallel',
  on: {
    'link.greeted': { actions: { type: 'admit', params: ({ event }) => event } },
    'link.established': { actions: { type: 'welcome', params: ({ event }) => event } },
    'neighbor.asked': { actions: { type: 'answerNeighbor', params: ({ event }) => event } },
    'neighbor.answered': { actions: { type: 'hearAnswer', params: ({ event }) => event } },
    'link.suspected': { actions: 'replace' },
    'link.lost': { actions: { type: 'forget', params: ({ event }) => event } },
    'link.ended': { actions: { type: 'noteEnd', params: ({ event }) => event } },
    'peer.left': { actions: { type: 'noteLeaver', params: ({ event }) => event } },
    'peers.requested': { actions: { type: 'answerShuffle', params: ({ event }) => event } },
    'peers.told': { actions: { type: 'learn', params: ({ event }) => event } },
    'join.walked': { actions: { type: 'walk', params: ({ event }) => event } },
  },
  states: {
    standing: {
      description: 'How many links there are, and what is done about it.',
      initial: 'alone',
      states: {
        alone: {
          description: 'No link: whoever is known is dialled again when it has rested, for ever.',
          entry: ['dialContacts', 'askRps'],
          after: { searchInterval: { target: 'alone', reenter: true } },
          on: {
            'peers.learned': { actions: 'dialContacts' },
            'view.changed': [
              {
                guard: {
                  type: 'stands',
                  params: ({ event }) => ({ standing: event.standing, as: 'growing' }),
                },
                target: 'growing',
                actions: 'startOver',
              },
              {
                guard: {
                  type: 'stands',
                  params: ({ event }) => ({ standing: event.standing, as: 'full' }),
                },
                target: 'full',
                actions: 'startOver',
              },
            ],
          },
        },
        growing: {
          description: 'Fewer links than wanted: addresses of the book are dialled.',
          entry: ['fill', 'askRps'],
          after: {
            roundInterval: { target: 'growing', reenter: true, actions: 'countRound' },
          },
          on: {
            'peers.learned': { actions: 'fill' },
            'view.changed': [
              {
                guard: {
                  type: 'stands',
                  params: ({ event }) => ({ standing: event.standing, as: 'alone' }),
                },
                target: 'alone',
                actions: 'startOver',
              },
              {
                guard: {
                  type: 'stands',
                  params: ({ event }) => ({ standing: event.standing, as: 'full' }),
                },
                target: 'full',
                actions: 'startOver',
              },
              { actions: ['startOver', 'fill'] },
            ],
          },
        },
        full: {
          description: 'As many links as wanted.',
          on: {
            'view.changed': [
              {
                guard: {
                  type: 'stands',
                  params: ({ event }) => ({ standing: event.standing, as: 'alone' }),
                },
                target: 'alone',
              },
              {
                guard: {
                  type: 'stands',
                  params: ({ event }) => ({ standing: event.standing, as: 'growing' }),
                },
                target: 'growing',
              },
            ],
          },
        },
      },
    },
    shuffle: {
      description: 'Now and then a sample of the view is exchanged with a random link.',
      initial: 'resting',
      states: {
        resting: {
          description: 'Until the next shuffle.',
          after: { shuffleInterval: { target: 'resting', reenter: true, actions: 'shuffle' } },
        },
      },
    },
    feeler: {
      description: 'Now and then an untested address is tried, and the dead are forgotten.',
      initial: 'resting',
      states: {
        resting: {
          description: 'Until the next test.',
          after: { feelerInterval: { target: 'resting', reenter: true, actions: 'feel' } },
        },
      },
    },
    rotation: {
      description: 'Now and then one of the sampled links is exchanged for one drawn anew.',
      initial: 'resting',
      states: {
        resting: {
          description: 'Until the next exchange.',
          after: { rotationInterval: { target: 'resting', reenter: true, actions: 'rotate' } },
        },
      },
    },
    sharing: {
      description: 'Whether enough links want what our modules want.',
      initial: 'enough',
      states: {
        enough: {
          description: 'They do, or every link does.',
          on: { 'interests.lacked': 'seeking' },
        },
        seeking: {
          description: 'Links are asked whom they know that wants it, and those are dialled.',
          entry: 'seekSharers',
          after: {
            sharersInterval: { target: 'seeking', reenter: true, actions: 'countSearch' },
          },
          on: { 'interests.shared': { target: 'enough', actions: 'endSearch' } },
        },
      },
    },
    alarm: {
      description: 'Does it look as if somebody cut us off?',
      initial: 'calm',
      states: {
        calm: {
          description: 'Nothing of the kind.',
          on: {
            'view.alarmed': {
              target: 'alarmed',
              actions: { type: 'dialAfresh', params: ({ event }) => event },
            },
          },
        },
        alarmed: {
          description:
            'Whoever is known from better days was dialled; more alarms are the same one.',
          after: { alarmInterval: 'calm' },
        },
      },
    },
    book: {
      description: 'Now and then the address book is written to disk.',
      initial: 'resting',
      states: {
        resting: {
          description: 'Until the next save.',
          after: { saveInterval: { target: 'resting', reenter: true, actions: 'saveBook' } },
        },
      },
    },
  },
});
