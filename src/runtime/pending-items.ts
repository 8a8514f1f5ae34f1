/**
 * Items that wait for their verdict, with their data, who sent them and who has not answered; and,
 * for a while, those that were ignored, because a late *valid* still offers them.
 */
import type { Item } from '../core/items.js';
import type { ConnectionId } from './ports.js';

export type PendingItem = {
  readonly item: Item;
  /** Links that have shown that they have it: they need no copy. */
  readonly holders: ConnectionId[];
  /** The link that was the first to bring it; undefined once it is gone. */
  broughtBy: ConnectionId | undefined;
  /** Modules whose verdict is awaited. */
  readonly unanswered: Set<ConnectionId>;
};

/** Bytes of data that may wait at once, and that may be shelved; our guess: a knowledge base. */
export const PENDING_BYTES_MAX = 64 * 1_024 * 1_024;
export const SHELVED_ITEMS_MAX = 1_024;
export const SHELVED_BYTES_MAX = 16 * 1_024 * 1_024;

export class PendingItems {
  readonly #items = new Map<string, PendingItem>();
  readonly #shelf = new Map<string, PendingItem>();
  readonly #itemsMax: number;
  #bytes = 0;
  #shelfBytes = 0;

  constructor(itemsMax: number) {
    this.#itemsMax = itemsMax;
  }

  get size(): number {
    return this.#items.size;
  }
  get bytes(): number {
    return this.#bytes;
  }

  /** True when another item may wait. */
  hasRoom(item: Item): boolean {
    return this.#items.size < this.#itemsMax && this.#bytes + item.data.length <= PENDING_BYTES_MAX;
  }

  add(
    item: Item,
    holders: readonly ConnectionId[],
    voters: readonly ConnectionId[],
    broughtBy?: ConnectionId,
  ): void {
    const unanswered = new Set(voters);
    this.#items.set(item.id, { item, holders: [...holders], broughtBy, unanswered });
    this.#bytes += item.data.length;
  }

  get(id: string): PendingItem | undefined {
    return this.#items.get(id);
  }

  addHolder(id: string, holder: ConnectionId): void {
    const holders = this.#items.get(id)?.holders;
    if (holders?.includes(holder) === false) holders.push(holder);
  }

  /** A link is gone, and its number may soon be another's. */
  forgetHolder(holder: ConnectionId): void {
    for (const pending of [...this.#items.values(), ...this.#shelf.values()]) {
      const at = pending.holders.indexOf(holder);
      if (at >= 0) pending.holders.splice(at, 1);
      if (pending.broughtBy === holder) pending.broughtBy = undefined;
    }
  }

  /** True when this module's verdict was awaited until now. */
  answered(id: string, module: ConnectionId): boolean {
    return this.#items.get(id)?.unanswered.delete(module) ?? false;
  }

  unanswered(id: string): readonly ConnectionId[] {
    return [...(this.#items.get(id)?.unanswered ?? [])];
  }

  take(id: string): PendingItem | undefined {
    const pending = this.#items.get(id);
    if (pending === undefined) return undefined;
    this.#items.delete(id);
    this.#bytes -= pending.item.data.length;
    return pending;
  }

  /** Keeps an ignored item for a late verdict; the oldest make room. */
  shelve(pending: PendingItem): void {
    this.#shelf.set(pending.item.id, pending);
    this.#shelfBytes += pending.item.data.length;
    for (const id of this.#shelf.keys()) {
      if (this.#shelf.size <= SHELVED_ITEMS_MAX && this.#shelfBytes <= SHELVED_BYTES_MAX) return;
      this.unshelve(id);
    }
  }

  unshelve(id: string): PendingItem | undefined {
    const pending = this.#shelf.get(id);
    if (pending === undefined) return undefined;
    this.#shelf.delete(id);
    this.#shelfBytes -= pending.item.data.length;
    return pending;
  }
}
