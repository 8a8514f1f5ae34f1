/** Who makes room in the address book, and for whom: the limits that no outsider can get round. */
import type { PeerAddress } from '../wire/messages.js';
import { SOURCES, type BookEntry } from './book-entry.js';
import type { BookIndex } from './book-index.js';
import { exempt, networkOf } from './networks.js';
import { pick, type Random } from './prng.js';

/** Entries of one network (/24, IPv6: /48) at most; p2p protocol page, "The peer view". */
export const BOOK_NETWORK_MAX = 4;
/**
 * Of the capacity, what one source may fill with addresses that nobody has verified: 8 of 128, and
 * 32 for callers that are links (our guess; Bitcoin gives one source 1/16 of its new table).
 */
const SOURCE_SHARE = 1 / 16;
const CALLERS_SHARE = 1 / 4;
/** An untested entry of which nobody has heard for so long is the first to make room: 6 h. */
const STALE_MS = 21_600_000;

export type BookRoomOptions = {
  /** Entries at most. */
  readonly capacity: number;
  /** True: loopback and private ranges are exempt from the limit per network. */
  readonly lab: boolean;
  readonly random: Random;
};

/** Something that is to be entered. */
export type Arrival = {
  readonly address: PeerAddress;
  readonly nowMs: number;
  /** Whether we have dialled it ourselves, or were only told. */
  readonly basis: 'told' | 'verified';
  /** Who told (`SOURCES`); undefined: our own config or module. */
  readonly source?: string | undefined;
  /** Entries that go anyway. */
  readonly leaving?: readonly BookEntry[];
};

/**
 * What has to go, besides those that leave, for an arrival to be entered; undefined when it may not
 * be. In a full network hearsay displaces only what is stale; a verified address any entry of new.
 * A source that has told enough displaces what it told itself.
 */
export const displacedBy = (
  index: BookIndex,
  { address, nowMs, basis, source, leaving = [] }: Arrival,
  { capacity, lab, random }: BookRoomOptions,
): BookEntry[] | undefined => {
  const network = networkOf(address.host);
  const isNear = (entry: BookEntry) => networkOf(entry.address.host) === network;
  const isSame = (entry: BookEntry) => entry.source === source;
  const leavers = (leave: typeof isNear) => leaving.filter(leave).length;
  const isNetworkFull =
    !exempt(address.host, lab) &&
    index.countOfNetwork(network) - leavers(isNear) >= BOOK_NETWORK_MAX;
  const isSourceFull =
    source !== undefined &&
    index.countOfSource(source) - leavers(isSame) >= mostOf(source, capacity);
  // Nearly always there is room: nobody is looked at.
  if (!isNetworkFull && !isSourceFull && index.size - leaving.length < capacity) return [];
  const untried: BookEntry[] = [];
  const stale: BookEntry[] = [];
  for (const entry of index.all()) {
    if (entry.table !== 'new' || leaving.includes(entry)) continue;
    if ((isNetworkFull && !isNear(entry)) || (isSourceFull && !isSame(entry))) continue;
    untried.push(entry);
    if (isStale(entry, nowMs)) stale.push(entry);
  }
  const mayTakeAny = basis === 'verified' || !isNetworkFull;
  const victim = pick(stale.length > 0 || !mayTakeAny ? stale : untried, random);
  return victim && [victim];
};

/** Entries of new that a source may have. */
const mostOf = (source: string, capacity: number): number => {
  const share = source === SOURCES.callers ? CALLERS_SHARE : SOURCE_SHARE;
  return Math.max(1, Math.floor(capacity * share));
};

const isStale = ({ failures, heardMs }: BookEntry, nowMs: number): boolean =>
  failures > 0 || nowMs - heardMs > STALE_MS;
