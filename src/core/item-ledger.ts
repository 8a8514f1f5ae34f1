/**
 * What is known of every item id: the *seen cache*, with the life of an id as the protocol page
 * draws it. An id that was only heard of (HAVE) is no entry here; an id counts as seen only when
 * its content has been.
 */

/**
 * - `pending`: our modules have been asked and have not decided.
 * - `valid`: accepted, or announced by one of our own modules. Relayed.
 * - `invalid`: a module rejected it. Later copies are not asked about again.
 * - `ignored`: nobody judged it in time. A late *valid* still makes it `valid`.
 * - `uninteresting`: no local subscriber. Forgotten soon, so that a later subscriber can have it.
 */
export type ItemState = 'pending' | 'valid' | 'invalid' | 'ignored' | 'uninteresting';

type Entry = {
  state: ItemState;
  /** The largest ttl with which a copy reached us. */
  ttl: number;
  /** A copy with a larger ttl is relayed once more, not more often. */
  relayedAgain: boolean;
  forgetAtMs: number;
};

export type ItemLedgerOptions = {
  /** Most ids kept; beyond it the oldest are forgotten first. */
  readonly idsMax: number;
  /** How long an id is remembered. Longer than an item lives, or a replay would pass. */
  readonly suppressMs: number;
  /** How long the id of an item without a subscriber is remembered. */
  readonly uninterestingMs: number;
};

/** Bounded by `idsMax`; every operation is O(1), amortised over the sweep. */
export class ItemLedger {
  readonly #entries = new Map<string, Entry>();
  readonly #options: ItemLedgerOptions;

  constructor(options: ItemLedgerOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  state(id: string, nowMs: number): ItemState | undefined {
    return this.#live(id, nowMs)?.state;
  }

  /** Records an id that was not known. The oldest entry makes room. */
  record(id: string, state: ItemState, ttl: number, nowMs: number): void {
    this.#entries.delete(id);
    if (this.#entries.size >= this.#options.idsMax) this.#forgetOldest();
    const { suppressMs, uninterestingMs } = this.#options;
    const keepMs = state === 'uninteresting' ? uninterestingMs : suppressMs;
    this.#entries.set(id, { state, ttl, relayedAgain: false, forgetAtMs: nowMs + keepMs });
  }

  /** Moves a known id on; unknown ids are ignored. Its time to be forgotten stays. */
  settle(id: string, state: 'valid' | 'invalid' | 'ignored'): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.state = state;
  }

  /** Notes a further copy of a pending item: the larger ttl counts. */
  raiseTtl(id: string, ttl: number, larger: (a: number, b: number) => boolean): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined && larger(ttl, entry.ttl)) entry.ttl = ttl;
  }

  ttl(id: string): number | undefined {
    return this.#entries.get(id)?.ttl;
  }

  /** True once per id: a copy of a valid item came with a larger ttl than any before it. */
  mayRelayAgain(id: string, ttl: number, larger: (a: number, b: number) => boolean): boolean {
    const entry = this.#entries.get(id);
    if (entry?.state !== 'valid' || entry.relayedAgain || !larger(ttl, entry.ttl)) return false;
    entry.relayedAgain = true;
    entry.ttl = ttl;
    return true;
  }

  /** Forgets what is due, at most `most` entries: called now and then with a small bound. */
  sweep(nowMs: number, most: number): number {
    let forgotten = 0;
    let looked = 0;
    for (const [id, { forgetAtMs }] of this.#entries) {
      if (looked++ >= most) break;
      if (forgetAtMs > nowMs) continue;
      this.#entries.delete(id);
      forgotten += 1;
    }
    return forgotten;
  }

  #live(id: string, nowMs: number): Entry | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.forgetAtMs > nowMs) return entry;
    this.#entries.delete(id);
    return undefined;
  }

  #forgetOldest(): void {
    for (const id of this.#entries.keys()) {
      this.#entries.delete(id);
      return;
    }
  }
}
