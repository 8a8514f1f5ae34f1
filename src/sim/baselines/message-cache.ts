/** Gossipsub's memory of items: windows, of which one begins at each heartbeat. */
import type { BaselineItem } from './spread-record.js';

type Kept = {
  readonly item: BaselineItem;
  /** Links that this node is away from the origin. */
  readonly hops: number;
  /** How often a peer was given it; absent: nobody ever. */
  served?: Map<number, number>;
};

export class MessageCache {
  readonly #windows: Kept[][] = [[]];
  readonly #kept = new Map<number, Kept>();
  readonly #length: number;
  readonly #gossiped: number;

  /** Keeps items for `length` windows, and offers those of the latest `gossiped`. */
  constructor(length: number, gossiped: number) {
    this.#length = length;
    this.#gossiped = gossiped;
  }

  put(item: BaselineItem, hops: number): void {
    const kept: Kept = { item, hops };
    this.#kept.set(item.number, kept);
    this.#windows[0]?.push(kept);
  }

  /** What a peer has asked for, if it is there and the peer has not had it `timesMax` times. */
  take(number: number, peer: number, timesMax: number): Kept | undefined {
    const kept = this.#kept.get(number);
    if (kept === undefined) return undefined;
    kept.served ??= new Map();
    const times = (kept.served.get(peer) ?? 0) + 1;
    kept.served.set(peer, times);
    return times > timesMax ? undefined : kept;
  }

  /** The numbers of the items that are offered now. */
  gossiped(): readonly number[] {
    return this.#windows.slice(0, this.#gossiped).flatMap((window) => numbersOf(window));
  }

  /** A window ends; what is in the oldest is forgotten. */
  shift(): void {
    this.#windows.unshift([]);
    const oldest = this.#windows.length > this.#length ? this.#windows.pop() : undefined;
    for (const { item } of oldest ?? []) this.#kept.delete(item.number);
  }
}

const numbersOf = (window: readonly Kept[]): number[] => window.map(({ item }) => item.number);
