import type { PeerAddress } from '../wire/messages.js';

/** `new`: only heard of. `tried`: we have dialled it and its identity was proved. */
export type BookTable = 'new' | 'tried';

/** A known address. Immutable; all times are wall-clock milliseconds since 1970. */
export type BookEntry = {
  readonly address: PeerAddress;
  /** Hex of the 32 B identity, lower case. */
  readonly identity: string;
  readonly table: BookTable;
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
