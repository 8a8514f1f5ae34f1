/**
 * Deadlines of different lengths with a handful of timers: each length is rounded up to a rung, and
 * each rung is a `DeadlineQueue`. O(1) per deadline, whatever is outstanding.
 */
import { DeadlineQueue } from './deadline-queue.js';
import type { ClockPort } from './ports.js';

export class DeadlineLadder {
  readonly #rungs: readonly { readonly waitMs: number; readonly queue: DeadlineQueue }[];
  readonly #queueOf = new Map<string, DeadlineQueue>();

  /** @param waitsMs the rungs, ascending; what is longer than the last waits as the last. */
  constructor(
    clock: ClockPort,
    waitsMs: readonly number[],
    onDue: (keys: readonly string[]) => void,
  ) {
    this.#rungs = waitsMs.map((waitMs) => {
      const queue = new DeadlineQueue(clock, waitMs, (keys) => {
        for (const key of keys) this.#queueOf.delete(key);
        onDue(keys);
      });
      return { waitMs, queue };
    });
  }

  get size(): number {
    return this.#queueOf.size;
  }

  /** Starts the wait of a key, or starts it anew: at least `waitMs`, up to the longest. */
  add(key: string, waitMs: number): void {
    this.remove(key);
    const rung = this.#rungs.find((step) => step.waitMs >= waitMs) ?? this.#rungs.at(-1);
    if (rung === undefined) return;
    rung.queue.add(key);
    this.#queueOf.set(key, rung.queue);
  }

  remove(key: string): void {
    this.#queueOf.get(key)?.remove(key);
    this.#queueOf.delete(key);
  }

  /** Forgets everything, the timers included. */
  clear(): void {
    for (const { queue } of this.#rungs) queue.clear();
    this.#queueOf.clear();
  }
}
