/**
 * Who has shown, in the last moments, that it has an item: by SPREAD, HAVE or DONT_WANT. Whoever
 * has it need not be sent it nor told of it; whoever showed it first is the best link for its
 * type. An entry lives for one window from the first sign.
 */

/** Items watched at once, and begun by the word of one link alone; our guess. */
export const SIGHTINGS_MAX = 16_384;
export const SIGHTINGS_PER_LINK_MAX = 2_048;

/** What became of one item in its window. */
export type Sighting = {
  readonly holders: number[];
  /** Who had it first: when it came, or would have come by an eager push. */
  first: number | undefined;
  firstMs: number;
  /** As the item says; undefined: it has not come. */
  dataType: number | undefined;
  /** The first copy was an answer to WANT. */
  byWant: boolean;
  /** The link whose sign began this entry. */
  readonly beganBy: number;
};

export class Sightings {
  readonly #byId = new Map<string, Sighting>();
  readonly #begunBy = new Map<number, number>();

  get size(): number {
    return this.#byId.size;
  }

  holders(id: string): readonly number[] {
    return this.#byId.get(id)?.holders ?? [];
  }

  get(id: string): Sighting | undefined {
    return this.#byId.get(id);
  }

  /**
   * A link shows that it has an item. `eagerAtMs`: when its copy came, or would have come; absent
   * where that is not known. True: this is the first sign, a window begins.
   */
  note(id: string, link: number, eagerAtMs = Infinity): boolean {
    const known = this.#byId.get(id);
    const sighting = known ?? this.#begin(id, link);
    if (sighting === undefined) return false;
    if (!sighting.holders.includes(link)) sighting.holders.push(link);
    if (eagerAtMs < sighting.firstMs) {
      sighting.firstMs = eagerAtMs;
      sighting.first = link;
    }
    return known === undefined;
  }

  /** The content has come. */
  arrived(id: string, dataType: number, byWant: boolean): void {
    const sighting = this.#byId.get(id);
    if (sighting === undefined || sighting.dataType !== undefined) return;
    sighting.dataType = dataType;
    sighting.byWant = byWant;
  }

  /** The window is over. */
  end(id: string): Sighting | undefined {
    const sighting = this.#byId.get(id);
    if (sighting === undefined) return undefined;
    this.#byId.delete(id);
    const left = (this.#begunBy.get(sighting.beganBy) ?? 1) - 1;
    if (left === 0) this.#begunBy.delete(sighting.beganBy);
    else this.#begunBy.set(sighting.beganBy, left);
    return sighting;
  }

  /** A link is gone, and its number may soon be another's. */
  forgetLink(link: number): void {
    for (const sighting of this.#byId.values()) {
      const at = sighting.holders.indexOf(link);
      if (at < 0) continue;
      sighting.holders.splice(at, 1);
      if (sighting.first === link) sighting.first = undefined;
    }
  }

  #begin(id: string, link: number): Sighting | undefined {
    const begun = this.#begunBy.get(link) ?? 0;
    if (this.#byId.size >= SIGHTINGS_MAX || begun >= SIGHTINGS_PER_LINK_MAX) return undefined;
    this.#begunBy.set(link, begun + 1);
    const sighting: Sighting = {
      holders: [],
      first: undefined,
      firstMs: Infinity,
      dataType: undefined,
      byWant: false,
      beganBy: link,
    };
    this.#byId.set(id, sighting);
    return sighting;
  }
}
