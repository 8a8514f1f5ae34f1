/**
 * One connection with another daemon: dialling -> handshaking -> greeting -> admitting ->
 * established -> closing.
 *
 * The handshake proper is a child, `challenger` or `prover`, under the connection's own number. It
 * ends in TLS, shown here as *securing*: the identity that HELLO shows must be the one that the
 * peer's certificate proved, and the one that its commitment bound to the proof of work. With
 * `transport = plain` it is only bound, not authenticated.
 * Once established, what is about items goes to the supervisor at once, what is about the view to
 * the peer-view by way of the supervisor.
 */
import { FRAME_LIMITS } from '../src/wire/messages.js';
import type { ConnectionEnd } from './events.js';
import { NO_REASON, refusalByPeer, unproven } from './handshake.js';
import { established } from './peer-connection/established.js';
import {
  NOTHING,
  accepted,
  failure,
  helloOf,
  known,
  lieOf,
  peerConnectionSetup,
  refusal,
} from './peer-connection/setup.js';

export type {
  PeerConnectionEvent,
  PeerConnectionInput,
  PeerSettings,
} from './peer-connection/setup.js';

export const peerConnectionMachine = peerConnectionSetup.createMachine({
  id: 'peer-connection',
  description: 'One connection with another daemon.',
  context: ({ input }) => ({
    ...input,
    phase: input.direction === 'outbound' ? 'dialing' : 'handshaking',
    transcript: NOTHING,
    peerCommitment: NOTHING,
    peerIdentity: undefined,
    greeting: undefined,
    awaitsPeers: false,
    end: NO_REASON,
  }),
  initial: 'alive',
  output: ({ context }): ConnectionEnd => ({
    connection: context.connection,
    direction: context.direction,
    purpose: context.purpose,
    remote: context.remote,
    phase: context.phase,
    identity: context.greeting?.identity,
    error: context.end.error,
    reason: context.end.reason,
  }),
  states: {
    alive: {
      description: 'The socket is open, or about to be.',
      initial: 'opening',
      on: {
        'connection.closed': {
          target: 'closed',
          actions: {
            type: 'end',
            params: ({ event }) => ({ error: undefined, reason: event.reason, byUs: false }),
          },
        },
        'connection.dropped': {
          target: 'closing',
          actions: { type: 'end', params: ({ event }) => ({ ...event, byUs: true }) },
        },
        'connection.malformed': {
          target: 'closing',
          actions: [
            { type: 'report', params: ({ event }) => event },
            {
              type: 'end',
              params: ({ event }) => ({
                error: 'protocolViolation',
                reason: event.reason,
                byUs: true,
              }),
            },
          ],
        },
        'peer.error': {
          target: 'closing',
          actions: { type: 'end', params: ({ event }) => refusalByPeer(event.message) },
        },
        'peer.*': {
          target: 'closing',
          actions: {
            type: 'end',
            params: ({ event }) => ({
              error: 'protocolViolation',
              reason: `${event.type} out of turn`,
              byUs: true,
            }),
          },
        },
      },
      states: {
        opening: {
          description: 'Which side of the handshake are we?',
          always: [{ guard: 'isOutbound', target: 'dialing' }, { target: 'handshaking' }],
        },
        dialing: {
          description: 'The peer is being called.',
          entry: 'dial',
          on: {
            'connection.connected': {
              target: 'handshaking.proving',
              actions: [
                { type: 'connect', params: ({ event }) => event },
                { type: 'advance', params: { phase: 'handshaking' } },
              ],
            },
          },
        },
        handshaking: {
          description: 'The handshake proper: a child does it, of which we hear how it ended.',
          initial: 'challenging',
          exit: ['cancelPuzzle', 'release'],
          on: {
            'peer.*': { actions: 'toHandshake' },
            'peer.error': { actions: 'toHandshake' },
            'puzzle.solved': { actions: 'toHandshake' },
            'connection.secured': { actions: 'toHandshake' },
            'connection.unsecured': { actions: 'toHandshake' },
            'handshake.proved': '.securing',
            'xstate.done.actor.challenger.*': [
              {
                guard: { type: 'handshakeSucceeded', params: ({ event }) => event },
                target: 'greeting',
                actions: { type: 'recognize', params: ({ event }) => accepted(event.output) },
              },
              {
                target: '#peer-connection.closing',
                actions: { type: 'end', params: ({ event }) => refusal(event.output) },
              },
            ],
            'xstate.done.actor.prover.*': [
              {
                guard: { type: 'handshakeSucceeded', params: ({ event }) => event },
                target: 'greeting',
                actions: { type: 'recognize', params: ({ event }) => accepted(event.output) },
              },
              {
                target: '#peer-connection.closing',
                actions: { type: 'end', params: ({ event }) => refusal(event.output) },
              },
            ],
            'xstate.error.actor.challenger.*': {
              target: '#peer-connection.closing',
              actions: { type: 'end', params: ({ event }) => failure(event.error) },
            },
            'xstate.error.actor.prover.*': {
              target: '#peer-connection.closing',
              actions: { type: 'end', params: ({ event }) => failure(event.error) },
            },
          },
          states: {
            challenging: {
              description: 'We were called: the challenger asks for a proof.',
              entry: 'challenge',
            },
            proving: {
              description: 'We called: the prover solves what the listener asks.',
              entry: 'prove',
            },
            securing: {
              description: 'Both have paid: TLS begins, and certificates are checked.',
            },
          },
        },
        greeting: {
          description: 'Both have paid; each says who it is and where it listens.',
          entry: [
            { type: 'limitFrames', params: { bytes: FRAME_LIMITS.unestablished } },
            { type: 'send', params: ({ context }) => ({ message: helloOf(context) }) },
          ],
          after: {
            greetingTimeout: {
              target: '#peer-connection.closing',
              actions: {
                type: 'end',
                params: { error: 'timeout', reason: 'no HELLO in time', byUs: true },
              },
            },
          },
          on: {
            'peer.hello': [
              {
                guard: { type: 'helloIsHonest', params: ({ event }) => event },
                target: 'admitting',
                actions: { type: 'greet', params: ({ event }) => event },
              },
              {
                target: '#peer-connection.closing',
                actions: {
                  type: 'end',
                  params: ({ context, event }) => unproven(lieOf(context, event.message) ?? ''),
                },
              },
            ],
          },
        },
        admitting: {
          description: 'The peer view decides whether it wants this identity (again).',
          entry: {
            type: 'tell',
            params: ({ context }) => ({
              type: 'link.greeted',
              greeting: known(context.greeting),
            }),
          },
          on: {
            'link.admitted': 'established',
            'link.refused': {
              target: '#peer-connection.closing',
              actions: {
                type: 'end',
                params: ({ event }) => ({
                  error: 'selfOrDuplicate',
                  reason: event.reason,
                  byUs: true,
                }),
              },
            },
          },
        },
        established,
      },
    },
    closing: {
      description: 'Over for us: what is queued, an ERROR included, may still leave.',
      entry: { type: 'disconnect', params: ({ context }) => context.end },
      on: { 'connection.closed': 'closed' },
    },
    closed: { type: 'final', description: 'The socket is gone.' },
  },
});
