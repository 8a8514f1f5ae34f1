/** Asks for items that links say they hold: one WANT per id, the next holder when one is late. */
import type { Counters } from '../core/counters.js';
import { Fetches } from '../core/fetches.js';
import { idBytes } from '../core/items.js';
import { IDS_MAX } from '../wire/messages.js';
import { DeadlineQueue } from './deadline-queue.js';
import type { ConnectionId, Ports } from './ports.js';

/** A WANT is late after this; our guess, several round trips around the world. */
export const WANT_TIMEOUT_MS = 1_000;
/** Outstanding WANTs in all and per link; our guess. */
export const FETCHES_MAX = 4_096;
export const FETCHES_PER_LINK_MAX = 1_024;

export class Fetcher {
  readonly #fetches = new Fetches(FETCHES_MAX, FETCHES_PER_LINK_MAX);
  readonly #deadlines: DeadlineQueue;
  readonly #ports: Pick<Ports, 'peers' | 'clock'>;

  constructor(ports: Pick<Ports, 'peers' | 'clock'>, counters: Counters) {
    this.#ports = ports;
    this.#deadlines = new DeadlineQueue(ports.clock, WANT_TIMEOUT_MS, (ids) => {
      this.#askNextHolder(ids);
    });
    counters.gauge('items_fetching', () => this.#fetches.size);
  }

  /** A link holds items that we lack. */
  heard(connection: ConnectionId, ids: readonly string[]): void {
    this.#want(
      connection,
      ids.filter((id) => this.#fetches.heard(id, connection)),
    );
  }

  /** The item came, from whomever. */
  arrived(id: string): void {
    this.#fetches.arrived(id);
  }

  /** The link is gone: others are asked. */
  lost(connection: ConnectionId): void {
    this.#askNextHolder(this.#fetches.lost(connection));
  }

  stop(): void {
    this.#deadlines.clear();
  }

  #askNextHolder(ids: readonly string[]): void {
    for (const id of ids) {
      const next = this.#fetches.late(id);
      if (next !== undefined) this.#want(next, [id]);
    }
  }

  #want(connection: ConnectionId, ids: readonly string[]): void {
    for (const id of ids) this.#deadlines.add(id);
    for (let at = 0; at < ids.length; at += IDS_MAX) {
      const some = ids.slice(at, at + IDS_MAX).map(idBytes);
      this.#ports.peers.send([connection], { type: 'WANT', ids: some });
    }
  }
}
