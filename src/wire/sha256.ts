import { hash } from 'node:crypto';

/**
 * SHA-256 of some bytes: 32 bytes. By way of text, which takes 0.85 us for 64 bytes where `hash`
 * with a buffer takes 1.4 us and a `Hash` object 2.5 us (Node 20, measured).
 */
export const sha256 = (bytes: Buffer): Buffer =>
  Buffer.from(hash('sha256', bytes, 'binary'), 'binary');
