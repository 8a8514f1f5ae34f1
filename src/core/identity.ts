import { createHash } from 'node:crypto';
import { IDENTITY_BYTES } from '../wire/messages.js';

/**
 * Who a peer is: SHA-256 over its host key's public half, DER SubjectPublicKeyInfo (protocol page,
 * "Handshake"). 32 bytes.
 */
export const identityOf = (publicKey: Buffer): Buffer =>
  createHash('sha256').update(publicKey).digest();

/** True for an identity in hex: 64 digits, lower case. */
export const isIdentityText = (value: unknown): value is string =>
  typeof value === 'string' && value.length === IDENTITY_BYTES * 2 && /^[0-9a-f]+$/.test(value);
