/**
 * What the peer-connection machine is made of: its settings, context, effects, bookkeeping, guards
 * and delays. When they are used is told by `../peer-connection.ts`.
 */
import { assign, enqueueActions, raise, sendParent, sendTo, setup, stopChild } from 'xstate';
import type { DoneActorEvent, ErrorActorEvent } from 'xstate';
import type { DialAddress } from '../../src/common/address.js';
import { effect } from '../../src/common/effect.js';
import type { LinkDirection, LinkPurpose } from '../../src/core/active-view.js';
import { commitment } from '../../src/wire/commitment.js';
import {
  PROTOCOL_VERSION,
  type DontWant,
  type Graft,
  type Have,
  type Hello,
  type Neighbor,
  type NeighborWord,
  type PeerAddress,
  type PeerMessage,
  type Prune,
  type Want,
} from '../../src/wire/messages.js';
import { transcriptHash } from '../../src/wire/transcript.js';
import { challengerMachine, type ChallengerInput } from '../challenger.js';
import type {
  AdmissionEvent,
  ConnectionEnd,
  ConnectionEvent,
  Greeting,
  HandshakeEvent,
  ItemEvent,
  LinkEvent,
  PeerEvent,
  PuzzleEvent,
} from '../events.js';
import { NO_REASON, type HandshakeOutput, type Refusal } from '../handshake.js';
import { proverMachine, type ProverInput } from '../prover.js';
/** What every peer connection of this daemon has in common. Times in milliseconds. */
export type PeerSettings = {
  /** Our identity, 32 B. */
  readonly identity: Buffer;
  /** Where we listen, as told in HELLO. An unspecified host: as the peer sees us. */
  readonly listenAddress: PeerAddress;
  readonly agent: string;
  readonly features: number;
  readonly difficultyMax: number;
  /** TLS follows OK, on every connection or on none. */
  readonly tls: boolean;
  /** BLAKE3 in place of SHA-256 in proofs. */
  readonly blake3: boolean;
  /** For CHALLENGE to arrive: 5 s (protocol page, "Deadlines"). */
  readonly challengeTimeoutMs: number;
  readonly proofTimeoutMs: number;
  /** For TLS to begin: 10 s (protocol page, "Deadlines"). */
  readonly securingTimeoutMs: number;
  /** For HELLO: 10 s (protocol page, "Deadlines"). */
  readonly greetingTimeoutMs: number;
  /** An established connection that does not become a link ends after this; our guess, 10 s. */
  readonly acquaintanceTimeoutMs: number;
  readonly pingIntervalMs: number;
  /** Silence after a PING that makes a link suspect, and again that ends it. */
  readonly pingTimeoutMs: number;
};

/**
 * Who was called waits for this many intervals, so that one end pings and the other answers: in an
 * idle network PING and PONG are nearly half of all messages (measured). Our guess.
 */
const CALLED_PATIENCE = 1.25;

export type PeerConnectionInput = {
  readonly settings: PeerSettings;
  readonly connection: number;
  readonly direction: LinkDirection;
  readonly purpose: LinkPurpose;
  readonly remote: DialAddress;
  /** True: named in our config, so that no proof is asked of it. */
  readonly trusted: boolean;
  /** Leading zero bits that we ask of the peer, unless it is trusted. */
  readonly difficulty: number;
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
  /** What the peer's certificate proved; undefined without TLS. */
  readonly peerIdentity: Buffer | undefined;
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
  | HandshakeEvent
  | AdmissionEvent
  | Done<'challenger'>
  | Done<'prover'>
  | Failed<'challenger'>
  | Failed<'prover'>;

type Accepted = Extract<HandshakeOutput, { verdict: 'accepted' }>;

export const NOTHING = Buffer.alloc(0);

export const peerConnectionSetup = setup({
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
    // What is said about items, but for the items themselves, concerns this link alone.
    heedOffers: effect<{ readonly messages: readonly Have[] }>('heedOffers'),
    serve: effect<{ readonly messages: readonly Want[] }>('serve'),
    spare: effect<{ readonly messages: readonly DontWant[] }>('spare'),
    graft: effect<Omit<Graft, 'type'>>('graft'),
    prune: effect<Omit<Prune, 'type'>>('prune'),
    ping: effect<undefined>('ping'),
    // Unless it asks too often.
    answerPing: effect<{ readonly echo: Buffer }>('answerPing'),
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
    recognize: assign((_, { challenge, verify, ok, peerCommitment, peerIdentity }: Accepted) => ({
      transcript: transcriptHash(challenge, verify, ok),
      peerCommitment,
      peerIdentity,
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
      lieOf(context, message) === undefined,
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
    signInterval: ({ context }) =>
      context.settings.pingIntervalMs * (context.direction === 'inbound' ? CALLED_PATIENCE : 1),
    pingTimeout: ({ context }) => context.settings.pingTimeoutMs,
  },
}).extend({
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
});

/** What is wrong with a HELLO: with the handshake, the proof of work or the certificate. */
export const lieOf = (
  { settings, transcript, peerCommitment, peerIdentity }: PeerConnectionContext,
  hello: Hello,
): string | undefined => {
  if (!hello.transcript.equals(transcript)) return 'HELLO tells of another handshake';
  if (!commitment(hello.identity, hello.salt).equals(peerCommitment)) {
    return 'HELLO shows another identity than the commitment';
  }
  // Without TLS nobody has shown a certificate, and nothing is proven.
  return settings.tls && peerIdentity?.equals(hello.identity) !== true
    ? 'HELLO shows another identity than the certificate proves'
    : undefined;
};

const childId = ({ direction, connection }: PeerConnectionInput) =>
  direction === 'inbound'
    ? (`challenger.${connection}` as const)
    : (`prover.${connection}` as const);

const isAsk = (word: NeighborWord): boolean => word === 'low' || word === 'high';

const challengerInput = ({
  settings,
  difficulty,
  challenge,
  salt,
}: PeerConnectionContext): ChallengerInput => ({
  challenge: {
    type: 'CHALLENGE',
    version: PROTOCOL_VERSION,
    difficulty,
    tls: settings.tls,
    blake3: settings.blake3,
    challenge,
    commitment: commitment(settings.identity, salt),
  },
  answerTimeoutMs: settings.proofTimeoutMs,
  securingTimeoutMs: settings.securingTimeoutMs,
});

const proverInput = (context: PeerConnectionContext): ProverInput => ({
  commitment: commitment(context.settings.identity, context.salt),
  ownChallenge: context.challenge,
  ownDifficulty: context.trusted ? 0 : context.difficulty,
  difficultyMax: context.settings.difficultyMax,
  tls: context.settings.tls,
  blake3: context.settings.blake3,
  challengeTimeoutMs: context.settings.challengeTimeoutMs,
  proofTimeoutMs: context.settings.proofTimeoutMs,
  securingTimeoutMs: context.settings.securingTimeoutMs,
});

export const helloOf = ({ settings, salt, transcript }: PeerConnectionContext): Hello => ({
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

export const known = (greeting: Greeting | undefined): Greeting => {
  if (greeting === undefined) throw new Error('HELLO comes before the link');
  return greeting;
};

export const accepted = (output: HandshakeOutput): Accepted => {
  if (output.verdict === 'refused') throw new Error('guarded by handshakeSucceeded');
  return output;
};

export const refusal = (output: HandshakeOutput): Refusal =>
  output.verdict === 'refused' ? output.refusal : NO_REASON;

export const failure = (error: unknown): Refusal => ({
  error: 'undefined',
  reason: `handshake failed: ${String(error)}`,
  byUs: true,
});
