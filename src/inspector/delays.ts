/** The delays of one actor that wait, as told by the timers that it sets and cancels. */
import type { PendingDelay } from './protocol.js';

/** `xstate.after.answerTimeout.challenger.handshaking`. */
const AFTER = /^xstate\.after\.([^.]+)/;

type Waiting = PendingDelay & { readonly event: string };

/** A timer as XState keeps it: its id, the event that it sends, when by the wall clock. */
export type Timer = { readonly id: string; readonly event: string; readonly dueMs: number };

export class Delays {
  readonly #waiting = new Map<string, Waiting>();
  #list: readonly PendingDelay[] = [];

  /** A timer was set; one of the same id is replaced. */
  set(id: string, event: string, dueMs: number): void {
    this.#waiting.set(id, { name: nameOf(id, event), dueMs, event });
    this.#relist();
  }

  /** These timers run now, and no others. The list stays the same one if nothing else does. */
  replace(timers: readonly Timer[]): void {
    const isSame =
      timers.length === this.#waiting.size &&
      timers.every(({ id, dueMs }) => this.#waiting.get(id)?.dueMs === dueMs);
    if (isSame) return;
    this.#waiting.clear();
    for (const { id, event, dueMs } of timers) {
      this.#waiting.set(id, { name: nameOf(id, event), dueMs, event });
    }
    this.#relist();
  }

  cancel(id: string): void {
    if (this.#waiting.delete(id)) this.#relist();
  }

  /** The timer behind this event fired. */
  fired(event: string): void {
    for (const [id, waiting] of this.#waiting) {
      if (waiting.event === event) return this.cancel(id);
    }
  }

  /** Those that wait now. The list is never changed afterwards. */
  get list(): readonly PendingDelay[] {
    return this.#list;
  }

  #relist(): void {
    this.#list = [...this.#waiting.values()].map(({ name, dueMs }) => ({ name, dueMs }));
  }
}

const nameOf = (id: string, event: string): string => AFTER.exec(event)?.[1] ?? id;
