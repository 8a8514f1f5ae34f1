/**
 * The last validated items, to be offered to peers that join or rejoin and sent to those who want
 * them. Bounded in items, in bytes, and no data type may take more than half of either, so that a
 * chatty type does not push out a quiet one (protocol page, "Items").
 */
import { reachesFurther, type Item } from './items.js';

export type KnownItem = {
  readonly item: Item;
  /** The ttl with which it leaves us. */
  readonly ttl: number;
};

export type KnowledgeBaseOptions = { readonly itemsMax: number; readonly bytesMax: number };

type Usage = { items: number; bytes: number };

export class KnowledgeBase {
  readonly #items = new Map<string, KnownItem>();
  readonly #usageByType = new Map<number, Usage>();
  readonly #options: KnowledgeBaseOptions;
  #bytes = 0;

  constructor(options: KnowledgeBaseOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#items.size;
  }
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds an item; the oldest of its type, then the oldest of all, make room. */
  add(item: Item, ttl: number): void {
    const known = this.#items.get(item.id);
    if (known !== undefined) {
      // It may go farther than was known when it came: so do the copies that are asked for.
      if (reachesFurther(ttl, known.ttl)) this.#items.set(item.id, { ...known, ttl });
      return;
    }
    const { itemsMax, bytesMax } = this.#options;
    if (item.data.length > bytesMax) return;
    const share = (max: number): number => Math.max(1, Math.floor(max / 2));
    const usage = this.#usage(item.dataType);
    // Half is enforced only where another type is there to be protected.
    const others = this.#items.size - usage.items > 0;
    while (
      usage.items > 0 &&
      others &&
      (usage.items >= share(itemsMax) || usage.bytes + item.data.length > share(bytesMax))
    ) {
      this.#dropOldest((known) => known.item.dataType === item.dataType);
    }
    while (this.#items.size >= itemsMax || this.#bytes + item.data.length > bytesMax) {
      this.#dropOldest(this.#overHalf());
    }
    this.#items.set(item.id, { item, ttl });
    this.#bytes += item.data.length;
    usage.items += 1;
    usage.bytes += item.data.length;
    this.#usageByType.set(item.dataType, usage);
  }

  get(id: string, nowWallMs: number): KnownItem | undefined {
    const known = this.#items.get(id);
    return known === undefined || known.item.expiryMs > nowWallMs ? known : undefined;
  }

  /** What has not expired and `isWanted` by its type, oldest first. */
  unexpired(nowWallMs: number, isWanted: (dataType: number) => boolean): KnownItem[] {
    return [...this.#items.values()].filter(
      ({ item }) => item.expiryMs > nowWallMs && isWanted(item.dataType),
    );
  }

  /** Drops what has expired; O(items), called now and then. */
  sweep(nowWallMs: number): void {
    for (const known of this.#items.values()) {
      if (known.item.expiryMs <= nowWallMs) this.#drop(known);
    }
  }

  /** The oldest of the type that takes the most, if one takes over half; else the oldest of all. */
  #overHalf(): (known: KnownItem) => boolean {
    for (const [dataType, { items, bytes }] of this.#usageByType) {
      if (items * 2 > this.#items.size || bytes * 2 > this.#bytes) {
        return ({ item }) => item.dataType === dataType;
      }
    }
    return () => true;
  }

  #usage(dataType: number): Usage {
    return this.#usageByType.get(dataType) ?? { items: 0, bytes: 0 };
  }

  #dropOldest(matches: (known: KnownItem) => boolean): void {
    for (const known of this.#items.values()) {
      if (!matches(known)) continue;
      this.#drop(known);
      return;
    }
  }

  #drop({ item }: KnownItem): void {
    this.#items.delete(item.id);
    this.#bytes -= item.data.length;
    const usage = this.#usage(item.dataType);
    usage.items -= 1;
    usage.bytes -= item.data.length;
    if (usage.items === 0) this.#usageByType.delete(item.dataType);
  }
}
