import { randomFillSync } from 'node:crypto';
import type { RandomPort } from '../runtime/ports.js';

/** Bytes fetched at once: one call costs about as much for 8 KiB as for 8 B (measured). */
const POOL_BYTES = 8_192;
const WORD_VALUES = 2 ** 32;

/** Hands out bytes of the operating system's generator, each once. */
class RandomPool implements RandomPort {
  readonly #pool = Buffer.alloc(POOL_BYTES);
  #used = POOL_BYTES;

  bytes(length: number): Buffer {
    if (length > POOL_BYTES / 8) return randomFillSync(Buffer.allocUnsafeSlow(length));
    const from = this.#take(length);
    return Buffer.from(this.#pool.subarray(from, from + length));
  }

  below(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > WORD_VALUES) {
      throw new RangeError(`no random number below ${bound}: 1 to 2^32 is allowed`);
    }
    // The words at the top that would make small remainders likelier are thrown back.
    const fairWords = WORD_VALUES - (WORD_VALUES % bound);
    for (;;) {
      const word = this.#pool.readUInt32LE(this.#take(4));
      if (word < fairWords) return word % bound;
    }
  }

  #take(length: number): number {
    if (this.#used + length > POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += length;
    return from;
  }
}

/**
 * Unpredictable chance, fetched from `node:crypto` in batches. `below` is unbiased.
 *
 * @throws RangeError from `below` when the bound is no whole number from 1 to 2^32.
 */
export const nodeRandom: RandomPort = new RandomPool();
