/** What leaves a virtual host together, and arrives together. */
import type { PeerMessage } from '../wire/messages.js';
import { encodePeer } from '../wire/peer-codec.js';
import type { TlsFlight } from './virtual-tls.js';

/** What a link carries. */
export type Carried = PeerMessage | TlsFlight;

/** What leaves together and arrives together. */
export type Batch = {
  readonly messages: Carried[];
  bytes: number;
  largestBytes: number;
  /** Virtual ms of its first message: what is sent later is another batch. */
  readonly sentMs: number;
};

/** How a record of TLS's handshake begins: as a frame it would be 369 MB. */
const TLS_RECORD = Buffer.from('16030100', 'hex');

/** Its bytes, or those that a flight of TLS begins with. */
export const bytesOf = (carried: Carried): Buffer =>
  carried.type === 'TLS' ? TLS_RECORD : encodePeer(carried);

/** Bytes of a frame; a flight of TLS is none, and larger than any. */
export const frameBytes = (carried: Carried): number =>
  carried.type === 'TLS' ? TLS_RECORD.readUInt32BE() : encodePeer(carried).length;

/** The same, where the bytes of a message are known. */
const sizeAsFrame = (carried: Carried, bytes: number): number =>
  carried.type === 'TLS' ? frameBytes(carried) : bytes;

export const makeBatch = (sentMs: number, message: Carried, bytes: number): Batch => ({
  messages: [message],
  bytes,
  largestBytes: sizeAsFrame(message, bytes),
  sentMs,
});

export const append = (batch: Batch, message: Carried, bytes: number): void => {
  batch.messages.push(message);
  batch.bytes += bytes;
  batch.largestBytes = Math.max(batch.largestBytes, sizeAsFrame(message, bytes));
};
