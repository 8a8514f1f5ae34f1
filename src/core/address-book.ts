import type { PeerAddress, PeerRecord } from '../wire/messages.js';
import { ASIDE_MAX_MS, AsideList, isAhead } from './aside-list.js';
import { bookText } from './address-book-text.js';
import type { BookEntry, BookTable } from './book-entry.js';
import { BookIndex, isSameAddress } from './book-index.js';
import { displacedBy, type Arrival } from './book-room.js';
import { sampleOf, type Draw } from './book-sample.js';
import { isIdentityText } from './identity.js';
import { Offenders, type Offender } from './offenders.js';
import { addressKey, isDialable } from './networks.js';
import { inRandomOrder, type Random } from './prng.js';

export type { BookEntry, BookTable } from './book-entry.js';

/** First and longest back-off of an address that cannot be reached, before jitter (our guess). */
export const BACK_OFF_FIRST_MS = 1_000;
export const BACK_OFF_MAX_MS = 600_000;

const TRIED_SHARE = 3 / 4;
/** A back-off is its nominal length give or take this share, so that peers do not retry in step. */
const JITTER_SHARE = 0.2;
const PORT_MAX = 65_535;

/** What became of an address that was verified. */
export type Verified = {
  /** False: there was no room that a verified address may take, or it is our own. */
  readonly kept: boolean;
  /** The identity that this address had before, when it was another one. */
  readonly replacedIdentity: string | undefined;
};

export type AddressBookOptions = {
  /** Entries at most, both tables together: 128 by the p2p protocol page; at least 2. */
  readonly capacity?: number;
  /** Our own identity in hex, and the addresses at which we listen: never entered. */
  readonly identity: string;
  readonly ownAddresses: readonly PeerAddress[];
  /** True: loopback and private ranges are exempt from the limit per network. */
  readonly lab: boolean;
  /** Dials in a row that may fail; with the last the entry is forgotten. 3 and 8 (our guess). */
  readonly failuresMax?: { readonly new: number; readonly tried: number };
  /** Who has misbehaved; kept with the book. */
  readonly offenders?: Offenders;
  readonly random: Random;
};

const UNTESTED = {
  source: undefined,
  verifiedMs: undefined,
  testedMs: undefined,
  failures: 0,
  retryAtMs: 0,
  rttMs: undefined,
  anchor: false,
} as const;

/** Two spellings of an address have one key. */
const keyOf = ({ host, port }: PeerAddress): string => addressKey(host, port);

const isResting = ({ retryAtMs }: BookEntry, nowMs: number): boolean =>
  isAhead(retryAtMs, nowMs, BACK_OFF_MAX_MS * (1 + JITTER_SHARE));

/**
 * The passive view: addresses of peers that we could dial, one per identity and per address.
 *
 * Its capacity is shared by two tables. *Tried* takes at most three quarters (96 of 128); *new*
 * takes whatever tried leaves, so at least a quarter, and all of an otherwise empty book. When
 * tried is full the entry verified longest ago goes back to new. What outsiders tell can displace
 * entries of new only; a tried one gives way to what we verify ourselves, or to its own failures.
 * Each source (`SOURCES`) has a share of the book: beyond it what it tells displaces what it told.
 *
 * Every `nowMs` is wall-clock time, since the times are kept over a restart.
 *
 * @throws RangeError from the constructor for a capacity below 2.
 */
export class AddressBook {
  readonly #options: Required<AddressBookOptions>;
  readonly #triedMax: number;
  readonly #own: ReadonlySet<string>;
  readonly #index = new BookIndex();
  /** As many as the book has entries at most. */
  readonly #aside: AsideList;

  constructor(options: AddressBookOptions) {
    const offenders = new Offenders();
    this.#options = { capacity: 128, failuresMax: { new: 3, tried: 8 }, offenders, ...options };
    const { capacity, ownAddresses } = this.#options;
    if (!(Number.isInteger(capacity) && capacity >= 2)) {
      throw new RangeError(`an address book cannot have ${capacity} entries`);
    }
    this.#triedMax = Math.floor(capacity * TRIED_SHARE);
    this.#aside = new AsideList(capacity);
    this.#own = new Set(ownAddresses.map(keyOf));
  }

  get size(): number {
    return this.#index.size;
  }

