/** What binds a peer to its identity before it shows it (protocol design page, "Handshake"). */
import { sha256 } from './sha256.js';

const TAG = Buffer.from('hearsay/1/commit', 'ascii');

/** SHA-256("hearsay/1/commit" || identity 32 B || salt 16 B): 32 bytes for CHALLENGE or VERIFY. */
export const commitment = (identity: Buffer, salt: Buffer): Buffer =>
  sha256(Buffer.concat([TAG, identity, salt]));
