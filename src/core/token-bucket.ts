/**
 * Limits a rate. The bucket starts full with `burst` tokens and gains `ratePerSecond` tokens a
 * second up to `burst`. More than `burst` at once is never granted.
 *
 * @throws RangeError for a rate or burst that is negative or not finite.
 */
export class TokenBucket {
  readonly #ratePerSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledMs: number | undefined;

  constructor(ratePerSecond: number, burst: number) {
    if (!(ratePerSecond >= 0 && burst >= 0 && Number.isFinite(ratePerSecond + burst))) {
      throw new RangeError(`no bucket of ${burst} tokens with ${ratePerSecond} a second`);
    }
    this.#ratePerSecond = ratePerSecond;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /**
   * Takes all `count` tokens or none, and says which. `nowMs` is monotonic time; a reading earlier
   * than one before gains nothing.
   *
   * @throws RangeError for a negative or undefined (NaN) count, which would fill the bucket.
   */
  take(count: number, nowMs: number): boolean {
    if (!(count >= 0)) throw new RangeError(`cannot take ${count} tokens`);
    const filledMs = this.#filledMs ?? nowMs;
    const gained = (Math.max(0, nowMs - filledMs) * this.#ratePerSecond) / 1_000;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#filledMs = Math.max(filledMs, nowMs);
    if (count > this.#tokens) return false;
    this.#tokens -= count;
    return true;
  }
}
