import { createHash } from 'node:crypto';
import {
  isProofValid,
  leadingZeroBits,
  proofBinding,
  proofMessage,
} from '../../../src/core/puzzle.js';

const DIFFICULTY = 12;
const challenge = Buffer.alloc(16, 0x11);
const listener = Buffer.alloc(32, 0x22);
const caller = Buffer.alloc(32, 0x33);
const binding = proofBinding(challenge, listener, caller);

/** The nonce's digest as a string of bits, by the words of the protocol page. */
const bitsOf = (bound: Buffer, nonce: Buffer): string =>
  [...createHash('sha256').update(bound).update(Buffer.alloc(24)).update(nonce).digest()]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');

const solve = (bound: Buffer, difficulty: number): Buffer => {
  const nonce = Buffer.alloc(8);
  while (!bitsOf(bound, nonce).startsWith('0'.repeat(difficulty))) {
    nonce.writeUInt32BE(nonce.readUInt32BE(4) + 1, 4);
  }
  return nonce;
};

const nonce = solve(binding, DIFFICULTY);

describe('puzzle', () => {
  it.each([
    ['80', 0],
    ['7f', 1],
    ['01', 7],
    ['00ff', 8],
    ['0000001f', 27],
    ['0000', 16],
    ['', 0],
  ])('finds in %s that many leading zero bits: %i', (digest, bits) => {
    expect(leadingZeroBits(Buffer.from(digest, 'hex'))).toBe(bits);
  });

  it('binds a proof to tag, challenge and both commitments in their roles', () => {
    const expected = createHash('sha256')
      .update('hearsay/1/proof')
      .update(challenge)
      .update(listener)
      .update(caller)
      .digest();
    expect(binding).toEqual(expected);
  });

  it('hashes exactly 64 bytes: binding, 24 zeros, nonce', () => {
    expect(proofMessage(binding, nonce)).toEqual(Buffer.concat([binding, Buffer.alloc(24), nonce]));
  });

  it('judges nonces as the formula does, at every difficulty', () => {
    const tried = Buffer.alloc(8);
    for (let attempt = 0; attempt < 2_000; attempt += 1) {
      tried.writeUInt32BE(attempt, 4);
      const zeros = bitsOf(binding, tried).indexOf('1');
      expect(isProofValid(binding, tried, zeros)).toBe(true);
      expect(isProofValid(binding, tried, zeros + 1)).toBe(false);
    }
  });

  it('accepts a proof with as many bits as asked', () => {
    expect(isProofValid(binding, nonce, DIFFICULTY)).toBe(true);
    expect(isProofValid(binding, nonce, 0)).toBe(true);
  });

  it('accepts no proof for another challenge', () => {
    const other = proofBinding(Buffer.alloc(16, 0x12), listener, caller);
    expect(isProofValid(other, nonce, DIFFICULTY)).toBe(false);
  });

  it('accepts no proof of another caller, or for another listener', () => {
    const stranger = Buffer.alloc(32, 0x44);
    expect(isProofValid(proofBinding(challenge, listener, stranger), nonce, DIFFICULTY)).toBe(
      false,
    );
    expect(isProofValid(proofBinding(challenge, stranger, caller), nonce, DIFFICULTY)).toBe(false);
  });

  it('accepts no proof with the roles swapped', () => {
    const swapped = proofBinding(challenge, caller, listener);
    expect(isProofValid(swapped, nonce, DIFFICULTY)).toBe(false);
  });

  it('accepts no nonce and no binding of another length', () => {
    expect(isProofValid(binding, Buffer.alloc(7), 0)).toBe(false);
    expect(isProofValid(binding, Buffer.alloc(9), 0)).toBe(false);
    expect(isProofValid(binding.subarray(1), nonce, 0)).toBe(false);
  });
});
