/**
 * Root of the actor system: spawns a connection actor per module and per peer, routes announces
 * and notifications between them, releases what is done, outlives what fails.
 *
 * Routing itself is the runner's `Router` with the rules of the core; this machine says when. It
 * holds nothing per item: validations are resident actors of the router.
 */
import {
  assign,
  enqueueActions,
  sendTo,
  setup,
  stopChild,
  type DoneActorEvent,
  type ErrorActorEvent,
} from 'xstate';
import type { DialAddress } from '../src/common/address.js';
import { effect } from '../src/common/effect.js';
import type { LinkPurpose } from '../src/core/active-view.js';
import {
  apiConnectionMachine,
  type ApiConnectionInput,
  type ApiConnectionOutput,
} from './api-connection.js';
import { difficultyMachine, type DifficultyInput } from './difficulty.js';
import type { ConnectionEnd, DifficultyReport, ItemEvent, LinkEvent } from './events.js';
import {
  peerConnectionMachine,
  type PeerConnectionInput,
  type PeerSettings,
} from './peer-connection.js';
import { peerViewMachine, type PeerViewInput } from './peer-view.js';

export type SupervisorInput = {
  readonly peerView: PeerViewInput;
  readonly peerSettings: PeerSettings;
  readonly difficulty: DifficultyInput;
  readonly strictApi: boolean;
  readonly hasSubscribed: ApiConnectionInput['hasSubscribed'];
  /** True when another half-open connection from `host` may be held (`HalfOpenSlots`). */
  readonly halfOpenSlotIsFree: (host: string) => boolean;
  /** Failures of the peer view within `restartIntervalMs` that are mended by starting it again. */
  readonly restartsMax: number;
  readonly restartIntervalMs: number;
  /** For links and modules to close at shutdown: under 5 s (module API page). */
  readonly leaveTimeoutMs: number;
};

type SupervisorContext = SupervisorInput & {
  /** Leading zero bits asked of callers at present. */
  readonly bitsOfCallers: number;
  /** Of the peer view, within the present period. */
  readonly restarts: number;
  readonly failure: string | undefined;
};

/** `failure` is undefined when the daemon was asked to stop. */
export type SupervisorOutput = { readonly failure: string | undefined };

/** A connection as its runner names it, with what is random about it. */
type Caller = {
  readonly connection: number;
  readonly remote: DialAddress;
  readonly challenge: Buffer;
  readonly salt: Buffer;
};
type Callee = Caller & { readonly purpose: LinkPurpose; readonly trusted: boolean };
type Module = { readonly connection: number; readonly remote: string };

type ApiId = `api-connection.${number}`;
type PeerId = `peer-connection.${number}`;

export type SupervisorEvent =
  | ({ readonly type: 'module.connected' } & Module)
  | ({ readonly type: 'caller.connected' } & Caller)
  | ({ readonly type: 'dial.wanted' } & Callee)
  | { readonly type: 'shutdown.requested' }
  /** No connection is left. */
  | { readonly type: 'connections.closed' }
  | ItemEvent
  | LinkEvent
  | DifficultyReport
  | DoneActorEvent<ApiConnectionOutput, ApiId>
  | ErrorActorEvent<unknown, ApiId>
  | DoneActorEvent<ConnectionEnd, PeerId>
  | ErrorActorEvent<unknown, PeerId>
  | ErrorActorEvent<unknown, 'difficulty'>
  | ErrorActorEvent<unknown, 'peer-view'>;

const peerConnectionInput = (
  { peerSettings }: SupervisorContext,
  connection: Omit<PeerConnectionInput, 'settings'>,
): PeerConnectionInput => ({ settings: peerSettings, ...connection });

