/** Who wants which data types: a two-way index, for local modules and for links alike. */
export class Interests {
  readonly #byType = new Map<number, Set<number>>();
  readonly #byWho = new Map<number, Set<number>>();
  /** Those who want everything. */
  readonly #all = new Set<number>();

  /** True when nobody wanted the type before. */
  add(who: number, dataType: number): boolean {
    const interested = this.#byType.get(dataType);
    if (interested === undefined) this.#byType.set(dataType, new Set([who]));
    else interested.add(who);
    const types = this.#byWho.get(who);
    if (types === undefined) this.#byWho.set(who, new Set([dataType]));
    else types.add(dataType);
    return interested === undefined;
  }

  /** True when nobody wants the type any more. */
  remove(who: number, dataType: number): boolean {
    this.#byWho.get(who)?.delete(dataType);
    const interested = this.#byType.get(dataType);
    if (interested === undefined || !interested.delete(who) || interested.size > 0) return false;
    this.#byType.delete(dataType);
    return true;
  }

  setAll(who: number, all: boolean): void {
    if (all) this.#all.add(who);
    else this.#all.delete(who);
  }

  /** Forgets `who`; returns the types that nobody wants any more. */
  drop(who: number): number[] {
    this.#all.delete(who);
    const orphaned = [...(this.#byWho.get(who) ?? [])].filter((type) => this.remove(who, type));
    this.#byWho.delete(who);
    return orphaned;
  }

  wants(who: number, dataType: number): boolean {
    return this.#all.has(who) || (this.#byWho.get(who)?.has(dataType) ?? false);
  }

  /** How many types `who` has named. */
  count(who: number): number {
    return this.#byWho.get(who)?.size ?? 0;
  }

  /** Types that were named, by everyone together. */
  get total(): number {
    let total = 0;
    for (const types of this.#byWho.values()) total += types.size;
    return total;
  }

  /** Everyone who wants the type, in order of subscription, those who want everything last. */
  *interested(dataType: number): IterableIterator<number> {
    const named = this.#byType.get(dataType);
    if (named !== undefined) yield* named;
    for (const who of this.#all) if (named?.has(who) !== true) yield who;
  }

  isWanted(dataType: number): boolean {
    return this.#all.size > 0 || this.#byType.has(dataType);
  }

  types(): number[] {
    return [...this.#byType.keys()];
  }
}
