/**
 * One connection with another daemon: dialling -> handshaking -> greeting -> admitting ->
 * established -> closing.
 *
 * The handshake proper is a child, `challenger` or `prover`, under the connection's own number.
 * With `transport = tls` a *securing* step stands between handshaking and greeting; until then the
 * identity that HELLO shows is bound to the proof by its commitment, but not authenticated.
 * Once established, what is about items goes to the supervisor at once, what is about the view to
 * the peer-view by way of the supervisor.
 */
import { assign, enqueueActions, raise, sendParent, sendTo, setup, stopChild } from 'xstate';
import type { DoneActorEvent, ErrorActorEvent } from 'xstate';
import type { DialAddress } from '../src/common/address.js';
import { effect } from '../src/common/effect.js';
import type { LinkDirection, LinkPurpose } from '../src/core/active-view.js';
import { commitment } from '../src/wire/commitment.js';
import {
  FRAME_LIMITS,
  PROTOCOL_VERSION,
  type Hello,
  type Neighbor,
  type NeighborWord,
  type PeerAddress,
  type PeerMessage,
} from '../src/wire/messages.js';
import { transcriptHash } from '../src/wire/transcript.js';
import { challengerMachine, type ChallengerInput } from './challenger.js';
import type {
  AdmissionEvent,
  ConnectionEnd,
  ConnectionEvent,
  Greeting,
  ItemEvent,
  LinkEvent,
  PeerEvent,
  PuzzleEvent,
} from './events.js';
import { NO_REASON, refusalByPeer, type HandshakeOutput, type Refusal } from './handshake.js';
import { proverMachine, type ProverInput } from './prover.js';

/** What every peer connection of this daemon has in common. Times in milliseconds. */
export type PeerSettings = {
  /** Our identity, 32 B. */
  readonly identity: Buffer;
  /** Where we listen, as told in HELLO. An unspecified host: as the peer sees us. */
  readonly listenAddress: PeerAddress;
  readonly agent: string;
  readonly features: number;
  /** Leading zero bits asked of callers, and by callers of strangers. */
  readonly difficulty: number;
  readonly difficultyMax: number;
  readonly tls: boolean;
  readonly blake3: boolean;
  /** For CHALLENGE to arrive: 5 s (protocol page, "Deadlines"). */
  readonly challengeTimeoutMs: number;
  readonly proofTimeoutMs: number;
  /** For HELLO: 10 s (protocol page, "Deadlines"). */
  readonly greetingTimeoutMs: number;
  /** An established connection that does not become a link ends after this; our guess, 10 s. */
  readonly acquaintanceTimeoutMs: number;
  readonly pingIntervalMs: number;
  /** Silence after a PING that makes a link suspect, and again that ends it. */
  readonly pingTimeoutMs: number;
};

export type PeerConnectionInput = {
  readonly settings: PeerSettings;
  readonly connection: number;
  readonly direction: LinkDirection;
  readonly purpose: LinkPurpose;
  readonly remote: DialAddress;
  /** True: named in our config, so that no proof is asked of it. */
  readonly trusted: boolean;
  /** Random, fresh for this connection: the challenge that we put, 16 B. */
  readonly challenge: Buffer;
  /** Random, fresh for this connection: hides our identity until HELLO, 16 B. */
  readonly salt: Buffer;
};

type PeerConnectionContext = PeerConnectionInput & {
  readonly phase: ConnectionEnd['phase'];
  /** Of HELLO, to be equal at both ends. */
  readonly transcript: Buffer;
  readonly peerCommitment: Buffer;
  readonly greeting: Greeting | undefined;
  /** We asked for peers and have not been answered. */
  readonly awaitsPeers: boolean;
  readonly end: Refusal;
};

type Done<Who extends string> = DoneActorEvent<HandshakeOutput, `${Who}.${number}`>;
type Failed<Who extends string> = ErrorActorEvent<unknown, `${Who}.${number}`>;

export type PeerConnectionEvent =
  | PeerEvent
  | ConnectionEvent
  | PuzzleEvent
  | AdmissionEvent
  | Done<'challenger'>
  | Done<'prover'>
  | Failed<'challenger'>
  | Failed<'prover'>;

type Accepted = Extract<HandshakeOutput, { verdict: 'accepted' }>;

const NOTHING = Buffer.alloc(0);

