/** What both ends of a handshake must have seen alike (protocol design page, "Handshake", 5). */
import { createHash } from 'node:crypto';
import type { Challenge, Ok, Verify } from './messages.js';
import { encodePeer } from './peer-codec.js';

/**
 * SHA-256 of the frames CHALLENGE || VERIFY || OK, headers included, each as its receiver would
 * encode it: reserved bits 0. 32 bytes, for HELLO. Whoever alters a field on the way is noticed.
 */
export const transcriptHash = (challenge: Challenge, verify: Verify, ok: Ok): Buffer =>
  [challenge, verify, ok]
    .reduce((hash, message) => hash.update(encodePeer(message)), createHash('sha256'))
    .digest();
