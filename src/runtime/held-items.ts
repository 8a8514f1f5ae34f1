/** Our own announces that no link wanted yet: kept until one does (protocol page, "Items"). */
import type { Item } from '../core/items.js';

export type HeldItem = { readonly item: Item; readonly ttl: number };

/**
 * Bounds; our guess: as much as a module announces in minutes, in the bytes of a knowledge base.
 */
export const HELD_ITEMS_MAX = 1_024;
export const HELD_BYTES_MAX = 64 * 1_024 * 1_024;

/** The oldest make room. */
export class HeldItems {
  readonly #items = new Map<string, HeldItem>();
  #bytes = 0;

  get size(): number {
    return this.#items.size;
  }

  hold(held: HeldItem): void {
    this.#items.set(held.item.id, held);
    this.#bytes += held.item.data.length;
    for (const oldest of this.#items.values()) {
      if (this.#items.size <= HELD_ITEMS_MAX && this.#bytes <= HELD_BYTES_MAX) return;
      this.#drop(oldest);
    }
  }

  /** Takes out what `isWanted` and has not expired; what has expired goes too. */
  release(isWanted: (dataType: number) => boolean, nowWallMs: number): HeldItem[] {
    const released: HeldItem[] = [];
    for (const held of this.#items.values()) {
      const isExpired = held.item.expiryMs <= nowWallMs;
      if (isExpired || isWanted(held.item.dataType)) this.#drop(held);
      if (!isExpired && isWanted(held.item.dataType)) released.push(held);
    }
    return released;
  }

  #drop({ item }: HeldItem): void {
    this.#items.delete(item.id);
    this.#bytes -= item.data.length;
  }
}
