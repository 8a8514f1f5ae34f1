/**
 * Items that we heard of (HAVE) and have asked for (WANT): one outstanding WANT per id, the next
 * holder asked when the first is late (protocol page, "Spreading"). The state *fetching* in the
 * life of an id.
 */

/** Holders remembered per id beside the one that was asked; our guess. */
const SPARE_HOLDERS_MAX = 4;

type Fetch = { asked: number; readonly spares: number[] };

/** Bounded by `fetchesMax` in all and `perHolderMax` per link. */
export class Fetches {
  readonly #fetches = new Map<string, Fetch>();
  readonly #askedOf = new Map<number, number>();
  readonly #fetchesMax: number;
  readonly #perHolderMax: number;

  constructor(fetchesMax: number, perHolderMax: number) {
    this.#fetchesMax = fetchesMax;
    this.#perHolderMax = perHolderMax;
  }

  get size(): number {
    return this.#fetches.size;
  }

  /** `holder` has the item. True: ask it now. */
  heard(id: string, holder: number): boolean {
    const fetch = this.#fetches.get(id);
    if (fetch !== undefined) {
      if (fetch.asked !== holder && fetch.spares.length < SPARE_HOLDERS_MAX) {
        if (!fetch.spares.includes(holder)) fetch.spares.push(holder);
      }
      return false;
    }
    if (this.#fetches.size >= this.#fetchesMax || !this.#hasRoom(holder)) return false;
    this.#fetches.set(id, { asked: holder, spares: [] });
    this.#ask(holder);
    return true;
  }

  /** Who is to answer; undefined: nobody is asked. */
  asked(id: string): number | undefined {
    return this.#fetches.get(id)?.asked;
  }

  /** The item came, from whomever. Who had been asked for it; undefined: nobody. */
  arrived(id: string): number | undefined {
    const fetch = this.#fetches.get(id);
    if (fetch === undefined) return undefined;
    this.#fetches.delete(id);
    this.#unask(fetch.asked);
    return fetch.asked;
  }

  /** The WANT went unanswered: the next holder to ask; undefined: given up, or long settled. */
  late(id: string): number | undefined {
    const fetch = this.#fetches.get(id);
    if (fetch === undefined) return undefined;
    this.#unask(fetch.asked);
    const next = fetch.spares.find((spare) => this.#hasRoom(spare));
    if (next === undefined) {
      this.#fetches.delete(id);
      return undefined;
    }
    fetch.spares.splice(fetch.spares.indexOf(next), 1);
    fetch.asked = next;
    this.#ask(next);
    return next;
  }

  /** The link is gone: the ids that were asked of it, each to be treated as `late`. */
  lost(holder: number): string[] {
    for (const { spares } of this.#fetches.values()) {
      const at = spares.indexOf(holder);
      if (at >= 0) spares.splice(at, 1);
    }
    return [...this.#fetches].filter(([, { asked }]) => asked === holder).map(([id]) => id);
  }

  #hasRoom(holder: number): boolean {
    return (this.#askedOf.get(holder) ?? 0) < this.#perHolderMax;
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
