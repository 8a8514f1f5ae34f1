/**
 * Accepting side of the peer handshake: CHALLENGE -> VERIFY -> OK.
 *
 * We send a puzzle and wait once for its answer; until then the caller costs us a socket and this
 * actor. A good answer is acknowledged, together with the proof that the caller may have asked of
 * us: never a harder one than we asked of it. A bad answer, any other message, a closed connection
 * or silence is refused, and nothing is retried: the caller may connect again.
 */
import { assign, setup } from 'xstate';
import { effect } from '../src/common/effect.js';
import { isProofValid, proofBinding } from '../src/core/puzzle.js';
import type { Challenge, Ok, Verify } from '../src/wire/messages.js';
import type { ConnectionEvent, PeerEvent, PuzzleEvent } from './events.js';
import { NO_REASON, refusalByPeer, type HandshakeOutput, type Refusal } from './handshake.js';

export type ChallengerInput = {
  /** The puzzle to send. Its challenge must be fresh: a proof is the caller's only credential. */
  readonly challenge: Challenge;
  /** How long the caller may take to answer, in milliseconds (`proof_timeout`). */
  readonly answerTimeoutMs: number;
};

type ChallengerContext = ChallengerInput & {
  readonly verify: Verify | undefined;
  readonly ok: Ok | undefined;
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
    solvePuzzle: effect<{ readonly binding: Buffer; readonly difficulty: number }>('solvePuzzle'),
    // Bookkeeping, pure.
    accept: assign((_, { verify }: { readonly verify: Verify }) => ({ verify })),
    acknowledge: assign((_, { nonce }: { readonly nonce: Buffer | undefined }) => ({
      ok: { type: 'OK' as const, nonce },
    })),
    refuse: assign((_, refusal: Refusal) => ({ refusal })),
  },
  guards: {
    proofIsBad: ({ context }, { commitment, nonce }: Verify) =>
      !isProofValid(
        proofBinding(context.challenge.challenge, context.challenge.commitment, commitment),
        nonce,
        context.challenge.difficulty,
      ),
    asksTooMuch: ({ context }, { difficulty }: Verify) => difficulty > context.challenge.difficulty,
    asksProof: (_, { difficulty }: Verify) => difficulty > 0,
  },
  delays: { answerTimeout: ({ context }) => context.answerTimeoutMs },
}).createMachine({
  id: 'challenger',
  description: 'Accepting side of the handshake: challenge -> verify -> ok.',
  context: ({ input }) => ({ ...input, verify: undefined, ok: undefined, refusal: undefined }),
  initial: 'handshaking',
  output: ({ context: { challenge, verify, ok, refusal } }): HandshakeOutput =>
    verify !== undefined && ok !== undefined
      ? { verdict: 'accepted', challenge, verify, ok, peerCommitment: verify.commitment }
      : { verdict: 'refused', refusal: refusal ?? NO_REASON },
  states: {
    handshaking: {
      description: 'The caller has not proved itself yet, or we have not.',
      initial: 'challenging',
      after: {
        answerTimeout: {
          target: 'refused',
          actions: {
            type: 'refuse',
            params: { error: 'timeout', reason: 'no VERIFY in time', byUs: true },
          },
        },
      },
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
                target: '#challenger.accepted',
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
            params: ({ context }) => bindingOf(context.challenge, context.verify),
          },
          on: {
            'puzzle.solved': {
              target: '#challenger.accepted',
              actions: { type: 'acknowledge', params: ({ event }) => event },
            },
          },
        },
      },
    },
    accepted: {
      type: 'final',
      description: 'Both ends have paid what the other asked.',
      entry: {
        type: 'send',
        params: ({ context }) => ({ message: context.ok ?? { type: 'OK', nonce: undefined } }),
      },
    },
    refused: { type: 'final', description: 'Turned away, or gone.' },
  },
});

/** The puzzle that the caller asks of us: the roles are swapped. */
const bindingOf = (challenge: Challenge, verify: Verify | undefined) => ({
  binding:
    verify === undefined
      ? Buffer.alloc(0)
      : proofBinding(verify.challenge, verify.commitment, challenge.commitment),
  difficulty: verify?.difficulty ?? 0,
});
