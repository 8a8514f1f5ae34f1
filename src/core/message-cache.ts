/**
 * Items that were accepted moments ago: whoever is told of one by HAVE may ask for it within
 * seconds, which under load is longer than the knowledge base keeps its few. Gossipsub's *mcache*.
 */
import { reachesFurther } from './items.js';
import type { KnownItem } from './knowledge-base.js';

/** A HAVE is answered within seconds, by those who have to ask twice as well; our guess. */
export const CACHED_MS = 10_000;
/** 10 s at 800 items a second, and 32 KiB each at 100 a second; our guess. */
export const CACHED_ITEMS_MAX = 8_192;
export const CACHED_BYTES_MAX = 32 * 1_024 * 1_024;

type Cached = KnownItem & { readonly untilMs: number };

/** The oldest make room. Every operation is O(1), amortised. */
export class MessageCache {
  readonly #items = new Map<string, Cached>();
  #bytes = 0;

  get size(): number {
    return this.#items.size;
  }
  get bytes(): number {
    return this.#bytes;
  }

  add({ item, ttl }: KnownItem, nowMs: number): void {
    const known = this.#items.get(item.id);
    if (known !== undefined) {
      if (reachesFurther(ttl, known.ttl)) this.#items.set(item.id, { ...known, ttl });
      return;
    }
    this.#items.set(item.id, { item, ttl, untilMs: nowMs + CACHED_MS });
    this.#bytes += item.data.length;
    this.sweep(nowMs);
  }

  get(id: string): KnownItem | undefined {
    return this.#items.get(id);
  }

  /** Drops what is over, and the oldest beyond the bounds. */
  sweep(nowMs: number): void {
    for (const [id, { item, untilMs }] of this.#items) {
      const fits = this.#items.size <= CACHED_ITEMS_MAX && this.#bytes <= CACHED_BYTES_MAX;
      if (fits && untilMs > nowMs) return;
      this.#items.delete(id);
      this.#bytes -= item.data.length;
    }
  }
}
