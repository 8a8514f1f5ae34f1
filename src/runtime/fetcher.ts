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
import { Promises } from '../core/promises.js';
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
/** The same where the round trip is not known, and another could be asked: more than most take. */
const UNMEASURED_WAIT_MS = 220;
/** Whoever mostly broke its promises is asked so much later, if nobody else offers; our guess. */
const DISTRUST_WAIT_MS = 150;
/** A WANT is late after this, whatever the link. */
export const WANT_TIMEOUT_MS = 1_000;
/** Rungs to which the wait is rounded up. */
const WANT_WAITS_MS = [40, 70, 100, 150, 220, 320, 470, 680, WANT_TIMEOUT_MS];

export type FetcherDeps = {
  readonly ports: Pick<Ports, 'peers' | 'clock' | 'random'>;
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
  /** Whom to believe when it offers. */
  readonly promises = new Promises();
  readonly #fetches: Fetches;
  readonly #deadlines: DeadlineLadder;
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
    this.#fetches = new Fetches({
      fetchesMax: FETCHES_MAX,
      perHolderMax: FETCHES_PER_LINK_MAX,
      promises: this.promises,
      random: deps.ports.random,
    });
    this.#deadlines = new DeadlineLadder(deps.ports.clock, WANT_WAITS_MS, (ids) => {
      for (const id of ids) this.#giveUpOn(id);
      this.#sendAsks();
    });
    deps.counters.gauge('items_fetching', () => this.#fetches.size);
    deps.counters.gauge('links_distrusted', () => this.promises.distrusted);
  }

  /** A link holds items that we lack. */
  heard(connection: ConnectionId, ids: readonly string[]): void {
    const { wantDelayMs } = this.#deps.profile;
    const holder = connection;
    for (const itemId of ids) {
      const advice = this.#fetches.heard(itemId, holder, wantDelayMs > 0);
      if (advice === 'turn') this.#turn(itemId, this.#fetches.next(itemId));
      if (advice === 'turn' || advice === undefined) continue;
      const bides = advice === 'bide';
      if (bides) this.#deadlines.add(itemId, this.#bidingMs(holder));
      this.actors.begin(itemId).send({ type: 'item.offered', itemId, holder, bides });
    }
    this.#sendAsks();
  }

  /** Whether a link was asked for an item, and has yet to answer. */
  asks(connection: ConnectionId, id: string): boolean {
    return this.#fetches.isAsked(id, connection);
  }

  /** The item came over a link. True: it had been asked for there. */
  arrived(id: string, connection: ConnectionId): boolean {
    const wasAsked = this.#fetches.arrived(id, connection);
    // Whoever was asked, and was slower than somebody else, is still to keep its promise.
    if (!this.#fetches.isOwed(id)) this.#deadlines.remove(id);
    const actor = this.actors.of(id);
    actor?.send({ type: 'item.arrived' });
    if (actor !== undefined) this.actors.end(id);
    return wasAsked;
  }

  /** The link is gone: others are asked. */
  lost(connection: ConnectionId): void {
    this.promises.forget(connection);
    for (const id of this.#fetches.lost(connection)) {
      this.#turn(id, this.#fetches.next(id, { isGone: true }));
    }
    this.#sendAsks();
  }

  stop(): void {
    this.#deadlines.clear();
    this.actors.stop();
  }

  /** Time is up for whose turn it was, and for whoever owes an answer. */
  #giveUpOn(id: string): void {
    const late = this.#fetches.awaited(id);
    if (late !== undefined) this.#deps.conduct.unanswered(late, id);
    this.#turn(id, this.#fetches.late(id));
  }

  #turn(id: string, next: ConnectionId | undefined): void {
    this.actors.of(id)?.send({ type: 'holder.failed', next });
    if (next === undefined) this.#deadlines.remove(id);
  }

  #bidingMs(holder: ConnectionId): number {
    const { wantDelayMs } = this.#deps.profile;
    return this.promises.isTrusted(holder) ? wantDelayMs : Math.max(wantDelayMs, DISTRUST_WAIT_MS);
  }

  #ask(id: string, holder: ConnectionId): void {
    const ids = this.#asks.get(holder);
    if (ids === undefined) this.#asks.set(holder, [id]);
    else ids.push(id);
    const rttMs = this.#deps.rttMs(holder);
    const waitMs = rttMs === undefined ? UNMEASURED_WAIT_MS : ROUND_TRIPS * rttMs + SERVICE_MS;
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
