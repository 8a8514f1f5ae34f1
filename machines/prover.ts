/**
 * Calling side of the peer handshake: waits for the CHALLENGE, has it solved, sends VERIFY, waits
 * for the OK and, if it asked for one, checks the listener's own proof. Where our settings have TLS
 * it then begins that, and has succeeded only when the listener's certificate has proven an
 * identity.
 *
 * It follows its own settings: a listener of another version, that asks more work than
 * `difficulty_max`, or that wants another transport or hash than ours, is refused, never obeyed.
 */
import { assign, sendParent, setup } from 'xstate';
import { effect } from '../src/common/effect.js';
import { isProofValid, proofBinding, proofHash, type Puzzle } from '../src/core/puzzle.js';
import { PROTOCOL_VERSION, type Challenge, type Ok, type Verify } from '../src/wire/messages.js';
import type { ConnectionEvent, PeerEvent, PuzzleEvent } from './events.js';
import {
  NO_REASON,
  refusalByPeer,
  unproven,
  type HandshakeOutput,
  type Refusal,
} from './handshake.js';

export type ProverInput = {
  /** Our commitment for this connection, 32 B. */
  readonly commitment: Buffer;
  /** The challenge that we put to the listener, 16 B, fresh. */
  readonly ownChallenge: Buffer;
  /** Leading zero bits that we ask of the listener; 0 asks for no proof. */
  readonly ownDifficulty: number;
  /** The hardest proof that we give, in leading zero bits. */
  readonly difficultyMax: number;
  /** Our config says TLS; the listener must say so too. */
  readonly tls: boolean;
  /** Our config says BLAKE3; the listener must say so too. */
  readonly blake3: boolean;
  readonly challengeTimeoutMs: number;
  /** For our own solving and, when we ask for a proof, for the listener's. */
  readonly proofTimeoutMs: number;
  /** For TLS to begin. */
  readonly securingTimeoutMs: number;
};

type ProverContext = ProverInput & {
  readonly challenge: Challenge | undefined;
  readonly verify: Verify | undefined;
  readonly ok: Ok | undefined;
  readonly peerIdentity: Buffer | undefined;
  readonly refusal: Refusal | undefined;
};

