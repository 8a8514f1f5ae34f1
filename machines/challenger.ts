/**
 * Accepting side of the peer handshake: CHALLENGE -> VERIFY -> OK, then TLS if CHALLENGE says so.
 *
 * We send a puzzle and wait once for its answer; until then the caller costs us a socket and this
 * actor. A good answer is acknowledged, together with the proof that the caller may have asked of
 * us: never a harder one than we asked of it. With TLS nothing of ours leaves in the clear behind
 * OK, and the handshake has succeeded only when the caller's certificate has proven an identity. A
 * bad answer, any other message, a closed connection or silence is refused, and nothing is retried:
 * the caller may connect again.
 */
import { assign, sendParent, setup } from 'xstate';
import { effect } from '../src/common/effect.js';
import { isProofValid, proofBinding, proofHash, type Puzzle } from '../src/core/puzzle.js';
import type { Challenge, Ok, Verify } from '../src/wire/messages.js';
import type { ConnectionEvent, PeerEvent, PuzzleEvent } from './events.js';
import {
  NO_REASON,
  refusalByPeer,
  unproven,
  type HandshakeOutput,
  type Refusal,
} from './handshake.js';

export type ChallengerInput = {
  /** The puzzle to send. Its challenge must be fresh: a proof is the caller's only credential. */
  readonly challenge: Challenge;
  /** How long the caller may take to answer, in milliseconds (`proof_timeout`). */
  readonly answerTimeoutMs: number;
  /** How long TLS may take to begin, in milliseconds. */
  readonly securingTimeoutMs: number;
};

type ChallengerContext = ChallengerInput & {
  readonly verify: Verify | undefined;
  readonly ok: Ok | undefined;
  readonly peerIdentity: Buffer | undefined;
  readonly refusal: Refusal | undefined;
};

