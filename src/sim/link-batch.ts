/** What leaves a virtual host together, and arrives together. */
import { SEND_RANK, type SendClass } from '../core/send-classes.js';
import { limitRaisedBy } from '../wire/framing.js';
import type { PeerMessage } from '../wire/messages.js';
import { encodePeer } from '../wire/peer-codec.js';
import type { TlsFlight } from './virtual-tls.js';

/** What a link carries. */
export type Carried = PeerMessage | TlsFlight;

/** A message that is to leave. */
export type Parcel = {
  readonly message: Carried;
  readonly bytes: number;
  readonly sendClass: SendClass;
};

/** What leaves together and arrives together, by class. */
export type Batch = {
  readonly messages: Carried[];
  /** The place of each message's class. */
  readonly ranks: number[];
  bytes: number;
  largestBytes: number;
  /** Virtual ms of its first message: what is sent later is another batch. */
  readonly sentMs: number;
};

/** How a record of TLS's handshake begins: as a frame it would be 369 MB. */
const TLS_RECORD = Buffer.from('16030100', 'hex');

/** Its bytes, or those that a flight of TLS begins with. */
const bytesOf = (carried: Carried): Buffer =>
  carried.type === 'TLS' ? TLS_RECORD : encodePeer(carried);

/** Bytes of a message that is refused, in hex, for the log. */
const DUMP_BYTES = 32;

export const dumpOf = (carried: Carried): string =>
  `${bytesOf(carried).toString('hex', 0, DUMP_BYTES)}…`;

/** Bytes of a frame; a flight of TLS is none, and larger than any. */
const frameBytes = (carried: Carried): number =>
  carried.type === 'TLS' ? TLS_RECORD.readUInt32BE() : encodePeer(carried).length;

/** The same, where the bytes of a message are known. */
const sizeAsFrame = (carried: Carried, bytes: number): number =>
  carried.type === 'TLS' ? frameBytes(carried) : bytes;

export const makeBatch = (sentMs: number, parcels: readonly Parcel[]): Batch => {
  const batch: Batch = { messages: [], ranks: [], bytes: 0, largestBytes: 0, sentMs };
  for (const parcel of parcels) append(batch, parcel);
  return batch;
};

/** As a socket's queue has it: behind what is of the same class or a more urgent one. */
export const append = (batch: Batch, { message, bytes, sendClass }: Parcel): void => {
  const rank = SEND_RANK[sendClass];
  const isInOrder = (batch.ranks.at(-1) ?? 0) <= rank;
  const at = isInOrder
    ? batch.ranks.length
    : 1 + batch.ranks.findLastIndex((before) => before <= rank);
  batch.messages.splice(at, 0, message);
  batch.ranks.splice(at, 0, rank);
  batch.bytes += bytes;
  batch.largestBytes = Math.max(batch.largestBytes, sizeAsFrame(message, bytes));
};

/** The first message that is larger than a frame may be; one before it may raise the limit. */
export const excessOf = (
  { messages, largestBytes }: Batch,
  limitBytes: number,
): { readonly at: number; readonly message: Carried; readonly detail: string } | undefined => {
  let most = limitBytes;
  for (const [at, message] of messages.entries()) {
    const bytes = largestBytes <= most ? 0 : frameBytes(message);
    if (bytes > most) {
      return { at, message, detail: `${message.type}: size ${bytes}, limit ${most}` };
    }
    most = Math.max(most, limitRaisedBy(message) ?? 0);
  }
  return undefined;
};
