/**
 * Tells when too much of what somebody does comes to nothing. What is done is counted in windows of
 * so many, one after the other, so that nothing is held against whoever did little.
 */
export class ShareWatch {
  readonly #window: number;
  readonly #badMost: number;
  #count = 0;
  #bad = 0;

  /** Tells when more than `badShare` of `window` came to nothing. */
  constructor(window: number, badShare: number) {
    this.#window = window;
    this.#badMost = badShare * window;
  }

  /** One more. True: a window is full, and too much of it was bad. */
  note(isBad: boolean): boolean {
    this.#count += 1;
    if (isBad) this.#bad += 1;
    if (this.#count < this.#window) return false;
    const isTooBad = this.#bad > this.#badMost;
    this.#count = 0;
    this.#bad = 0;
    return isTooBad;
  }
}
