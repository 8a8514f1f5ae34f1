/** What a VERIFY costs whoever checks it: the same two hashes, whatever it says. */
import { jest } from '@jest/globals';
import type * as Crypto from 'node:crypto';
import type * as Noble from '@noble/hashes/blake3.js';

const hashed: number[] = [];
const crypto = jest.requireActual<typeof Crypto>('node:crypto');
const noble = await import('@noble/hashes/blake3.js');

jest.unstable_mockModule('node:crypto', () => ({
  ...crypto,
  hash: (name: string, bytes: Buffer, encoding: 'binary') => {
    hashed.push(bytes.length);
    return crypto.hash(name, bytes, encoding);
  },
}));
jest.unstable_mockModule('@noble/hashes/blake3.js', () => ({
  ...noble,
  blake3: (...args: Parameters<typeof Noble.blake3>) => {
    hashed.push(args[0].length);
    return noble.blake3(...args);
  },
}));
const { isProofValid, proofBinding, searchNonce } = await import('../../../src/core/puzzle.js');

const BINDING_INPUT_BYTES = 15 + 16 + 32 + 32;

describe.each(['sha256', 'blake3'] as const)('checking a proof with %s', (hash) => {
  it.each([0, 1, 8, 28, 255])('takes two hashes of fixed size, at %i bits', (difficulty) => {
    const part = Buffer.alloc(32, 7);
    const nonces: Buffer[] = Array.from({ length: 50 }, (_, n) => Buffer.alloc(8, n));
    const bind = (): Buffer => proofBinding(hash, part.subarray(16), part, part);
    nonces.push(searchNonce({ hash, binding: bind(), difficulty: 8 }, Buffer.alloc(8)));
    for (const nonce of nonces) {
      hashed.length = 0;
      isProofValid({ hash, binding: bind(), difficulty }, nonce);
      expect(hashed).toEqual([BINDING_INPUT_BYTES, 64]);
    }
  });
});