export const supervisorMachine = setup({
  types: {} as {
    input: SupervisorInput;
    context: SupervisorContext;
    events: SupervisorEvent;
    output: SupervisorOutput;
  },
  actors: {
    'api-connection': apiConnectionMachine,
    'peer-connection': peerConnectionMachine,
    'peer-view': peerViewMachine,
    difficulty: difficultyMachine,
  },
  actions: {
    // Effects about items, provided by the runner: see `Router`.
    announce: effect<Extract<ItemEvent, { type: 'items.announced' }>>('announce'),
    subscribe: effect<Extract<ItemEvent, { type: 'types.subscribed' }>>('subscribe'),
    receive: effect<Extract<ItemEvent, { type: 'items.arrived' }>>('receive'),
    settle: effect<Extract<ItemEvent, { type: 'items.judged' }>>('settle'),
    heedInterest: effect<Extract<ItemEvent, { type: 'interest.changed' }>>('heedInterest'),
    forgetModule: effect<Extract<ItemEvent, { type: 'module.left' }>>('forgetModule'),
    // Effects about connections.
    refuseModule: effect<{ readonly connection: number }>('refuseModule'),
    refuseBusy: effect<{ readonly connection: number }>('refuseBusy'),
    takeHalfOpenSlot: effect<Caller>('takeHalfOpenSlot'),
    noteDifficulty: effect<{ readonly before: number; readonly bits: number }>('noteDifficulty'),
    freeHalfOpenSlot: effect<{ readonly connection: number }>('freeHalfOpenSlot'),
    freeModule: effect<{ readonly connection: number }>('freeModule'),
    freePeer: effect<{ readonly connection: number }>('freePeer'),
    abandon: effect<{ readonly actorId: string; readonly error: unknown }>('abandon'),
    farewell: effect<undefined>('farewell'),
    // Messages to the peer view.
    toPeerView: sendTo('peer-view', (_, event: LinkEvent) => event),
    toDifficulty: sendTo('difficulty', { type: 'caller.admitted' }),
    // Supervision.
    release: stopChild((_, { actorId }: { readonly actorId: string }) => actorId),
    countRestart: assign({ restarts: ({ context }) => context.restarts + 1 }),
    forgiveRestarts: assign({ restarts: 0 }),
    demand: assign((_, { bits }: { readonly bits: number }) => ({ bitsOfCallers: bits })),
    fail: assign((_, { error }: { readonly error: unknown }) => ({ failure: String(error) })),
  },
  guards: {
    slotIsFree: ({ context }, { remote }: Caller) => context.halfOpenSlotIsFree(remote.host),
    restartsAreLeft: ({ context }) => context.restarts < context.restartsMax,
  },
  delays: {
    restartInterval: ({ context }) => context.restartIntervalMs,
    leaveTimeout: ({ context }) => context.leaveTimeoutMs,
  },
})
  .extend({
    actions: {
      admitModule: enqueueActions(({ enqueue, context }, { connection, remote }: Module) => {
        enqueue.spawnChild('api-connection', {
          id: `api-connection.${connection}`,
          input: {
            connection,
            remote,
            strict: context.strictApi,
            hasSubscribed: context.hasSubscribed,
          },
        });
      }),
      admitCaller: enqueueActions(({ enqueue, context }, caller: Caller) => {
        enqueue.spawnChild('peer-connection', {
          id: `peer-connection.${caller.connection}`,
          input: peerConnectionInput(context, {
            connection: caller.connection,
            remote: caller.remote,
            challenge: caller.challenge,
            salt: caller.salt,
            direction: 'inbound',
            purpose: 'called',
            trusted: false,
            difficulty: context.bitsOfCallers,
          }),
        });
      }),
      dial: enqueueActions(({ enqueue, context }, callee: Callee) => {
        enqueue.spawnChild('peer-connection', {
          id: `peer-connection.${callee.connection}`,
          input: peerConnectionInput(context, {
            connection: callee.connection,
            remote: callee.remote,
            challenge: callee.challenge,
            salt: callee.salt,
            direction: 'outbound',
            purpose: callee.purpose,
            trusted: callee.trusted,
            difficulty: context.difficulty.setting,
          }),
        });
      }),
      startPeerView: enqueueActions(({ enqueue, context }) => {
        enqueue.spawnChild('peer-view', { id: 'peer-view', input: context.peerView });
      }),
      startDifficulty: enqueueActions(({ enqueue, context }) => {
        enqueue.spawnChild('difficulty', { id: 'difficulty', input: context.difficulty });
      }),
    },
  })
  .createMachine({
    id: 'supervisor',
    description: 'Root of the actor system of one daemon.',
    context: ({ input }) => ({
      ...input,
      bitsOfCallers: input.difficulty.setting,
      restarts: 0,
      failure: undefined,
    }),
    initial: 'running',
    output: ({ context }) => ({ failure: context.failure }),
    on: {
      // What the connections say about items and links, while running and while leaving.
      'items.announced': { actions: { type: 'announce', params: ({ event }) => event } },
      'types.subscribed': { actions: { type: 'subscribe', params: ({ event }) => event } },
      'items.arrived': { actions: { type: 'receive', params: ({ event }) => event } },
      'items.judged': { actions: { type: 'settle', params: ({ event }) => event } },
      'interest.changed': { actions: { type: 'heedInterest', params: ({ event }) => event } },
      'module.left': { actions: { type: 'forgetModule', params: ({ event }) => event } },
      // A finished or failed child stays in `children`, and its id taken, until it is stopped.
      'xstate.done.actor.api-connection.*': {
        actions: [
          { type: 'release', params: ({ event }) => event },
          { type: 'freeModule', params: ({ event }) => event.output },
        ],
      },
      'xstate.done.actor.peer-connection.*': {
        actions: [
          { type: 'release', params: ({ event }) => event },
          { type: 'freePeer', params: ({ event }) => event.output },
        ],
      },
      // Without these, the failure of one child would be the failure of the daemon.
      'xstate.error.actor.api-connection.*': {
        actions: [
          { type: 'release', params: ({ event }) => event },
          { type: 'abandon', params: ({ event }) => event },
        ],
      },
      'xstate.error.actor.peer-connection.*': {
        actions: [
          { type: 'release', params: ({ event }) => event },
          { type: 'abandon', params: ({ event }) => event },
        ],
      },
    },
    states: {
      running: {
        description: 'Modules and peers are served.',
        initial: 'steady',
        on: {
          'module.connected': { actions: { type: 'admitModule', params: ({ event }) => event } },
          'caller.connected': [
            {
              guard: { type: 'slotIsFree', params: ({ event }) => event },
              actions: [
                { type: 'takeHalfOpenSlot', params: ({ event }) => event },
                { type: 'admitCaller', params: ({ event }) => event },
                'toDifficulty',
              ],
            },
            { actions: { type: 'refuseBusy', params: ({ event }) => event } },
          ],
          'dial.wanted': { actions: { type: 'dial', params: ({ event }) => event } },
          'difficulty.changed': {
            actions: [
              {
                type: 'noteDifficulty',
                params: ({ context, event }) => ({ ...event, before: context.bitsOfCallers }),
              },
              { type: 'demand', params: ({ event }) => event },
            ],
          },
          // It begins again at the setting.
          'xstate.error.actor.difficulty': {
            actions: [
              { type: 'abandon', params: ({ event }) => event },
              { type: 'release', params: ({ event }) => event },
              { type: 'demand', params: ({ context }) => ({ bits: context.difficulty.setting }) },
              'startDifficulty',
            ],
          },
          'link.established': {
            actions: [
              {
                type: 'freeHalfOpenSlot',
                params: ({ event }) => event.greeting,
              },
              { type: 'toPeerView', params: ({ event }) => event },
            ],
          },
          'link.*': { actions: { type: 'toPeerView', params: ({ event }) => event } },
          'neighbor.*': { actions: { type: 'toPeerView', params: ({ event }) => event } },
          'peers.*': { actions: { type: 'toPeerView', params: ({ event }) => event } },
          'peer.*': { actions: { type: 'toPeerView', params: ({ event }) => event } },
          'join.*': { actions: { type: 'toPeerView', params: ({ event }) => event } },
          'xstate.done.actor.peer-connection.*': {
            actions: [
              { type: 'release', params: ({ event }) => event },
              { type: 'freePeer', params: ({ event }) => event.output },
              {
                type: 'toPeerView',
                params: ({ event }) => ({ type: 'link.ended', end: event.output }),
              },
            ],
          },
          'xstate.error.actor.peer-view': [
            {
              guard: 'restartsAreLeft',
              target: '.mended',
              actions: [
                { type: 'abandon', params: ({ event }) => event },
                { type: 'release', params: ({ event }) => event },
              ],
            },
            {
              target: 'leaving',
              actions: [
                { type: 'abandon', params: ({ event }) => event },
                { type: 'release', params: ({ event }) => event },
                { type: 'fail', params: ({ event }) => event },
              ],
            },
          ],
          'shutdown.requested': 'leaving',
        },
        entry: ['startPeerView', 'startDifficulty'],
        states: {
          steady: { description: 'Nothing has failed lately.' },
          mended: {
            description: 'The peer view failed and was started again; it is on probation.',
            entry: ['startPeerView', 'countRestart'],
            after: { restartInterval: { target: 'steady', actions: 'forgiveRestarts' } },
          },
        },
      },
      leaving: {
        description: 'PEER_LEAVE has been said; what is queued leaves, connections close.',
        entry: [
          'farewell',
          { type: 'release', params: { actorId: 'peer-view' } },
          { type: 'release', params: { actorId: 'difficulty' } },
        ],
        after: { leaveTimeout: 'stopped' },
        on: {
          'module.connected': { actions: { type: 'refuseModule', params: ({ event }) => event } },
          'caller.connected': { actions: { type: 'refuseBusy', params: ({ event }) => event } },
          'dial.wanted': { actions: { type: 'freePeer', params: ({ event }) => event } },
          'connections.closed': 'stopped',
        },
      },
      stopped: { type: 'final', description: 'Nothing is left.' },
    },
  });
