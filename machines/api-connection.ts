/**
 * One local module: what it subscribed to, what it was told, what it answered.
 *
 * A module that does not answer is still told, but nobody waits for it any more after three
 * deadlines running (`silent`), until it answers again. Bytes that are no message end the
 * connection and nothing else.
 */
import { assign, sendParent, setup } from 'xstate';
import { effect } from '../src/common/effect.js';
import type { GossipAnnounce, GossipNotify, GossipValidation } from '../src/wire/messages.js';
import type { ApiEvent, ConnectionEvent, ItemEvent, Notice, NoticeEvent } from './events.js';

/** Deadlines running after which a silent module is no longer waited for (module API page). */
export const SILENT_DEADLINES_MAX = 3;

export type ApiConnectionInput = {
  readonly connection: number;
  /** For the log: "127.0.0.1:4711". */
  readonly remote: string;
  /** Close on an ANNOUNCE of a type that was not subscribed to, as the course's mock does. */
  readonly strict: boolean;
  /** Reads the router's index of subscriptions; the actor keeps no second copy. */
  readonly hasSubscribed: (connection: number, dataType: number) => boolean;
};

type ApiConnectionContext = ApiConnectionInput & {
  /** Deadlines running without an answer, at most `SILENT_DEADLINES_MAX`. */
  readonly missed: number;
  readonly reason: string;
};

export type ApiConnectionOutput = { readonly connection: number; readonly reason: string };

export const apiConnectionMachine = setup({
  types: {} as {
    input: ApiConnectionInput;
    context: ApiConnectionContext;
    events: ApiEvent | NoticeEvent | ConnectionEvent;
    output: ApiConnectionOutput;
  },
  actions: {
    // Effects, provided by the runner.
    notify: effect<{ readonly notices: readonly Notice[] }>('notify'),
    judge: effect<{ readonly messages: readonly GossipValidation[] }>('judge'),
    expectAnswers: effect<{ readonly expected: boolean }>('expectAnswers'),
    refuse: effect<{ readonly reason: string; readonly dump: string }>('refuse'),
    disconnect: effect<undefined>('disconnect'),
    // Messages to the supervisor.
    subscribe: sendParent(
      ({ context }, { messages }: { messages: readonly GossipNotify[] }): ItemEvent => ({
        type: 'types.subscribed',
        connection: context.connection,
        dataTypes: messages.map(({ dataType }) => dataType),
      }),
    ),
    announce: sendParent(
      ({ context }, { messages }: { messages: readonly GossipAnnounce[] }): ItemEvent => ({
        type: 'items.announced',
        connection: context.connection,
        messages,
      }),
    ),
    leave: sendParent(({ context }): ItemEvent => ({
      type: 'module.left',
      connection: context.connection,
    })),
    // Bookkeeping, pure.
    countMiss: assign({ missed: ({ context }) => context.missed + 1 }),
    forgiveMisses: assign({ missed: 0 }),
    note: assign((_, { reason }: { readonly reason: string }) => ({ reason })),
  },
  guards: {
    announcesUnsubscribed: ({ context }, { messages }: { messages: readonly GossipAnnounce[] }) =>
      context.strict &&
      messages.some(({ dataType }) => !context.hasSubscribed(context.connection, dataType)),
    isSilentNow: ({ context }) => context.missed + 1 >= SILENT_DEADLINES_MAX,
  },
}).createMachine({
  id: 'api-connection',
  description: 'One local module: its subscriptions, its outstanding notifications.',
  context: ({ input }) => ({ ...input, missed: 0, reason: '' }),
  initial: 'connected',
  output: ({ context }) => ({ connection: context.connection, reason: context.reason }),
  states: {
    connected: {
      description: 'The module may announce, subscribe and answer.',
      initial: 'attentive',
      exit: 'leave',
      on: {
        'api.notify': { actions: { type: 'subscribe', params: ({ event }) => event } },
        'api.announce': [
          {
            guard: { type: 'announcesUnsubscribed', params: ({ event }) => event },
            target: 'closing',
            actions: [
              {
                type: 'refuse',
                params: {
                  reason: 'ANNOUNCE of a type that was not subscribed to (strict_api)',
                  dump: '',
                },
              },
              { type: 'note', params: { reason: 'strict_api' } },
            ],
          },
          { actions: { type: 'announce', params: ({ event }) => event } },
        ],
        'items.notified': { actions: { type: 'notify', params: ({ event }) => event } },
        'connection.malformed': {
          target: 'closing',
          actions: [
            { type: 'refuse', params: ({ event }) => event },
            { type: 'note', params: ({ event }) => event },
          ],
        },
        'connection.dropped': {
          target: 'closing',
          actions: { type: 'note', params: ({ event }) => event },
        },
        'connection.closed': {
          target: 'closed',
          actions: { type: 'note', params: ({ event }) => event },
        },
      },
      states: {
        attentive: {
          description: 'Its verdicts are waited for.',
          on: {
            'api.validation': {
              actions: ['forgiveMisses', { type: 'judge', params: ({ event }) => event }],
            },
            'verdict.missed': [
              { guard: 'isSilentNow', target: 'silent' },
              { actions: 'countMiss' },
            ],
          },
        },
        silent: {
          description: 'Three deadlines running unanswered: told, but not waited for.',
          entry: { type: 'expectAnswers', params: { expected: false } },
          exit: ['forgiveMisses', { type: 'expectAnswers', params: { expected: true } }],
          on: {
            'api.validation': {
              target: 'attentive',
              actions: { type: 'judge', params: ({ event }) => event },
            },
          },
        },
      },
    },
    closing: {
      description: 'Nothing more is read; what is queued may still leave.',
      entry: 'disconnect',
      on: { 'connection.closed': 'closed' },
    },
    closed: { type: 'final', description: 'The socket is gone.' },
  },
});
