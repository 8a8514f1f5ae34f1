/** What both ends of a handshake must have seen alike (protocol design page, "Handshake", 5). */
import type { Challenge, Ok, Verify } from './messages.js';
import { encodePeer } from './peer-codec.js';
import { sha256 } from './sha256.js';

/**
 * SHA-256 of the frames CHALLENGE || VERIFY || OK, headers included, each as its receiver would
 * encode it: reserved bits 0. 32 bytes, for HELLO. Whoever alters a field on the way is noticed.
 */
export const transcriptHash = (challenge: Challenge, verify: Verify, ok: Ok): Buffer =>
  sha256(Buffer.concat([challenge, verify, ok].map(encodePeer)));