export const proverMachine = setup({
  types: {} as {
    input: ProverInput;
    context: ProverContext;
    events: PeerEvent | ConnectionEvent | PuzzleEvent;
    output: HandshakeOutput;
  },
  actions: {
    // Effects, provided by the runner.
    send: effect<{ readonly message: Verify }>('send'),
    solvePuzzle: effect<Puzzle>('solvePuzzle'),
    // Begins TLS, of which we are the client.
    secure: effect<undefined>('secure'),
    // Messages to other actors.
    tellProved: sendParent({ type: 'handshake.proved' }),
    // Bookkeeping, pure.
    take: assign((_, { message }: { readonly message: Challenge }) => ({ challenge: message })),
    answer: assign(({ context }, { nonce }: { readonly nonce: Buffer }) => ({
      verify: {
        type: 'VERIFY' as const,
        commitment: context.commitment,
        nonce,
        difficulty: context.ownDifficulty,
        challenge: context.ownChallenge,
      },
    })),
    accept: assign((_, { message }: { readonly message: Ok }) => ({ ok: message })),
    identify: assign((_, { identity }: { readonly identity: Buffer }) => ({
      peerIdentity: identity,
    })),
    refuse: assign((_, refusal: Refusal) => ({ refusal })),
  },
  guards: {
    versionIsOther: (_, { version }: Challenge) => version !== PROTOCOL_VERSION,
    asksTooMuch: ({ context }, { difficulty }: Challenge) => difficulty > context.difficultyMax,
    wantsOtherModes: ({ context }, { tls, blake3 }: Challenge) =>
      tls !== context.tls || blake3 !== context.blake3,
    proofIsBad: ({ context }, { nonce }: Ok) => !ownPuzzleIsSolved(context, nonce),
    tlsFollows: ({ context }) => context.tls,
  },
  delays: {
    challengeTimeout: ({ context }) => context.challengeTimeoutMs,
    proofTimeout: ({ context }) => context.proofTimeoutMs,
    securingTimeout: ({ context }) => context.securingTimeoutMs,
  },
}).createMachine({
  id: 'prover',
  description: 'Calling side of the handshake: challenge -> verify -> ok.',
  context: ({ input }) => ({
    ...input,
    challenge: undefined,
    verify: undefined,
    ok: undefined,
    peerIdentity: undefined,
    refusal: undefined,
  }),
  initial: 'handshaking',
  output: ({ context }): HandshakeOutput => outcome(context),
  states: {
    handshaking: {
      description: 'We have not proved ourselves yet, or the listener has not.',
      initial: 'listening',
      on: {
        'connection.closed': {
          target: 'refused',
          actions: {
            type: 'refuse',
            params: ({ event }) => ({ error: undefined, reason: event.reason, byUs: false }),
          },
        },
        'peer.error': {
          target: 'refused',
          actions: { type: 'refuse', params: ({ event }) => refusalByPeer(event.message) },
        },
        'peer.*': {
          target: 'refused',
          actions: {
            type: 'refuse',
            params: ({ event }) => ({
              error: 'protocolViolation',
              reason: `${event.type} out of turn`,
              byUs: true,
            }),
          },
        },
      },
      states: {
        listening: {
          description: 'The listener speaks first.',
          after: {
            challengeTimeout: {
              target: '#prover.refused',
              actions: {
                type: 'refuse',
                params: { error: 'timeout', reason: 'no CHALLENGE in time', byUs: true },
              },
            },
          },
          on: {
            'peer.challenge': [
              {
                guard: { type: 'versionIsOther', params: ({ event }) => event.message },
                target: '#prover.refused',
                actions: {
                  type: 'refuse',
                  params: ({ event }) => ({
                    error: 'version',
                    reason: `speaks version ${event.message.version}`,
                    byUs: true,
                  }),
                },
              },
              {
                guard: { type: 'asksTooMuch', params: ({ event }) => event.message },
                target: '#prover.refused',
                actions: {
                  type: 'refuse',
                  params: ({ event }) => ({
                    error: 'difficultyRefused',
                    reason: `asks for ${event.message.difficulty} bits`,
                    byUs: true,
                  }),
                },
              },
              {
                guard: { type: 'wantsOtherModes', params: ({ event }) => event.message },
                target: '#prover.refused',
                actions: {
                  type: 'refuse',
                  params: ({ context, event }) => ({
                    error: 'invalidRequest',
                    reason: differenceOf(context, event.message),
                    byUs: true,
                  }),
                },
              },
              {
                target: 'solving',
                actions: { type: 'take', params: ({ event }) => event },
              },
            ],
          },
        },
        solving: {
          description: 'The puzzle of this connection is being solved, off the event loop.',
          entry: {
            type: 'solvePuzzle',
            params: ({ context }) => puzzleOf(context.challenge, context.commitment),
          },
          after: {
            proofTimeout: {
              target: '#prover.refused',
              actions: {
                type: 'refuse',
                params: { error: 'timeout', reason: 'the puzzle took too long', byUs: true },
              },
            },
          },
          on: {
            'puzzle.solved': {
              target: 'answered',
              actions: { type: 'answer', params: ({ event }) => event },
            },
          },
        },
        answered: {
          description: 'VERIFY is out; the listener checks it and solves ours, if we asked.',
          entry: { type: 'send', params: ({ context }) => ({ message: sent(context.verify) }) },
          after: {
            proofTimeout: {
              target: '#prover.refused',
              actions: {
                type: 'refuse',
                params: { error: 'timeout', reason: 'no OK in time', byUs: true },
              },
            },
          },
          on: {
            'peer.ok': [
              {
                guard: { type: 'proofIsBad', params: ({ event }) => event.message },
                target: '#prover.refused',
                actions: {
                  type: 'refuse',
                  params: { error: 'badProof', reason: 'the listener has no proof', byUs: true },
                },
              },
              {
                target: 'acknowledged',
                actions: { type: 'accept', params: ({ event }) => event },
              },
            ],
          },
        },
        acknowledged: {
          description: 'Both have paid.',
          always: [{ guard: 'tlsFollows', target: 'securing' }, { target: '#prover.accepted' }],
        },
        securing: {
          description: 'TLS begins on the same socket; we are its client.',
          entry: ['secure', 'tellProved'],
          after: {
            securingTimeout: {
              target: '#prover.refused',
              actions: {
                type: 'refuse',
                params: { error: 'timeout', reason: 'no TLS in time', byUs: true },
              },
            },
          },
          on: {
            'connection.secured': {
              target: '#prover.accepted',
              actions: { type: 'identify', params: ({ event }) => event },
            },
            'connection.unsecured': {
              target: '#prover.refused',
              actions: {
                type: 'refuse',
                params: ({ event: { reason } }) => unproven(reason),
              },
            },
          },
        },
      },
    },
    accepted: {
      type: 'final',
      description: 'Both ends have paid what the other asked, and proven who they are.',
    },
    refused: { type: 'final', description: 'No link will come of this connection.' },
  },
});

const outcome = ({ challenge, verify, ok, peerIdentity, refusal }: ProverContext) =>
  challenge !== undefined && verify !== undefined && ok !== undefined && refusal === undefined
    ? {
        verdict: 'accepted' as const,
        challenge,
        verify,
        ok,
        peerCommitment: challenge.commitment,
        peerIdentity,
      }
    : { verdict: 'refused' as const, refusal: refusal ?? NO_REASON };

/** What the listener wants otherwise than our settings do. */
const differenceOf = (ours: ProverInput, theirs: Challenge): string => {
  if (theirs.tls !== ours.tls) {
    return theirs.tls ? 'wants TLS, which we do not' : 'wants a link without TLS';
  }
  return `wants proofs with ${theirs.blake3 ? 'BLAKE3' : 'SHA-256'}, which we do not`;
};

const puzzleOf = (challenge: Challenge | undefined, commitment: Buffer): Puzzle => {
  if (challenge === undefined) throw new Error('a puzzle is solved after it came');
  const hash = proofHash(challenge);
  const { difficulty } = challenge;
  const binding = proofBinding(hash, challenge.challenge, challenge.commitment, commitment);
  return { hash, difficulty, binding };
};

/** True when we asked for nothing, or the listener's nonce answers what we asked. */
const ownPuzzleIsSolved = (
  { challenge, commitment, ownChallenge, ownDifficulty }: ProverContext,
  nonce: Buffer | undefined,
): boolean => {
  if (ownDifficulty === 0) return true;
  if (challenge === undefined || nonce === undefined) return false;
  const hash = proofHash(challenge);
  const binding = proofBinding(hash, ownChallenge, commitment, challenge.commitment);
  return isProofValid({ hash, binding, difficulty: ownDifficulty }, nonce);
};

const sent = (verify: Verify | undefined): Verify => {
  if (verify === undefined) throw new Error('the answer is sent after it was made');
  return verify;
};
