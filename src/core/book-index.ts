/** The entries of the address book, found by whatever they are asked for. It has no rules. */
import type { PeerAddress } from '../wire/messages.js';
import type { BookEntry, BookTable } from './book-entry.js';
import { addressKey, networkOf } from './networks.js';

/** Two spellings of an address have one key. */
const keyOf = ({ host, port }: PeerAddress): string => addressKey(host, port);

/** True when the two are one, however they are spelt. */
export const isSameAddress = (one: PeerAddress, other: PeerAddress): boolean =>
  one.port === other.port && (one.host === other.host || keyOf(one) === keyOf(other));

/** One entry per identity and per address, with counts of what the book's limits count. */
export class BookIndex {
  readonly #byIdentity = new Map<string, BookEntry>();
  readonly #byAddress = new Map<string, BookEntry>();
  /** Network -> how many entries it has. */
  readonly #perNetwork = new Map<string, number>();
  /** Source -> how many entries of new it has told. */
  readonly #perSource = new Map<string, number>();
  #triedCount = 0;
  #changes = 0;

  get size(): number {
    return this.#byIdentity.size;
  }

  get triedCount(): number {
    return this.#triedCount;
  }

  /** Counts up with each change. */
  get changes(): number {
    return this.#changes;
  }

  /** Entries of a network (/24, IPv6: /48). */
  countOfNetwork(network: string): number {
    return this.#perNetwork.get(network) ?? 0;
  }

  /** Entries that a source has told. */
  countOfSource(source: string): number {
    return this.#perSource.get(source) ?? 0;
  }

  get(identity: string): BookEntry | undefined {
    return this.#byIdentity.get(identity);
  }

  at(address: PeerAddress): BookEntry | undefined {
    return this.#byAddress.get(keyOf(address));
  }

  /** The entries, at most two, that hold this address or this identity. */
  rivals(address: PeerAddress, identity: string): BookEntry[] {
    const one = this.get(identity);
    const other = this.at(address);
    if (one === undefined || one === other) return other === undefined ? [] : [other];
    return other === undefined ? [one] : [one, other];
  }

  /** In order of their coming. */
  all(): Iterable<BookEntry> {
    return this.#byIdentity.values();
  }

  /** Those of one table, in order of their coming. */
  table(table: BookTable): BookEntry[] {
    const entries: BookEntry[] = [];
    for (const entry of this.#byIdentity.values()) if (entry.table === table) entries.push(entry);
    return entries;
  }

  /** The tried entry that was verified longest ago. */
  oldestTried(): BookEntry | undefined {
    const [first, ...rest] = this.table('tried');
    if (first === undefined) return undefined;
    const age = ({ verifiedMs = -Infinity }: BookEntry) => verifiedMs;
    return rest.reduce((oldest, entry) => (age(entry) < age(oldest) ? entry : oldest), first);
  }

  /** Enters it, in the place of an older one of its identity. */
  put(entry: BookEntry): void {
    this.#changes += 1;
    const before = this.#byIdentity.get(entry.identity);
    this.#byIdentity.set(entry.identity, entry);
    this.#byAddress.set(keyOf(entry.address), entry);
    const { table, address, source } = entry;
    const isCounted =
      before?.table === table && before.address === address && before.source === source;
    if (isCounted) return;
    this.#count(entry, 1);
    if (before !== undefined) this.#count(before, -1);
  }

  drop(entry: BookEntry): void {
    this.#changes += 1;
    this.#byIdentity.delete(entry.identity);
    this.#byAddress.delete(keyOf(entry.address));
    this.#count(entry, -1);
  }

  #count({ table, address, source }: BookEntry, by: 1 | -1): void {
    if (table === 'tried') this.#triedCount += by;
    tally(this.#perNetwork, networkOf(address.host), by);
    if (source !== undefined) tally(this.#perSource, source, by);
  }
}

/** Counts under a key, which is forgotten with the last. */
const tally = (counts: Map<string, number>, key: string, by: 1 | -1): void => {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
};
