/**
 * How each peer behaves: turns what happens on its connection into offences, and has those who
 * committed too many put aside. What an offence weighs is `Offenders`' to say.
 */
import { formatAddress, type DialAddress } from '../common/address.js';
import type { ActiveView } from '../core/active-view.js';
import type { AddressBook } from '../core/address-book.js';
import type { Counters } from '../core/counters.js';
import type { Offence } from '../core/offenders.js';
import { ShareWatch } from '../core/share-watch.js';
import type { ConnectionId, Ports } from './ports.js';

/** WANTs to one link of which a quarter has to be answered; our guess. */
const PROMISES = 32;
const BROKEN_SHARE = 0.75;
/** An answer may be late by so much and still be one: slow is not dishonest. Our guess. */
const PROMISE_MS = 10_000;
/** Late answers remembered per link, as many as are asked for at once. */
export const OVERDUE_MAX = 1_024;
/** Items that one link was the first to bring, of which half have to be valid; our guess. */
const ITEMS = 32;
const INVALID_SHARE = 0.5;

export type ConductDeps = {
  readonly ports: Pick<Ports, 'clock' | 'log'>;
  readonly counters: Counters;
  readonly view: ActiveView;
  readonly book: AddressBook;
  /** Whether an item has come, from whomever. */
  readonly hasCome: (itemId: string) => boolean;
  /** Ends a connection of ours, without an ERROR. */
  readonly drop: (connection: ConnectionId, reason: string) => void;
};

type Record = {
  readonly promises: ShareWatch;
  readonly items: ShareWatch;
  /** Ids whose WANT was not answered in time -> when that was, the oldest first. */
  readonly overdue: Map<string, number>;
};

export class Conduct {
  readonly #deps: ConductDeps;
  readonly #records = new Map<ConnectionId, Record>();

  constructor(deps: ConductDeps) {
    this.#deps = deps;
    deps.counters.gauge('peers_offending', () => deps.book.offenders.size);
  }

  /** An item came over this link. `byWant`: as it was asked to. */
  arrived(connection: ConnectionId, itemId: string, byWant: boolean): void {
    const wasOverdue = this.#records.get(connection)?.overdue.delete(itemId) ?? false;
    if (byWant || wasOverdue) this.#notePromise(connection, true);
  }

  /**
   * An item did not come that was asked of this link. If nobody brings it in a while the promise
   * was broken: of what somebody else brought, this link may have been told that it is not needed.
   */
  unanswered(connection: ConnectionId, itemId: string): void {
    const { overdue } = this.#of(connection);
    const nowMs = this.#deps.ports.clock.monotonicMs();
    for (const [id, sinceMs] of overdue) {
      const isOver = nowMs - sinceMs >= PROMISE_MS;
      if (!isOver && overdue.size < OVERDUE_MAX) break;
      overdue.delete(id);
      if (isOver && !this.#deps.hasCome(id)) this.#notePromise(connection, false);
    }
    overdue.set(itemId, nowMs);
  }

  /** Our modules have judged an item that this link was the first to bring. */
  brought(connection: ConnectionId, valid: boolean): void {
    if (this.#of(connection).items.note(!valid)) this.#blameLink(connection, 'invalid items');
  }

  /** True when the peer is put aside now. */
  blame(identity: string, address: DialAddress, offence: Offence): boolean {
    const { ports, counters, book } = this.#deps;
    const nowMs = ports.clock.wallMs();
    counters.count(`offences_total{offence="${offence}"}`);
    const asideMs = book.offenders.note(identity, offence, nowMs);
    if (asideMs === undefined) return false;
    const entry = book.get(identity);
    // Where we have dialled it, so that it is no better off there under another name. What it says
    // of its address may be somebody else's.
    if (entry?.table === 'tried') book.setAside(entry.address, asideMs, nowMs, { mostMs: asideMs });
    counters.count('peers_put_aside_total');
    ports.log('warn', 'peer put aside', {
      peer: formatAddress(address),
      identity: identity.slice(0, 16),
      reason: offence,
      seconds: Math.round(asideMs / 1_000),
    });
    return true;
  }

  /** The connection is over, and its number may soon be another's. */
  forget(connection: ConnectionId): void {
    this.#records.delete(connection);
  }

  #notePromise(connection: ConnectionId, kept: boolean): void {
    if (this.#of(connection).promises.note(!kept)) this.#blameLink(connection, 'broken promises');
  }

  #blameLink(connection: ConnectionId, offence: Offence): void {
    const link = this.#deps.view.byConnection(connection);
    if (link === undefined) return;
    if (this.blame(link.identity, link.address, offence)) this.#deps.drop(connection, 'misbehaves');
  }

  #of(connection: ConnectionId): Record {
    const known = this.#records.get(connection);
    if (known !== undefined) return known;
    const record = {
      promises: new ShareWatch(PROMISES, BROKEN_SHARE),
      items: new ShareWatch(ITEMS, INVALID_SHARE),
      overdue: new Map<string, number>(),
    };
    this.#records.set(connection, record);
    return record;
  }
}