  /** Counts up with each change: what was saved at this count need not be again. */
  get changes(): number {
    return this.#index.changes + this.offenders.changes;
  }

  /** Who has misbehaved: dialled last, or not at all while put aside. */
  get offenders(): Offenders {
    return this.#options.offenders;
  }

  get triedCount(): number {
    return this.#index.triedCount;
  }

  has(identity: string): boolean {
    return this.#index.get(identity) !== undefined;
  }

  get(identity: string): BookEntry | undefined {
    return this.#index.get(identity);
  }

  /** Every entry, tried before new. */
  entries(): BookEntry[] {
    return [...this.#index.table('tried'), ...this.#index.table('new')];
  }

  /**
   * Notes what somebody told; `source`: who, one of `SOURCES` or a network, undefined: our own
   * config or module. True when the record is a new entry. Refused are: ourselves, what cannot be
   * dialled, an address set aside, a network that is full. An entry that is there is
   * only told when it was last heard of, unless it is untested or demoted and has failed: then
   * another identity at its address, or another address of its identity, takes its place.
   */
  learn(record: PeerRecord, nowMs: number, source?: string): boolean {
    const { address } = record;
    const identity = record.identity.toString('hex');
    const heardMs = nowMs - Math.max(0, record.ageSeconds) * 1_000;
    const known = this.#index.get(identity);
    // Most of what is told is known: it is asked first.
    if (known !== undefined && isSameAddress(known.address, address)) {
      const isNews = heardMs > known.heardMs && !this.isSetAside(address, nowMs);
      if (isNews) this.#index.put({ ...known, heardMs });
      return false;
    }
    if (!this.#isEligible(address, identity) || this.isSetAside(address, nowMs)) return false;
    const rivals = this.#index.rivals(address, identity);
    if (rivals.some(({ table, failures }) => table === 'tried' || failures === 0)) return false;
    const displaced = this.#displacedBy({ address, nowMs, basis: 'told', source, leaving: rivals });
    if (displaced === undefined) return false;
    for (const entry of [...rivals, ...displaced]) this.#index.drop(entry);
    this.#index.put({ address, identity, table: 'new', heardMs, ...UNTESTED, source });
    return true;
  }

  /**
   * Notes that a handshake of our own dialling proved `identity` at `address`: the entry is tried
   * from now on, and whatever else was known of the two is forgotten.
   *
   * @throws RangeError when `identity` is not 64 digits of lower-case hex.
   */
  succeeded(address: PeerAddress, identity: string, nowMs: number): Verified {
    if (!isIdentityText(identity)) throw new RangeError(`"${identity}" is not an identity`);
    const rivals = this.#index.rivals(address, identity);
    const there = this.#index.at(address);
    const replacedIdentity = there?.identity === identity ? undefined : there?.identity;
    const { rttMs, anchor = false } = rivals.find((entry) => entry.identity === identity) ?? {};
    const kept = { rttMs, anchor };
    for (const entry of rivals) this.#index.drop(entry);
    if (!this.#isEligible(address, identity)) return { kept: false, replacedIdentity };
    const displaced = this.#displacedBy({ address, nowMs, basis: 'verified' });
    if (displaced === undefined) return { kept: false, replacedIdentity };
    for (const entry of displaced) this.#index.drop(entry);
    const oldest = this.#index.triedCount >= this.#triedMax ? this.#index.oldestTried() : undefined;
    if (oldest !== undefined) this.#index.put({ ...oldest, table: 'new' });
    const times = { heardMs: nowMs, verifiedMs: nowMs, testedMs: nowMs };
    this.#index.put({ ...UNTESTED, ...kept, address, identity, table: 'tried', ...times });
    return { kept: true, replacedIdentity };
  }

  /** Notes that a peer spoke over an established link; an unknown one is ignored. */
  heard(identity: string, nowMs: number): void {
    const entry = this.#index.get(identity);
    if (entry === undefined) return;
    const isTried = entry.table === 'tried';
    this.#index.put({ ...entry, heardMs: nowMs, ...(isTried && { verifiedMs: nowMs }) });
  }

  /** Notes a round trip to a peer; the shortest counts. An unknown peer is ignored. */
  measured(identity: string, rttMs: number): void {
    const entry = this.#index.get(identity);
    const whole = Math.max(0, Math.round(rttMs));
    if (entry === undefined || (entry.rttMs !== undefined && entry.rttMs <= whole)) return;
    this.#index.put({ ...entry, rttMs: whole });
  }

  /** Marks the peers that a restart begins with, tried ones, and no others. */
  setAnchors(identities: readonly string[]): void {
    for (const entry of [...this.#index.all()]) {
      const anchor = entry.table === 'tried' && identities.includes(entry.identity);
      if (anchor !== entry.anchor) this.#index.put({ ...entry, anchor });
    }
  }

  anchors(): BookEntry[] {
    return [...this.#index.all()].filter(({ anchor }) => anchor);
  }

  /**
   * Notes that a dial failed. The address rests for 1 s, doubled with each failure up to 10 min,
   * give or take a fifth. True when that was the failure too many (3 for new, 8 for tried), and
   * the entry is forgotten.
   */
  failed(address: PeerAddress, nowMs: number, { keep = false } = {}): boolean {
    const entry = this.#index.at(address);
    if (entry === undefined) return false;
    const failures = entry.failures + 1;
    if (!keep && failures >= this.#options.failuresMax[entry.table]) {
      this.#index.drop(entry);
      return true;
    }
    const nominalMs = Math.min(BACK_OFF_MAX_MS, BACK_OFF_FIRST_MS * 2 ** entry.failures);
    const retryAtMs = nowMs + this.#jittered(nominalMs);
    this.#index.put({ ...entry, failures, testedMs: nowMs, retryAtMs });
    return false;
  }

  /** As `AsideList.add`, for a day at most unless told otherwise; for how many milliseconds. */
  setAside(
    address: PeerAddress,
    forMs: number,
    nowMs: number,
    { mostMs = ASIDE_MAX_MS } = {},
  ): number {
    return this.#aside.add(address, forMs, nowMs, mostMs);
  }

  isSetAside(address: PeerAddress, nowMs: number): boolean {
    return this.#aside.has(address, nowMs);
  }

  /**
   * Forgets what was held against a peer, or against all, and that their addresses were set aside.
   * How many identities that were.
   */
  forgive(identity?: string): number {
    const entry = identity === undefined ? undefined : this.#index.get(identity);
    if (identity === undefined) this.#aside.forgive();
    else if (entry !== undefined) this.#aside.forgive(entry.address);
    return this.offenders.forgive(identity);
  }

  /** Forgets a peer, for instance one that left on purpose. True when it was known. */
  remove(identity: string): boolean {
    const entry = this.#index.get(identity);
    if (entry !== undefined) this.#index.drop(entry);
    return entry !== undefined;
  }

  /**
   * The entries that may be dialled now: tried ones first, at random within each, but whoever has
   * misbehaved last. None rests longer than `restMostMs` after its last test. Each is looked at
   * when it is asked for, since most callers stop early.
   */
  *candidates(
    exclude: (entry: BookEntry) => boolean,
    nowMs: number,
    { restMostMs = Infinity } = {},
  ): Generator<BookEntry, void> {
    yield* this.#drawn('tried', exclude, nowMs, restMostMs);
    yield* this.#drawn('new', exclude, nowMs, restMostMs);
  }

  /** True unless the address rests or is set aside. It need not be in the book. */
  mayDial(address: PeerAddress, nowMs: number, { restMostMs = Infinity } = {}): boolean {
    const entry = this.#index.at(address);
    return entry === undefined
      ? !this.isSetAside(address, nowMs)
      : this.#mayDial(entry, nowMs, restMostMs);
  }

  /** The new entry whose test is longest ago, never before all: at random among equals. */
  feelerCandidate(exclude: (entry: BookEntry) => boolean, nowMs: number): BookEntry | undefined {
    const eligible = [...this.#drawn('new', exclude, nowMs)];
    const longestAgo = Math.min(...eligible.map(({ testedMs = -Infinity }) => testedMs));
    return eligible.find(({ testedMs = -Infinity }) => testedMs === longestAgo);
  }

  /**
   * Test before evict: the entry that the next success of another one would move back to new.
   * Whoever can, dials it first; its success makes another one the oldest. Undefined while tried
   * has room, or that entry rests.
   */
  evictionTest(nowMs: number): BookEntry | undefined {
    if (this.#index.triedCount < this.#triedMax) return undefined;
    const oldest = this.#index.oldestTried();
    return oldest !== undefined && this.#mayDial(oldest, nowMs) ? oldest : undefined;
  }

  /** `sampleOf` the entries that may be dialled: neither those that rest nor those set aside. */
  sample(count: number, exclude: (entry: BookEntry) => boolean, nowMs: number): PeerRecord[] {
    const drawn: Draw = (table, isOut) => this.#drawn(table, isOut, nowMs);
    return sampleOf(drawn, { count, exclude, nowMs, random: this.#options.random });
  }

  /**
   * The book as JSON, for `parseAddressBook`, offenders included. Addresses set aside are not in
   * it: what they were set aside for need not be true after a restart.
   */
  toText(nowMs: number): string {
    return this.textOfNow(nowMs)();
  }

  /** The same, written out when it is asked for: of the book as it is now, whatever follows. */
  textOfNow(nowMs: number): () => string {
    const entries = this.entries();
    const offenders = this.offenders.all(nowMs);
    return () => bookText(entries, offenders);
  }

  /**
   * Enters what a file held, tried before new, and returns how many entries were taken. Nothing
   * is displaced: what finds no room, is known or is ourselves is passed over. Times ahead of
   * `nowMs` become `nowMs`.
   */
  restore(
    entries: readonly BookEntry[],
    nowMs: number,
    offenders: readonly Offender[] = [],
  ): number {
    this.offenders.restore(offenders, nowMs);
    const before = this.size;
    const triedFirst = entries.toSorted((a, b) => b.table.localeCompare(a.table));
    for (const entry of triedFirst) {
      const { address, identity } = entry;
      if (!this.#isEligible(address, identity)) continue;
      if (this.#index.rivals(address, identity).length > 0) continue;
      const { source: teller } = entry;
      const arrival = { address, nowMs, basis: 'told', source: teller } as const;
      if (this.#displacedBy(arrival)?.length !== 0) continue;
      const table = this.triedCount < this.#triedMax ? entry.table : 'new';
      const past = (ms: number | undefined) => (ms === undefined ? ms : Math.min(ms, nowMs));
      const [verifiedMs, testedMs] = [past(entry.verifiedMs), past(entry.testedMs)];
      const heardMs = Math.min(entry.heardMs, nowMs);
      const source = table === 'tried' ? undefined : entry.source;
      this.#index.put({ ...entry, table, source, heardMs, verifiedMs, testedMs });
    }
    return this.size - before;
  }

  #isEligible(address: PeerAddress, identity: string): boolean {
    const isOwn = identity === this.#options.identity || this.#own.has(keyOf(address));
    const { port } = address;
    const isPort = Number.isInteger(port) && port > 0 && port <= PORT_MAX;
    return !isOwn && isPort && isIdentityText(identity) && isDialable(address.host);
  }

  #displacedBy(arrival: Arrival): BookEntry[] | undefined {
    return displacedBy(this.#index, arrival, this.#options);
  }

  #mayDial(entry: BookEntry, nowMs: number, restMostMs = Infinity): boolean {
    const { testedMs = -Infinity } = entry;
    const hasRested = !isResting(entry, nowMs) || nowMs - testedMs >= restMostMs;
    const isAside = this.offenders.isAside(entry.identity, nowMs);
    return hasRested && !isAside && !this.isSetAside(entry.address, nowMs);
  }

  *#drawn(
    table: BookTable,
    exclude: (entry: BookEntry) => boolean,
    nowMs: number,
    restMostMs = Infinity,
  ): Generator<BookEntry, void> {
    const last: BookEntry[] = [];
    const points = ({ identity }: BookEntry): number => this.offenders.points(identity, nowMs);
    for (const entry of inRandomOrder(this.#index.table(table), this.#options.random)) {
      if (exclude(entry) || !this.#mayDial(entry, nowMs, restMostMs)) continue;
      if (this.offenders.size > 0 && points(entry) > 0) last.push(entry);
      else yield entry;
    }
    yield* last.sort((one, other) => points(one) - points(other));
  }

  #jittered(nominalMs: number): number {
    const spreadMs = Math.round(nominalMs * JITTER_SHARE);
    return nominalMs - spreadMs + this.#options.random.below(2 * spreadMs + 1);
  }
}
