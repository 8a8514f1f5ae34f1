/**
 * Asks for items that links say they hold: one WANT per id, the next holder when one is late. A
 * `fetch` actor waits for each; who holds what is `Fetches`.
 */
import type { AnyActorRef } from 'xstate';
import type { Conduct } from './conduct.js';
import type { fetchMachine } from '../../machines/fetch.js';
import type { Counters } from '../core/counters.js';
import { Fetches } from '../core/fetches.js';
import { idBytes } from '../core/items.js';
import type { SpreadProfile } from '../core/spread-profile.js';
import { IDS_MAX } from '../wire/messages.js';
import { DeadlineLadder } from './deadline-ladder.js';
import { implement } from './interpreter/implement.js';
import type { ConnectionId, Ports } from './ports.js';
import { ResidentActors } from './resident-actors.js';

/** Outstanding WANTs in all and per link; our guess. */
export const FETCHES_MAX = 4_096;
export const FETCHES_PER_LINK_MAX = 1_024;
/** A WANT is late after one and a half round trips and what the holder needs; our guess. */
const ROUND_TRIPS = 1.5;
const SERVICE_MS = 20;
/** Rungs to which that is rounded up; a WANT is late after the last whatever the link. */
const WANT_WAITS_MS = [40, 70, 100, 150, 220, 320, 470, 680, 1_000];
export const WANT_TIMEOUT_MS = 1_000;

export type FetcherDeps = {
  readonly ports: Pick<Ports, 'peers' | 'clock'>;
  readonly counters: Counters;
  readonly profile: SpreadProfile;
  readonly machine: typeof fetchMachine;
  readonly supervisor: () => AnyActorRef;
  readonly conduct: Pick<Conduct, 'unanswered'>;
  /** The round trip of a link; undefined while it has not been measured. */
  readonly rttMs: (connection: ConnectionId) => number | undefined;
};

export class Fetcher {
  readonly actors: ResidentActors<typeof fetchMachine>;
  readonly #deps: FetcherDeps;
  readonly #fetches = new Fetches(FETCHES_MAX, FETCHES_PER_LINK_MAX);
  readonly #deadlines: DeadlineLadder;
  /** Offered, but not asked for yet. */
  readonly #biding = new Set<string>();
  /** WANTs of this batch, by link. */
  readonly #asks = new Map<ConnectionId, string[]>();

  constructor(deps: FetcherDeps) {
    this.#deps = deps;
    const logic = implement(deps.machine, {
      actions: {
        ask: (_, { itemId, holder }) => this.#ask(itemId, holder),
        giveUp: (_, { itemId }) => this.actors.end(itemId),
      },
    });
    this.actors = new ResidentActors(logic, undefined, deps.supervisor);
    this.#deadlines = new DeadlineLadder(deps.ports.clock, WANT_WAITS_MS, (ids) => {
      this.#noteLate(ids);
      this.#turnToOthers(ids);
    });
    deps.counters.gauge('items_fetching', () => this.#fetches.size);
  }

  /** A link holds items that we lack. */
  heard(connection: ConnectionId, ids: readonly string[]): void {
    const { wantDelayMs } = this.#deps.profile;
    for (const itemId of ids) {
      if (!this.#fetches.heard(itemId, connection)) continue;
      const bides = wantDelayMs > 0;
      if (bides) {
        this.#biding.add(itemId);
        this.#deadlines.add(itemId, wantDelayMs);
      }
      const holder = connection;
      this.actors.begin(itemId).send({ type: 'item.offered', itemId, holder, bides });
    }
    this.#sendAsks();
  }

  /** Whether a link was asked for an item, and has yet to answer. */
  asks(connection: ConnectionId, id: string): boolean {
    return this.#fetches.asked(id) === connection && !this.#biding.has(id);
  }

  /** The item came over a link. True: it had been asked for there. */
  arrived(id: string, connection: ConnectionId): boolean {
    const asked = this.#fetches.arrived(id);
    if (asked === undefined) return false;
    this.#deadlines.remove(id);
    this.actors.of(id)?.send({ type: 'item.arrived' });
    this.actors.end(id);
    return !this.#biding.delete(id) && asked === connection;
  }

  /** The link is gone: others are asked. */
  lost(connection: ConnectionId): void {
    const ids = this.#fetches.lost(connection);
    for (const id of ids) this.#biding.delete(id);
    this.#turnToOthers(ids);
  }

  stop(): void {
    this.#deadlines.clear();
    this.actors.stop();
  }

  /** Their WANTs went unanswered, unless they only bide their time. */
  #noteLate(ids: readonly string[]): void {
    for (const id of ids) {
      const asked = this.#biding.has(id) ? undefined : this.#fetches.asked(id);
      if (asked !== undefined) this.#deps.conduct.unanswered(asked, id);
    }
  }

  #turnToOthers(ids: readonly string[]): void {
    for (const id of ids) {
      const next = this.#biding.delete(id) ? this.#fetches.asked(id) : this.#fetches.late(id);
      this.actors.of(id)?.send({ type: 'holder.failed', next });
      if (next === undefined) this.#deadlines.remove(id);
    }
    this.#sendAsks();
  }

  #ask(id: string, holder: ConnectionId): void {
    const ids = this.#asks.get(holder);
    if (ids === undefined) this.#asks.set(holder, [id]);
    else ids.push(id);
    const rttMs = this.#deps.rttMs(holder);
    const waitMs = rttMs === undefined ? WANT_TIMEOUT_MS / 2 : ROUND_TRIPS * rttMs + SERVICE_MS;
    this.#deadlines.add(id, waitMs);
  }

  #sendAsks(): void {
    for (const [holder, ids] of this.#asks) {
      this.#deps.counters.count('items_wanted_total', ids.length);
      for (let at = 0; at < ids.length; at += IDS_MAX) {
        const some = ids.slice(at, at + IDS_MAX).map(idBytes);
        this.#deps.ports.peers.send([holder], { type: 'WANT', ids: some });
      }
    }
    this.#asks.clear();
  }
}
