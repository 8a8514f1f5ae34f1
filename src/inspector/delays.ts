/** The delays of one actor that wait, as told by the timers that it sets and cancels. */
import type { PendingDelay } from './protocol.js';

/** `xstate.after.answerTimeout.challenger.handshaking`. */
const AFTER = /^xstate\.after\.([^.]+)/;

type Waiting = PendingDelay & { readonly event: string };

export class Delays {
  readonly #waiting = new Map<string, Waiting>();
  #list: readonly PendingDelay[] = [];

  /** A timer was set; one of the same id is replaced. */
  set(id: string, event: string, dueMs: number): void {
    const [, name = id] = AFTER.exec(event) ?? [];
    this.#waiting.set(id, { name, dueMs, event });
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
