/**
 * Nothing is relayed by a daemon none of whose modules wants it, so an item travels over links
 * between those that want its type, and these must hang together by themselves. Hence for each type
 * that our modules want, a few links are to want it too (protocol page, "Spreading").
 */

/** Links that are to share a type (protocol page, "Spreading"). */
export const INTEREST_FLOOR = 6;
/** Types that are looked after, those subscribed to first; our guess, above any module's need. */
export const FLOORED_TYPES_MAX = 256;

export type InterestFloorOptions = {
  /** Data types that our modules want. */
  readonly types: () => readonly number[];
  /** Active links that want a type. */
  readonly linksOf: (dataType: number) => readonly number[];
  /** Active links in all. */
  readonly links: () => number;
};

/** Every question walks types and links: they are asked when either changes, never for an item. */
export class InterestFloor {
  readonly #options: InterestFloorOptions;

  constructor(options: InterestFloorOptions) {
    this.#options = options;
  }

  /**
   * Types that too few links share, at most so many, although there are links that do not. Where
   * all links share a type it is no rare one, and whoever is dialled next is likely to share it.
   */
  lacking(most: number): number[] {
    return [...this.#rare()]
      .filter(({ links }) => links.length < INTEREST_FLOOR)
      .map(({ dataType }) => dataType)
      .slice(0, most);
  }

  /** How many links the type that lacks most lacks. */
  get missing(): number {
    let missing = 0;
    for (const { links } of this.#rare()) {
      missing = Math.max(missing, INTEREST_FLOOR - links.length);
    }
    return missing;
  }

  /** Links that a type cannot spare: without one of them too few would share it. */
  needed(): ReadonlySet<number> {
    const needed = new Set<number>();
    for (const { links } of this.#rare()) for (const link of links) needed.add(link);
    return needed;
  }

  /** Types that the floor is about, with the links that share them: not more than it asks for. */
  *#rare(): IterableIterator<{ readonly dataType: number; readonly links: readonly number[] }> {
    const all = this.#options.links();
    for (const dataType of this.#options.types().slice(0, FLOORED_TYPES_MAX)) {
      const links = this.#options.linksOf(dataType);
      if (links.length <= INTEREST_FLOOR && links.length < all) yield { dataType, links };
    }
  }
}
