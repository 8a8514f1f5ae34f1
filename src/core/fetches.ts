/**
 * Items that we heard of (HAVE) and have asked for (WANT): one outstanding WANT per id, another
 * holder asked when it is late (protocol page, "Spreading"). The state *fetching* in the life of
 * an id.
 *
 * Who offers first is not always who has it: a liar need not wait for the item. So spare holders
 * are drawn by chance and not by their order, those first who keep their promises.
 */
import { pick, type Random } from './prng.js';
import type { Promises } from './promises.js';

/** Holders remembered per id beside the one that was asked; our guess. */
const SPARE_HOLDERS_MAX = 16;
/** Outstanding WANTs of a link that mostly broke its promises; our guess. */
export const DISTRUSTED_FETCHES_MAX = 8;

type Fetch = {
  asked: number;
  /** It has not been asked yet. */
  isBiding: boolean;
  readonly spares: number[];
  /** Holders that were asked before, and may still answer. */
  readonly before: number[];
};

/**
 * What is to be done about an offer. `ask` the holder now; `bide`: ask it after a while; `turn`: to
 * another holder, since this one is better than the one whose turn it is.
 */
export type Advice = 'ask' | 'bide' | 'turn';

export type FetchesOptions = {
  /** In all, and per link. */
  readonly fetchesMax: number;
  readonly perHolderMax: number;
  readonly promises: Promises;
  readonly random: Random;
};

export class Fetches {
  readonly #options: FetchesOptions;
  readonly #fetches = new Map<string, Fetch>();
  readonly #askedOf = new Map<number, number>();
  /** Items that came from others, and whose WANT is still to be answered: who owes the answer. */
  readonly #owing = new Map<string, number>();

  constructor(options: FetchesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#fetches.size;
  }

