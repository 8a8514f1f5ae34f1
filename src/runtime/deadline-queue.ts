import type { ClockPort } from './ports.js';

/**
 * Deadlines of one length for many keys, with one timer for all of them: an `after` per item would
 * make every actor stop walk every timer (680 stops a second at 10,000 timers).
 */
export class DeadlineQueue {
  /** Key -> due, in order of due, since all wait equally long. */
  readonly #dueMs = new Map<string, number>();
  readonly #clock: ClockPort;
  readonly #durationMs: number;
  readonly #onDue: (keys: readonly string[]) => void;
  #timer: unknown;

  constructor(clock: ClockPort, durationMs: number, onDue: (keys: readonly string[]) => void) {
    this.#clock = clock;
    this.#durationMs = durationMs;
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#dueMs.size;
  }

  /** Starts the wait of a key, or starts it anew. */
  add(key: string): void {
    this.#dueMs.delete(key);
    this.#dueMs.set(key, this.#clock.monotonicMs() + this.#durationMs);
    this.#arm();
  }

  remove(key: string): void {
    this.#dueMs.delete(key);
  }

  /** Forgets everything, its timer included. */
  clear(): void {
    this.#dueMs.clear();
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    if (this.#timer !== undefined) return;
    for (const dueMs of this.#dueMs.values()) {
      const waitMs = Math.max(0, Math.ceil(dueMs - this.#clock.monotonicMs()));
      this.#timer = this.#clock.setTimeout(() => this.#fire(), waitMs);
      return;
    }
  }

  #fire(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.monotonicMs();
    const due: string[] = [];
    for (const [key, dueMs] of this.#dueMs) {
      if (dueMs > nowMs) break;
      due.push(key);
      this.#dueMs.delete(key);
    }
    if (due.length > 0) this.#onDue(due);
    this.#arm();
  }
}
