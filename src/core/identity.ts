import { createHash } from 'node:crypto';

/**
 * Who a peer is: SHA-256 over its host key's public half, DER SubjectPublicKeyInfo (protocol page,
 * "Handshake"). 32 bytes.
 */
export const identityOf = (publicKey: Buffer): Buffer =>
  createHash('sha256').update(publicKey).digest();
