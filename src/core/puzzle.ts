/**
 * The proof of work of the handshake (protocol design page, "Handshake", 2). A proof belongs to one
 * challenge and to one pair of commitments, in their roles: it is worth nothing on any other
 * connection. Checking one takes two hashes; finding one takes 2^difficulty on average.
 */
import { hash } from 'node:crypto';
import { blake3 } from '@noble/hashes/blake3.js';
import { NONCE_BYTES } from '../wire/messages.js';
import { sha256 } from '../wire/sha256.js';

/** What proofs are made with: the same at both ends of a link, by flag bit 1 of CHALLENGE. */
export type ProofHash = 'sha256' | 'blake3';

/** What a nonce is looked for. */
export type Puzzle = {
  readonly hash: ProofHash;
  /** 32 B, by which the puzzle belongs to one connection: `proofBinding`. */
  readonly binding: Buffer;
  /** Leading zero bits. */
  readonly difficulty: number;
};

const TAG = Buffer.from('hearsay/1/proof', 'ascii');
const BINDING_BYTES = 32;
const NONCE_AT = 56;

/** What a proof hashes: binding 32 B, 24 zero bytes, nonce 8 B. */
export const PROOF_MESSAGE_BYTES = 64;

/** The hash that a CHALLENGE names. */
export const proofHash = ({ blake3: isBlake3 }: { readonly blake3: boolean }): ProofHash =>
  isBlake3 ? 'blake3' : 'sha256';

/**
 * The hash of "hearsay/1/proof" || challenge 16 B || challenger's commitment 32 B || prover's 32 B.
 * The listener challenges the caller first; when the caller asks for a proof in return, it is the
 * challenger, and its own challenge and commitment come first.
 */
export const proofBinding = (
  hashName: ProofHash,
  challenge: Buffer,
  challengerCommitment: Buffer,
  proverCommitment: Buffer,
): Buffer => {
  const bound = Buffer.concat([TAG, challenge, challengerCommitment, proverCommitment]);
  return hashName === 'blake3' ? Buffer.from(blake3(bound)) : sha256(bound);
};

/** The 64 bytes that a proof hashes: binding || 24 zero bytes || nonce. */
export const proofMessage = (binding: Buffer, nonce: Buffer): Buffer => {
  const message = Buffer.alloc(PROOF_MESSAGE_BYTES);
  message.set(binding, 0);
  message.set(nonce, NONCE_AT);
  return message;
};

/** Zero bits before the first one bit; 8 for each byte when all are zero. */
export const leadingZeroBits = (digest: Buffer): number => {
  const index = digest.findIndex((byte) => byte !== 0);
  // clz32 counts from 32 bits, of which a byte has the last 8.
  return index === -1 ? 8 * digest.length : 8 * index + Math.clz32(digest[index] ?? 0) - 24;
};

/**
 * True when the hash of the proof message begins with as many zero bits as the puzzle asks. A nonce
 * or binding of another length proves nothing. The work is the same whatever the peer sent.
 */
export const isProofValid = (puzzle: Puzzle, nonce: Buffer): boolean =>
  puzzle.binding.length === BINDING_BYTES &&
  nonce.length === NONCE_BYTES &&
  isGoodMessage(proofMessage(puzzle.binding, nonce), puzzle);

/** The same for the 64 bytes of `proofMessage`. */
const isGoodMessage = (message: Buffer, { hash: hashName, difficulty }: Puzzle): boolean => {
  if (hashName === 'blake3') return leadingZeroBits(Buffer.from(blake3(message))) >= difficulty;
  // The digest comes in half the time as text.
  const digest = hash('sha256', message, 'binary');
  let zeroBytes = 0;
  while (digest.charCodeAt(zeroBytes) === 0) zeroBytes += 1;
  const more = zeroBytes === digest.length ? 0 : Math.clz32(digest.charCodeAt(zeroBytes)) - 24;
  return 8 * zeroBytes + more >= difficulty;
};

/** Counts up from `start` to a nonce that proves; for the few bits that a simulator asks for. */
export const searchNonce = (puzzle: Puzzle, start: Buffer): Buffer => {
  const message = proofMessage(puzzle.binding, start);
  const nonce = message.subarray(NONCE_AT);
  const lowAt = NONCE_BYTES - 4;
  for (let low = nonce.readUInt32BE(lowAt); !isGoodMessage(message, puzzle);) {
    low = (low + 1) >>> 0;
    nonce.writeUInt32BE(low, lowAt);
  }
  return Buffer.from(nonce);
};
