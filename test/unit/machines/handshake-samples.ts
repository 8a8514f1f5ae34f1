/** Handshakes of the tests: small puzzles, really solved. */
import {
  isProofValid,
  proofBinding,
  type ProofHash,
  type Puzzle,
} from '../../../src/core/puzzle.js';
import {
  NONCE_BYTES,
  PROTOCOL_VERSION,
  type Challenge,
  type Ok,
  type Verify,
} from '../../../src/wire/messages.js';

/** Bits of the puzzles: a solution takes about 256 tries, and a guess is wrong. */
export const DIFFICULTY = 8;

/** Commitments of the calling and of the listening end, and the puzzles that they put. */
export const CALLER = Buffer.alloc(32, 0xca);
export const LISTENER = Buffer.alloc(32, 0x11);
export const CALLERS_CHALLENGE = Buffer.alloc(16, 0xcc);
export const LISTENERS_CHALLENGE = Buffer.alloc(16, 0x1c);

const nonces = (): Buffer[] =>
  Array.from({ length: 10_000 }, (_, number) => {
    const nonce = Buffer.alloc(NONCE_BYTES);
    nonce.writeUInt32BE(number);
    return nonce;
  });

const found = (nonce: Buffer | undefined): Buffer => {
  if (nonce === undefined) throw new Error('no nonce among so many');
  return nonce;
};

/** A nonce that solves the puzzle. */
export const solve = (puzzle: Puzzle): Buffer =>
  found(nonces().find((nonce) => isProofValid(puzzle, nonce)));

/** A nonce that does not. */
export const fail = (puzzle: Puzzle): Buffer =>
  found(nonces().find((nonce) => !isProofValid(puzzle, nonce)));

export const challenge = (changes: Partial<Challenge> = {}): Challenge => ({
  type: 'CHALLENGE',
  version: PROTOCOL_VERSION,
  difficulty: DIFFICULTY,
  tls: false,
  blake3: false,
  challenge: LISTENERS_CHALLENGE,
  commitment: LISTENER,
  ...changes,
});

/** What the caller has to solve, and what it may ask of the listener in return. */
export const callersPuzzle = (hash: ProofHash): Puzzle => ({
  hash,
  difficulty: DIFFICULTY,
  binding: proofBinding(hash, LISTENERS_CHALLENGE, LISTENER, CALLER),
});
export const listenersPuzzle = (hash: ProofHash): Puzzle => ({
  hash,
  difficulty: DIFFICULTY,
  binding: proofBinding(hash, CALLERS_CHALLENGE, CALLER, LISTENER),
});
export const CALLERS_PUZZLE = callersPuzzle('sha256');
export const LISTENERS_PUZZLE = listenersPuzzle('sha256');

export const verify = (changes: Partial<Verify> = {}): Verify => ({
  type: 'VERIFY',
  commitment: CALLER,
  nonce: solve(CALLERS_PUZZLE),
  difficulty: 0,
  challenge: CALLERS_CHALLENGE,
  ...changes,
});

export const ok = (nonce?: Buffer): Ok => ({ type: 'OK', nonce });
