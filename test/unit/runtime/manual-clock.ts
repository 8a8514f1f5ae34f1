import type { ClockPort } from '../../../src/runtime/ports.js';

/** A clock that goes when the test says so, and counts the timers that it runs. */
export class ManualClock implements ClockPort {
  #nowMs = 0;
  #lastId = 0;
  readonly #timers = new Map<number, { readonly dueMs: number; readonly fire: () => void }>();

  get timers(): number {
    return this.#timers.size;
  }

  setTimeout(fire: (...args: unknown[]) => void, delayMs: number): number {
    this.#lastId += 1;
    this.#timers.set(this.#lastId, { dueMs: this.#nowMs + delayMs, fire });
    return this.#lastId;
  }

  clearTimeout(id: unknown): void {
    this.#timers.delete(Number(id));
  }

  wallMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  /** Lets time pass and fires what is due, in order of due. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (let next = this.#nextBefore(untilMs); next !== undefined;) {
      const [id, { dueMs, fire }] = next;
      this.#timers.delete(id);
      this.#nowMs = Math.max(this.#nowMs, dueMs);
      fire();
      next = this.#nextBefore(untilMs);
    }
    this.#nowMs = untilMs;
  }

  #nextBefore(untilMs: number) {
    return [...this.#timers]
      .filter(([, { dueMs }]) => dueMs <= untilMs)
      .sort(([, a], [, b]) => a.dueMs - b.dueMs)
      .at(0);
  }
}
