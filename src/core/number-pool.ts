/** Free numbers skipped at the head of the queue before it is cut (our guess). */
const CUT_AT = 1_024;

/**
 * Hands out small whole numbers and takes them back. The number that has been free longest is
 * used again first, so that a late word about its former holder finds nobody in its place; only
 * when none is free is a new one made, the lowest. So there are never more numbers than were out
 * at once. Both calls take constant time on average.
 */
export class NumberPool {
  readonly #taken = new Set<number>();
  #free: number[] = [];
  #head = 0;
  #next: number;

  /** `first` is the lowest number that is handed out. */
  constructor(first = 1) {
    this.#next = first;
  }

  /** How many numbers are out. */
  get taken(): number {
    return this.#taken.size;
  }

  take(): number {
    const number = this.#longestFree() ?? this.#next++;
    this.#taken.add(number);
    return number;
  }

  /** @throws RangeError for a number that is not out: released twice, or never taken. */
  release(number: number): void {
    if (!this.#taken.delete(number)) throw new RangeError(`the number ${number} is not taken`);
    this.#free.push(number);
  }

  #longestFree(): number | undefined {
    if (this.#head === this.#free.length) return undefined;
    const number = this.#free[this.#head];
    this.#head += 1;
    if (this.#head >= CUT_AT && this.#head * 2 >= this.#free.length) {
      this.#free = this.#free.slice(this.#head);
      this.#head = 0;
    }
    return number;
  }
}
