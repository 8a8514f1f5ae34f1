import type { PeerAddress } from '../wire/messages.js';

/** `new`: only heard of. `tried`: we have dialled it and its identity was proved. */
export type BookTable = 'new' | 'tried';

/**
 * Where an address comes from, as text: the network of the peer that told of it, or one of these.
 * All that comes from one source has but a share of the book.
 */
export const SOURCES = {
  /** Callers that are links of ours, of themselves. */
  callers: 'callers',
  /** PEER_JOINs that walk the overlay: who set one going cannot be told. */
  walks: 'walks',
} as const;

/** A known address. Immutable; all times are wall-clock milliseconds since 1970. */
export type BookEntry = {
  readonly address: PeerAddress;
  /** Hex of the 32 B identity, lower case. */
  readonly identity: string;
  readonly table: BookTable;
  /** Who told us of it (`SOURCES`); undefined: nobody did, or we have verified it since. */
  readonly source: string | undefined;
  /** When somebody last spoke with it, as far as we were told. */
  readonly heardMs: number;
  /** When we last spoke with it; undefined: never. */
  readonly verifiedMs: number | undefined;
  /** When we last dialled it; undefined: never. */
  readonly testedMs: number | undefined;
  /** Dials that failed since the last that did not. */
  readonly failures: number;
  /** Not to be dialled before. */
  readonly retryAtMs: number;
  /** The shortest round trip that we have measured, in whole ms; undefined: none. */
  readonly rttMs: number | undefined;
  /** True: one of the links that we held longest, to be dialled first after a restart. */
  readonly anchor: boolean;
};