  /** `holder` has the item; with `bides` nobody is to be asked for it at once. */
  heard(id: string, holder: number, bides = false): Advice | undefined {
    const fetch = this.#fetches.get(id);
    const isTrusted = this.#options.promises.isTrusted(holder);
    if (fetch !== undefined) {
      if (!this.#isNews(fetch, holder)) return undefined;
      this.#remember(fetch, holder);
      const isBetter = isTrusted && !this.#options.promises.isTrusted(fetch.asked);
      // Who can be asked nothing more now would be passed over, and the one asked be lost.
      return isBetter && this.#hasRoom(holder) ? 'turn' : undefined;
    }
    const isFull = this.#fetches.size >= this.#options.fetchesMax;
    if (isFull || !this.#hasRoom(holder)) return undefined;
    const isBiding = bides || !isTrusted;
    this.#owing.delete(id);
    this.#fetches.set(id, { asked: holder, isBiding, spares: [], before: [] });
    this.#ask(holder);
    return isBiding ? 'bide' : 'ask';
  }

  /**
   * The item came over a link. True: that link had been asked for it. Whoever else is asked for it
   * still owes its answer, until `late`.
   */
  arrived(id: string, link: number): boolean {
    const fetch = this.#fetches.get(id);
    if (fetch === undefined) return this.#settle(id, link);
    const { asked, isBiding, before } = fetch;
    this.#fetches.delete(id);
    this.#unask(asked);
    const wasAsked = (asked === link && !isBiding) || before.includes(link);
    if (wasAsked) this.#options.promises.kept(link);
    const mayOwe = this.#owing.size < this.#options.fetchesMax;
    if (asked !== link && !isBiding && mayOwe) this.#owing.set(id, asked);
    return wasAsked;
  }

  /** Who has been asked last and has not answered, though the item may have come. */
  awaited(id: string): number | undefined {
    const fetch = this.#fetches.get(id);
    if (fetch === undefined) return this.#owing.get(id);
    return fetch.isBiding ? undefined : fetch.asked;
  }

  /** True while the answer of a link to WANT is awaited. */
  isAsked(id: string, link: number): boolean {
    const fetch = this.#fetches.get(id);
    if (fetch === undefined) return this.#owing.get(id) === link;
    return (fetch.asked === link && !fetch.isBiding) || fetch.before.includes(link);
  }

  /** True while an answer to WANT is awaited, though the item has come. */
  isOwed(id: string): boolean {
    return this.#owing.has(id);
  }

  /**
   * Time is up: a promise was broken, unless the holder was not asked yet. The holder to ask now;
   * undefined: given up, or long settled.
   */
  late(id: string): number | undefined {
    const fetch = this.#fetches.get(id);
    const late = fetch === undefined ? this.#owing.get(id) : fetch.asked;
    this.#owing.delete(id);
    if (fetch?.isBiding === true) {
      fetch.isBiding = false;
      return fetch.asked;
    }
    if (late !== undefined) this.#options.promises.broken(late);
    return this.next(id);
  }

  /**
   * Nobody is to blame: the next holder to ask; undefined: given up, or long settled. With `isGone`
   * the one that was asked is not asked again, and cannot answer any more.
   */
  next(id: string, { isGone = false } = {}): number | undefined {
    const fetch = this.#fetches.get(id);
    if (fetch === undefined) return undefined;
    this.#unask(fetch.asked);
    if (!isGone) (fetch.isBiding ? fetch.spares : fetch.before).push(fetch.asked);
    const next = this.#draw(fetch);
    if (next === undefined) {
      this.#fetches.delete(id);
      return undefined;
    }
    fetch.spares.splice(fetch.spares.indexOf(next), 1);
    fetch.asked = next;
    fetch.isBiding = false;
    this.#ask(next);
    return next;
  }

  /** The link is gone: the ids whose turn it was, for each of which there is a `next`. */
  lost(holder: number): string[] {
    for (const { spares, before } of this.#fetches.values()) {
      for (const list of [spares, before]) {
        const at = list.indexOf(holder);
        if (at >= 0) list.splice(at, 1);
      }
    }
    for (const [id, owing] of this.#owing) if (owing === holder) this.#owing.delete(id);
    return [...this.#fetches].filter(([, { asked }]) => asked === holder).map(([id]) => id);
  }

  /** It came, though it was here already: the answer that somebody owed. */
  #settle(id: string, link: number): boolean {
    if (this.#owing.get(id) !== link) return false;
    this.#owing.delete(id);
    this.#options.promises.kept(link);
    return true;
  }

  #isNews({ asked, spares, before }: Fetch, holder: number): boolean {
    return asked !== holder && !spares.includes(holder) && !before.includes(holder);
  }

  /** One that keeps its promises takes the place of one that does not, where there is no other. */
  #remember({ spares }: Fetch, holder: number): void {
    const { promises } = this.#options;
    if (spares.length < SPARE_HOLDERS_MAX) return void spares.push(holder);
    const worse = spares.findIndex((spare) => !promises.isTrusted(spare));
    if (worse >= 0 && promises.isTrusted(holder)) spares[worse] = holder;
  }

  /** One of those that keep their promises; else, once, another: liars speak with one mouth. */
  #draw({ spares, before }: Fetch): number | undefined {
    const { promises, random } = this.#options;
    const isTrusted = (holder: number): boolean => promises.isTrusted(holder);
    const free = spares.filter((spare) => this.#hasRoom(spare));
    const trusted = free.filter(isTrusted);
    if (trusted.length > 0) return pick(trusted, random);
    return before.every(isTrusted) ? pick(free, random) : undefined;
  }

  #hasRoom(holder: number): boolean {
    const { perHolderMax, promises } = this.#options;
    const isTrusted = promises.isTrusted(holder);
    const most = isTrusted ? perHolderMax : Math.min(perHolderMax, DISTRUSTED_FETCHES_MAX);
    return (this.#askedOf.get(holder) ?? 0) < most;
  }

  #ask(holder: number): void {
    this.#askedOf.set(holder, (this.#askedOf.get(holder) ?? 0) + 1);
  }

  #unask(holder: number): void {
    const busy = (this.#askedOf.get(holder) ?? 1) - 1;
    if (busy === 0) this.#askedOf.delete(holder);
    else this.#askedOf.set(holder, busy);
  }
}