export const peerConnectionMachine = setup({
  types: {} as {
    input: PeerConnectionInput;
    context: PeerConnectionContext;
    events: PeerConnectionEvent;
    output: ConnectionEnd;
  },
  actors: { challenger: challengerMachine, prover: proverMachine },
  actions: {
    // Effects, provided by the runner.
    dial: effect<undefined>('dial'),
    send: effect<{ readonly message: PeerMessage }>('send'),
    ping: effect<undefined>('ping'),
    measure: effect<{ readonly echo: Buffer }>('measure'),
    limitFrames: effect<{ readonly bytes: number }>('limitFrames'),
    cancelPuzzle: effect<undefined>('cancelPuzzle'),
    report: effect<{ readonly reason: string; readonly dump: string }>('report'),
    // Tells the peer of the ERROR when it is ours, sends what is queued, closes the socket.
    disconnect: effect<Refusal>('disconnect'),
    // Messages to other actors.
    tell: sendParent((_, message: LinkEvent | ItemEvent) => message),
    toHandshake: sendTo(
      ({ context }) => childId(context),
      ({ event }) => event,
    ),
    release: stopChild(({ context }) => childId(context)),
    drop: raise((_, { reason }: { readonly reason: string }) => ({
      type: 'connection.dropped' as const,
      error: undefined,
      reason,
    })),
    // Bookkeeping, pure.
    connect: assign((_, { remote }: { readonly remote: DialAddress }) => ({ remote })),
    advance: assign((_, { phase }: { readonly phase: ConnectionEnd['phase'] }) => ({ phase })),
    recognize: assign((_, { challenge, verify, ok, peerCommitment }: Accepted) => ({
      transcript: transcriptHash(challenge, verify, ok),
      peerCommitment,
    })),
    greet: assign(({ context }, { message }: { readonly message: Hello }) => ({
      greeting: greetingOf(context, message),
    })),
    awaitPeers: assign({ awaitsPeers: true }),
    receivePeers: assign({ awaitsPeers: false }),
    end: assign((_, end: Refusal) => ({ end })),
  },
  guards: {
    isOutbound: ({ context }) => context.direction === 'outbound',
    handshakeSucceeded: (_, { output }: { readonly output: HandshakeOutput }) =>
      output.verdict === 'accepted',
    helloIsHonest: ({ context }, { message }: { readonly message: Hello }) =>
      message.transcript.equals(context.transcript) &&
      commitment(message.identity, message.salt).equals(context.peerCommitment),
    awaitsPeers: ({ context }) => context.awaitsPeers,
    mayAsk: ({ context }, { message }: { readonly message: Neighbor }) =>
      context.direction === 'inbound' && isAsk(message.word),
    mayAnswer: ({ context }, { message }: { readonly message: Neighbor }) =>
      context.direction === 'outbound' && !isAsk(message.word),
  },
  delays: {
    greetingTimeout: ({ context }) => context.settings.greetingTimeoutMs,
    acquaintanceTimeout: ({ context }) => context.settings.acquaintanceTimeoutMs,
    pingInterval: ({ context }) => context.settings.pingIntervalMs,
    pingTimeout: ({ context }) => context.settings.pingTimeoutMs,
  },
})
  .extend({
    actions: {
      challenge: enqueueActions(({ enqueue, context }) => {
        enqueue.spawnChild('challenger', {
          id: `challenger.${context.connection}`,
          input: challengerInput(context),
        });
      }),
      prove: enqueueActions(({ enqueue, context }) => {
        enqueue.spawnChild('prover', {
          id: `prover.${context.connection}`,
          input: proverInput(context),
        });
      }),
    },
  })
  .createMachine({
    id: 'peer-connection',
    description: 'One connection with another daemon.',
    context: ({ input }) => ({
      ...input,
      phase: input.direction === 'outbound' ? 'dialing' : 'handshaking',
      transcript: NOTHING,
      peerCommitment: NOTHING,
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
            always: [{ guard: 'isOutbound', target: 'dialing' }, { target: 'challenging' }],
          },
          dialing: {
            description: 'The peer is being called.',
            entry: 'dial',
            on: {
              'connection.connected': {
                target: 'proving',
                actions: [
                  { type: 'connect', params: ({ event }) => event },
                  { type: 'advance', params: { phase: 'handshaking' } },
                ],
              },
            },
          },
          proving: {
            description: 'We called: the prover solves what the listener asks.',
            entry: 'prove',
            exit: ['cancelPuzzle', 'release'],
            on: {
              'peer.*': { actions: 'toHandshake' },
              'peer.error': { actions: 'toHandshake' },
              'puzzle.solved': { actions: 'toHandshake' },
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
              'xstate.error.actor.prover.*': {
                target: '#peer-connection.closing',
                actions: { type: 'end', params: ({ event }) => failure(event.error) },
              },
            },
          },
          challenging: {
            description: 'We were called: the challenger asks for a proof.',
            entry: 'challenge',
            exit: ['cancelPuzzle', 'release'],
            on: {
              'peer.*': { actions: 'toHandshake' },
              'peer.error': { actions: 'toHandshake' },
              'puzzle.solved': { actions: 'toHandshake' },
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
              'xstate.error.actor.challenger.*': {
                target: '#peer-connection.closing',
                actions: { type: 'end', params: ({ event }) => failure(event.error) },
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
                    params: {
                      error: 'identityMismatch',
                      reason: 'HELLO does not fit the handshake',
                      byUs: true,
                    },
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
          established: {
            description: 'Both ends know each other.',
            type: 'parallel',
            entry: [
              { type: 'advance', params: { phase: 'established' } },
              { type: 'limitFrames', params: { bytes: FRAME_LIMITS.established } },
              {
                type: 'tell',
                params: ({ context }) => ({
                  type: 'link.established',
                  greeting: known(context.greeting),
                }),
              },
            ],
            exit: {
              type: 'tell',
              params: ({ context }) => ({ type: 'link.lost', connection: context.connection }),
            },
            on: {
              'peer.interest': {
                actions: {
                  type: 'tell',
                  params: ({ context, event }) => ({
                    type: 'interest.changed',
                    connection: context.connection,
                    message: event.message,
                  }),
                },
              },
              'peer.ping': {
                actions: {
                  type: 'send',
                  params: ({ event }) => ({ message: { type: 'PONG', echo: event.message.echo } }),
                },
              },
              'peer.peer-request': {
                actions: {
                  type: 'tell',
                  params: ({ context, event }) => ({
                    type: 'peers.requested',
                    connection: context.connection,
                    max: event.message.max,
                    sample: event.message.sample,
                  }),
                },
              },
              'peers.awaited': { actions: 'awaitPeers' },
              'peer.peer-response': {
                guard: 'awaitsPeers',
                actions: [
                  'receivePeers',
                  {
                    type: 'tell',
                    params: ({ context, event }) => ({
                      type: 'peers.told',
                      connection: context.connection,
                      peers: event.message.peers,
                    }),
                  },
                ],
              },
              // Told before `link.lost`, which has the view look for somebody to call.
              'peer.peer-leave': {
                actions: [
                  {
                    type: 'tell',
                    params: ({ context }) => ({
                      type: 'peer.left',
                      greeting: known(context.greeting),
                    }),
                  },
                  { type: 'drop', params: { reason: 'the peer leaves' } },
                ],
              },
            },
            states: {
              membership: {
                description: 'Is the connection a link of the active view?',
                initial: 'acquainted',
                states: {
                  acquainted: {
                    description: 'Known, but no link: the caller may ask to be a neighbor.',
                    after: {
                      acquaintanceTimeout: {
                        target: '#peer-connection.closing',
                        actions: {
                          type: 'end',
                          params: { error: undefined, reason: 'not needed', byUs: true },
                        },
                      },
                    },
                    on: {
                      'link.activated': 'linked',
                      'peer.neighbor': [
                        {
                          guard: { type: 'mayAsk', params: ({ event }) => event },
                          actions: {
                            type: 'tell',
                            params: ({ context, event }) => ({
                              type: 'neighbor.asked',
                              connection: context.connection,
                              priority: event.message.word === 'high' ? 'high' : 'low',
                            }),
                          },
                        },
                        {
                          guard: { type: 'mayAnswer', params: ({ event }) => event },
                          actions: {
                            type: 'tell',
                            params: ({ context, event }) => ({
                              type: 'neighbor.answered',
                              connection: context.connection,
                              accepted: event.message.word === 'accept',
                            }),
                          },
                        },
                      ],
                    },
                  },
                  linked: {
                    description: 'A link: items flow, joins walk.',
                    on: {
                      'peer.spread': {
                        actions: {
                          type: 'tell',
                          params: ({ context, event }) => ({
                            type: 'items.arrived',
                            connection: context.connection,
                            messages: event.messages,
                          }),
                        },
                      },
                      'peer.have': {
                        actions: {
                          type: 'tell',
                          params: ({ context, event }) => ({
                            type: 'items.offered',
                            connection: context.connection,
                            messages: event.messages,
                          }),
                        },
                      },
                      'peer.want': {
                        actions: {
                          type: 'tell',
                          params: ({ context, event }) => ({
                            type: 'items.wanted',
                            connection: context.connection,
                            messages: event.messages,
                          }),
                        },
                      },
                      'peer.peer-join': {
                        actions: {
                          type: 'tell',
                          params: ({ context, event }) => ({
                            type: 'join.walked',
                            connection: context.connection,
                            peer: event.message.peer,
                            hopsLeft: event.message.hopsLeft,
                          }),
                        },
                      },
                      // Legal, and without effect while every link is eager.
                      'peer.graft': {},
                      'peer.prune': {},
                      'peer.dont-want': {},
                    },
                  },
                },
              },
              liveness: {
                description: 'Does the peer answer?',
                initial: 'quiet',
                states: {
                  quiet: {
                    description: 'Nothing to worry about.',
                    after: { pingInterval: 'pinged' },
                  },
                  pinged: {
                    description: 'A PING is out.',
                    entry: 'ping',
                    after: { pingTimeout: 'suspect' },
                    on: {
                      'peer.pong': {
                        target: 'quiet',
                        actions: { type: 'measure', params: ({ event }) => event.message },
                      },
                    },
                  },
                  suspect: {
                    description: 'The PING went unanswered: a replacement is looked for.',
                    entry: {
                      type: 'tell',
                      params: ({ context }) => ({
                        type: 'link.suspected',
                        connection: context.connection,
                      }),
                    },
                    after: {
                      pingTimeout: {
                        target: '#peer-connection.closing',
                        actions: {
                          type: 'end',
                          params: { error: 'timeout', reason: 'no PONG in time', byUs: true },
                        },
                      },
                    },
                    on: {
                      'peer.pong': {
                        target: 'quiet',
                        actions: { type: 'measure', params: ({ event }) => event.message },
                      },
                    },
                  },
                },
              },
            },
          },
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

const childId = ({ direction, connection }: PeerConnectionInput) =>
  direction === 'inbound'
    ? (`challenger.${connection}` as const)
    : (`prover.${connection}` as const);

const isAsk = (word: NeighborWord): boolean => word === 'low' || word === 'high';

const challengerInput = ({
  settings,
  challenge,
  salt,
}: PeerConnectionContext): ChallengerInput => ({
  challenge: {
    type: 'CHALLENGE',
    version: PROTOCOL_VERSION,
    difficulty: settings.difficulty,
    tls: settings.tls,
    blake3: settings.blake3,
    challenge,
    commitment: commitment(settings.identity, salt),
  },
  answerTimeoutMs: settings.proofTimeoutMs,
});

const proverInput = (context: PeerConnectionContext): ProverInput => ({
  commitment: commitment(context.settings.identity, context.salt),
  ownChallenge: context.challenge,
  ownDifficulty: context.trusted ? 0 : context.settings.difficulty,
  difficultyMax: context.settings.difficultyMax,
  tls: context.settings.tls,
  blake3: context.settings.blake3,
  challengeTimeoutMs: context.settings.challengeTimeoutMs,
  proofTimeoutMs: context.settings.proofTimeoutMs,
});

const helloOf = ({ settings, salt, transcript }: PeerConnectionContext): Hello => ({
  type: 'HELLO',
  identity: settings.identity,
  salt,
  transcript,
  address: settings.listenAddress,
  features: settings.features,
  agent: settings.agent,
});

const isUnspecified = (host: string): boolean => host === '0.0.0.0' || host === '::';

const greetingOf = (context: PeerConnectionContext, hello: Hello): Greeting => ({
  connection: context.connection,
  direction: context.direction,
  purpose: context.purpose,
  identity: hello.identity.toString('hex'),
  remote: context.remote,
  // A peer that does not know its own address listens where it calls from.
  address: isUnspecified(hello.address.host)
    ? {
        family: context.remote.host.includes(':') ? 6 : 4,
        host: context.remote.host,
        port: hello.address.port,
      }
    : hello.address,
});

const known = (greeting: Greeting | undefined): Greeting => {
  if (greeting === undefined) throw new Error('HELLO comes before the link');
  return greeting;
};

const accepted = (output: HandshakeOutput): Accepted => {
  if (output.verdict === 'refused') throw new Error('guarded by handshakeSucceeded');
  return output;
};

const refusal = (output: HandshakeOutput): Refusal =>
  output.verdict === 'refused' ? output.refusal : NO_REASON;

const failure = (error: unknown): Refusal => ({
  error: 'undefined',
  reason: `handshake failed: ${String(error)}`,
  byUs: true,
});
