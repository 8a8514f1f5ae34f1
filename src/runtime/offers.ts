/**
 * HAVEs that are to leave in a moment: an item is offered to the lazy links a little after it was
 * accepted, together with others of that moment, and not to those who have shown meanwhile that
 * they have it. Two heaps of one delay each take turns, so that one timer serves all and each
 * offer waits for at least one delay and at most two.
 */
import { IDS_MAX } from '../wire/messages.js';
import type { ClockPort, ConnectionId } from './ports.js';

/** What links are to be offered. */
export type OffersByLink = ReadonlyMap<ConnectionId, readonly string[]>;

/** Offers that wait for one link; beyond it they leave at once. One HAVE can carry them. */
export const OFFERS_WAITING_MAX = IDS_MAX;

export class Offers {
  readonly #clock: ClockPort;
  readonly #delayMs: number;
  readonly #offer: (offers: OffersByLink) => void;
  #ripening = new Map<ConnectionId, string[]>();
  #fresh = new Map<ConnectionId, string[]>();
  #timer: unknown;

  constructor(clock: ClockPort, delayMs: number, offer: (offers: OffersByLink) => void) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#offer = offer;
  }

  add(connections: readonly ConnectionId[], id: string): void {
    for (const connection of connections) {
      const ids = this.#fresh.get(connection);
      if (ids === undefined) this.#fresh.set(connection, [id]);
      else if (ids.push(id) >= OFFERS_WAITING_MAX) {
        this.#fresh.delete(connection);
        this.#offer(new Map([[connection, ids]]));
      }
    }
    this.#arm();
  }

  forget(connection: ConnectionId): void {
    this.#fresh.delete(connection);
    this.#ripening.delete(connection);
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#fresh.clear();
    this.#ripening.clear();
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#fresh.size + this.#ripening.size === 0) return;
    this.#timer = this.#clock.setTimeout(() => this.#turn(), this.#delayMs);
  }

  #turn(): void {
    this.#timer = undefined;
    const ripe = this.#ripening;
    this.#ripening = this.#fresh;
    this.#fresh = new Map();
    if (ripe.size > 0) this.#offer(ripe);
    this.#arm();
  }
}