export const challengerMachine = setup({
  types: {} as {
    input: ChallengerInput;
    context: ChallengerContext;
    events: PeerEvent | ConnectionEvent | PuzzleEvent;
    output: HandshakeOutput;
  },
  actions: {
    // Effects, provided by the runner.
    send: effect<{ readonly message: Challenge | Ok }>('send'),
    solvePuzzle: effect<Puzzle>('solvePuzzle'),
    // Begins TLS, of which we are the server; nothing is sent in the clear from now on.
    secure: effect<undefined>('secure'),
    // Messages to other actors.
    tellProved: sendParent({ type: 'handshake.proved' }),
    // Bookkeeping, pure.
    accept: assign((_, { verify }: { readonly verify: Verify }) => ({ verify })),
    acknowledge: assign((_, { nonce }: { readonly nonce: Buffer | undefined }) => ({
      ok: { type: 'OK' as const, nonce },
    })),
    identify: assign((_, { identity }: { readonly identity: Buffer }) => ({
      peerIdentity: identity,
    })),
    refuse: assign((_, refusal: Refusal) => ({ refusal })),
  },
  guards: {
    proofIsBad: ({ context }, verify: Verify) =>
      !isProofValid(callersPuzzle(context.challenge, verify), verify.nonce),
    asksTooMuch: ({ context }, { difficulty }: Verify) => difficulty > context.challenge.difficulty,
    asksProof: (_, { difficulty }: Verify) => difficulty > 0,
    tlsFollows: ({ context }) => context.challenge.tls,
  },
  delays: {
    answerTimeout: ({ context }) => context.answerTimeoutMs,
    securingTimeout: ({ context }) => context.securingTimeoutMs,
  },
}).createMachine({
  id: 'challenger',
  description: 'Accepting side of the handshake: challenge -> verify -> ok.',
  context: ({ input }) => ({
    ...input,
    verify: undefined,
    ok: undefined,
    peerIdentity: undefined,
    refusal: undefined,
  }),
  initial: 'handshaking',
  output: ({ context: { challenge, verify, ok, peerIdentity, refusal } }): HandshakeOutput =>
    verify !== undefined && ok !== undefined && refusal === undefined
      ? {
          verdict: 'accepted',
          challenge,
          verify,
          ok,
          peerCommitment: verify.commitment,
          peerIdentity,
        }
      : { verdict: 'refused', refusal: refusal ?? NO_REASON },
  states: {
    handshaking: {
      description: 'The caller may still turn out to be nobody whom we want to know.',
      initial: 'paying',
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
          actions: {
            type: 'refuse',
            params: ({ event }) => refusalByPeer(event.message),
          },
        },
        'peer.*': {
          target: 'refused',
          actions: {
            type: 'refuse',
            params: ({ event }) => ({
              error: 'protocolViolation',
              reason: `${event.type} instead of VERIFY`,
              byUs: true,
            }),
          },
        },
      },
      states: {
        paying: {
          description: 'The caller has not proved its work yet, or we have not.',
          initial: 'challenging',
          after: {
            answerTimeout: {
              target: '#challenger.refused',
              actions: {
                type: 'refuse',
                params: { error: 'timeout', reason: 'no VERIFY in time', byUs: true },
              },
            },
          },
          states: {
            challenging: {
              description: 'The puzzle is out; one answer is awaited.',
              entry: { type: 'send', params: ({ context }) => ({ message: context.challenge }) },
              on: {
                'peer.verify': [
                  {
                    guard: { type: 'proofIsBad', params: ({ event }) => event.message },
                    target: '#challenger.refused',
                    actions: {
                      type: 'refuse',
                      params: { error: 'badProof', reason: 'the proof is wrong', byUs: true },
                    },
                  },
                  {
                    guard: { type: 'asksTooMuch', params: ({ event }) => event.message },
                    target: '#challenger.refused',
                    actions: {
                      type: 'refuse',
                      params: {
                        error: 'difficultyRefused',
                        reason: 'asks a harder proof than it gave',
                        byUs: true,
                      },
                    },
                  },
                  {
                    guard: { type: 'asksProof', params: ({ event }) => event.message },
                    target: 'solving',
                    actions: { type: 'accept', params: ({ event }) => ({ verify: event.message }) },
                  },
                  {
                    target: '#challenger.handshaking.acknowledging',
                    actions: [
                      { type: 'accept', params: ({ event }) => ({ verify: event.message }) },
                      { type: 'acknowledge', params: { nonce: undefined } },
                    ],
                  },
                ],
              },
            },
            solving: {
              description: 'The caller has paid; now we solve the puzzle that it asked of us.',
              entry: {
                type: 'solvePuzzle',
                params: ({ context }) => ownPuzzle(context.challenge, context.verify),
              },
              on: {
                'puzzle.solved': {
                  target: '#challenger.handshaking.acknowledging',
                  actions: { type: 'acknowledge', params: ({ event }) => event },
                },
              },
            },
          },
        },
        acknowledging: {
          description: 'Both have paid: OK leaves.',
          entry: {
            type: 'send',
            params: ({ context }) => ({ message: context.ok ?? { type: 'OK', nonce: undefined } }),
          },
          always: [{ guard: 'tlsFollows', target: 'securing' }, { target: '#challenger.accepted' }],
        },
        securing: {
          description: 'TLS begins on the same socket; we are its server.',
          entry: ['secure', 'tellProved'],
          after: {
            securingTimeout: {
              target: '#challenger.refused',
              actions: {
                type: 'refuse',
                params: { error: 'timeout', reason: 'no TLS in time', byUs: true },
              },
            },
          },
          on: {
            'connection.secured': {
              target: '#challenger.accepted',
              actions: { type: 'identify', params: ({ event }) => event },
            },
            'connection.unsecured': {
              target: '#challenger.refused',
              actions: {
                type: 'refuse',
                params: ({ event: { reason } }) => unproven(reason),
              },
            },
            'peer.*': {
              target: '#challenger.refused',
              actions: {
                type: 'refuse',
                params: ({ event }) => unproven(`${event.type} in the clear instead of TLS`),
              },
            },
            // What the caller thinks of our own proof: the one thing that it may say in the clear.
            'peer.error': {
              target: '#challenger.refused',
              actions: {
                type: 'refuse',
                params: ({ event }) => refusalByPeer(event.message),
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
    refused: { type: 'final', description: 'Turned away, or gone.' },
  },
});

/** The puzzle that we put to the caller. */
const callersPuzzle = (challenge: Challenge, { commitment }: Verify): Puzzle => {
  const hash = proofHash(challenge);
  const { difficulty } = challenge;
  const binding = proofBinding(hash, challenge.challenge, challenge.commitment, commitment);
  return { hash, difficulty, binding };
};

/** The puzzle that the caller asks of us: the roles are swapped. */
const ownPuzzle = (challenge: Challenge, verify: Verify | undefined): Puzzle => {
  const hash = proofHash(challenge);
  if (verify === undefined) return { hash, difficulty: 0, binding: Buffer.alloc(0) };
  const { difficulty } = verify;
  const binding = proofBinding(hash, verify.challenge, verify.commitment, challenge.commitment);
  return { hash, difficulty, binding };
};
