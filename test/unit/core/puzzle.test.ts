import { createHash } from 'node:crypto';
import { createBLAKE3, type IHasher } from 'hash-wasm';
import {
  isProofValid,
  leadingZeroBits,
  proofBinding,
  proofHash,
  proofMessage,
  type ProofHash,
} from '../../../src/core/puzzle.js';

const DIFFICULTY = 12;
const challenge = Buffer.alloc(16, 0x11);
const listener = Buffer.alloc(32, 0x22);
const caller = Buffer.alloc(32, 0x33);

let wasm: IHasher;
beforeAll(async () => {
  wasm = await createBLAKE3();
});

/** By other code than the rule's own. */
const digestOf = (hash: ProofHash, ...parts: Buffer[]): Buffer =>
  hash === 'sha256'
    ? createHash('sha256').update(Buffer.concat(parts)).digest()
    : Buffer.from(wasm.init().update(Buffer.concat(parts)).digest('binary'));

/** The nonce's digest as a string of bits, by the words of the protocol page. */
const bitsOf = (hash: ProofHash, bound: Buffer, nonce: Buffer): string =>
  [...digestOf(hash, bound, Buffer.alloc(24), nonce)]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');

const solve = (hash: ProofHash, bound: Buffer, difficulty: number): Buffer => {
  const nonce = Buffer.alloc(8);
  while (!bitsOf(hash, bound, nonce).startsWith('0'.repeat(difficulty))) {
    nonce.writeUInt32BE(nonce.readUInt32BE(4) + 1, 4);
  }
  return nonce;
};

describe('leadingZeroBits', () => {
  it.each([
    ['80', 0],
    ['7f', 1],
    ['01', 7],
    ['00ff', 8],
    ['0000001f', 27],
    ['0000', 16],
    ['', 0],
  ])('finds in %s that many: %i', (digest, bits) => {
    expect(leadingZeroBits(Buffer.from(digest, 'hex'))).toBe(bits);
  });
});

describe('proofHash', () => {
  it('is what the flag of a CHALLENGE says', () => {
    expect([proofHash({ blake3: false }), proofHash({ blake3: true })]).toEqual([
      'sha256',
      'blake3',
    ]);
  });
});

describe.each(['sha256', 'blake3'] as const)('a puzzle with %s', (hash) => {
  const binding = proofBinding(hash, challenge, listener, caller);
  const puzzle = { hash, binding, difficulty: DIFFICULTY };
  let nonce: Buffer;
  beforeAll(() => {
    nonce = solve(hash, binding, DIFFICULTY);
  });

  it('binds a proof to tag, challenge and both commitments in their roles', () => {
    const tag = Buffer.from('hearsay/1/proof');
    expect(binding).toEqual(digestOf(hash, tag, challenge, listener, caller));
  });

  it('hashes exactly 64 bytes: binding, 24 zeros, nonce', () => {
    expect(proofMessage(binding, nonce)).toEqual(Buffer.concat([binding, Buffer.alloc(24), nonce]));
  });

  it('judges nonces as the formula does, at every difficulty', () => {
    const tried = Buffer.alloc(8);
    for (let attempt = 0; attempt < 2_000; attempt += 1) {
      tried.writeUInt32BE(attempt, 4);
      const zeros = bitsOf(hash, binding, tried).indexOf('1');
      expect(isProofValid({ ...puzzle, difficulty: zeros }, tried)).toBe(true);
      expect(isProofValid({ ...puzzle, difficulty: zeros + 1 }, tried)).toBe(false);
    }
  });

  it('accepts a proof with as many bits as asked', () => {
    expect(isProofValid(puzzle, nonce)).toBe(true);
    expect(isProofValid({ ...puzzle, difficulty: 0 }, nonce)).toBe(true);
  });

  it('accepts no proof for another challenge', () => {
    const other = proofBinding(hash, Buffer.alloc(16, 0x12), listener, caller);
    expect(isProofValid({ ...puzzle, binding: other }, nonce)).toBe(false);
  });

  it('accepts no proof of another caller, or for another listener', () => {
    const stranger = Buffer.alloc(32, 0x44);
    for (const other of [
      proofBinding(hash, challenge, listener, stranger),
      proofBinding(hash, challenge, stranger, caller),
    ]) {
      expect(isProofValid({ ...puzzle, binding: other }, nonce)).toBe(false);
    }
  });

  it('accepts no proof with the roles swapped', () => {
    const swapped = proofBinding(hash, challenge, caller, listener);
    expect(isProofValid({ ...puzzle, binding: swapped }, nonce)).toBe(false);
  });

  it('accepts no proof made with the other hash', () => {
    const other = hash === 'sha256' ? 'blake3' : 'sha256';
    expect(isProofValid({ ...puzzle, hash: other }, nonce)).toBe(false);
  });

  it('accepts no nonce and no binding of another length', () => {
    const easy = { ...puzzle, difficulty: 0 };
    expect(isProofValid(easy, Buffer.alloc(7))).toBe(false);
    expect(isProofValid(easy, Buffer.alloc(9))).toBe(false);
    expect(isProofValid({ ...easy, binding: binding.subarray(1) }, nonce)).toBe(false);
  });
});
