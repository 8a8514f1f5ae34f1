/** The links as the router sees them: who wants what, who has room, who is owed a HAVE. */
import type { Counters } from '../core/counters.js';
import { Interests } from '../core/interests.js';
import { idBytes } from '../core/items.js';
import { RecentIds } from '../core/recent-ids.js';
import { IDS_MAX, INTEREST_TYPES_MAX, type Interest, type PeerMessage } from '../wire/messages.js';
import { SUBSCRIPTIONS_MAX } from './modules.js';
import type { OffersByLink } from './offers.js';
import type { ConnectionId, ItemCopy, PeersPort } from './ports.js';

/** Ids remembered for a link that has no room; one HAVE can carry them. */
export const OWED_MAX = IDS_MAX;

/** Ids remembered per link as offered or served, and how long; our guess: a WANT is late in 1 s. */
export const RECENT_IDS_MAX = 1_024;
export const RECENT_MS = 10_000;

type LinkState = {
  /** Established connections are told of interests; only links get items. */
  active: boolean;
  /** Ids of items that found no room, the oldest first. */
  readonly owed: Set<string>;
  /** Ids that we offered lately: a peer whose interests flicker is not offered them again. */
  readonly offered: RecentIds;
  /** Ids that we sent in answer to WANT lately: asked for again, they are not sent again. */
  readonly served: RecentIds;
};

export class Links {
  readonly interests = new Interests();
  readonly #links = new Map<ConnectionId, LinkState>();
  readonly #peers: PeersPort;
  readonly #counters: Counters;
  readonly #onChange: () => void;

  /** `onChange`: which links there are, or what they or we want, is another matter now. */
  constructor(peers: PeersPort, counters: Counters, onChange: () => void = () => {}) {
    this.#onChange = onChange;
    this.#peers = peers;
    this.#counters = counters;
    counters.gauge('links', () => this.activeCount);
    counters.gauge('link_interests', () => this.interests.total);
  }

  get activeCount(): number {
    return this.active().length;
  }

  /** Links, the oldest first. */
  active(): ConnectionId[] {
    return [...this.#links].filter(([, { active }]) => active).map(([connection]) => connection);
  }

  /** A connection was established: tells the peer what our modules want. */
  add(connection: ConnectionId, ourTypes: readonly number[]): void {
    this.#links.set(connection, {
      active: false,
      owed: new Set(),
      offered: new RecentIds(RECENT_IDS_MAX, RECENT_MS),
      served: new RecentIds(RECENT_IDS_MAX, RECENT_MS),
    });
    if (ourTypes.length > 0) this.tellInterest([connection], ourTypes, []);
  }

  activate(connection: ConnectionId): void {
    const link = this.#links.get(connection);
    if (link === undefined) return;
    link.active = true;
    this.#onChange();
  }

  isActive(connection: ConnectionId): boolean {
    return this.#links.get(connection)?.active ?? false;
  }

  remove(connection: ConnectionId): void {
    this.#links.delete(connection);
    this.interests.drop(connection);
    this.#onChange();
  }

  /** Tells everybody established that our interests changed. */
  tellAll(add: readonly number[], remove: readonly number[]): void {
    if (add.length + remove.length === 0) return;
    this.tellInterest([...this.#links.keys()], add, remove);
    this.#onChange();
  }

  /** In as many messages as the bound on their lists asks for. */
  tellInterest(
    connections: readonly ConnectionId[],
    add: readonly number[],
    remove: readonly number[],
  ): void {
    for (let at = 0; at < Math.max(add.length, remove.length); at += INTEREST_TYPES_MAX) {
      this.#peers.send(connections, {
        type: 'INTEREST',
        all: false,
        add: add.slice(at, at + INTEREST_TYPES_MAX),
        remove: remove.slice(at, at + INTEREST_TYPES_MAX),
      });
    }
  }

  /** Notes what a peer wants; the types that are new. Too many types are taken as *all*. */
  heed(connection: ConnectionId, { all, add, remove }: Interest): (dataType: number) => boolean {
    const before = new Set(add.filter((dataType) => this.interests.wants(connection, dataType)));
    for (const dataType of add) {
      if (this.interests.count(connection) < SUBSCRIPTIONS_MAX) {
        this.interests.add(connection, dataType);
      } else {
        this.interests.setAll(connection, true);
      }
    }
    for (const dataType of remove) this.interests.remove(connection, dataType);
    if (all) this.interests.setAll(connection, true);
    this.#onChange();
    if (all) return () => true;
    const fresh = new Set(add.filter((dataType) => !before.has(dataType)));
    return (dataType) => fresh.has(dataType);
  }

  /** Links that want the type, those in `except` left out. */
  interested(dataType: number, except: readonly ConnectionId[]): ConnectionId[] {
    const links: ConnectionId[] = [];
    for (const connection of this.interests.interested(dataType)) {
      if (this.isActive(connection) && !except.includes(connection)) links.push(connection);
    }
    return links;
  }

  /**
   * Sends an item to each link that has room. A link without room is owed a HAVE for it, so that
   * it can ask when it has drained; what it is owed is bounded, and the oldest is forgotten.
   */
  push(connections: readonly ConnectionId[], itemId: string, message: PeerMessage): void {
    this.#send(connections, message, { itemId, sendClass: 'push' });
  }

  /** Offers each link what was not offered to it lately; who is offered the same hears one HAVE. */
  offerAnew(offers: OffersByLink, nowMs: number): void {
    const alike = new Map<string, { ids: readonly string[]; connections: ConnectionId[] }>();
    for (const [connection, ids] of offers) {
      const offered = this.#links.get(connection)?.offered;
      const fresh = offered === undefined ? [] : ids.filter((id) => offered.add(id, nowMs));
      if (fresh.length === 0) continue;
      const key = fresh.join();
      const known = alike.get(key);
      if (known === undefined) alike.set(key, { ids: fresh, connections: [connection] });
      else known.connections.push(connection);
    }
    for (const { ids, connections } of alike.values()) this.offer(connections, ids);
  }

  /** Whether an item was sent to this link in answer to a WANT lately. */
  hasServed(connection: ConnectionId, itemId: string, nowMs: number): boolean {
    return this.#links.get(connection)?.served.has(itemId, nowMs) ?? false;
  }

  /** Answers a WANT, unless the same was sent to this link in answer to one lately. */
  serve(connection: ConnectionId, itemId: string, message: PeerMessage, nowMs: number): void {
    const served = this.#links.get(connection)?.served;
    if (served?.add(itemId, nowMs) === false) return;
    const isSent = this.#send([connection], message, { itemId, sendClass: 'answer' });
    // What finds no room was not served: the link is owed a HAVE, and may ask again.
    if (!isSent) served?.remove(itemId);
  }

  /** The peer has these: the copies that still wait for it are taken back. */
  takeBack(connection: ConnectionId, itemIds: readonly string[]): void {
    const cancelled = this.#peers.cancel(connection, itemIds);
    if (cancelled > 0) this.#counters.count('items_cancelled_total', cancelled);
  }

  offer(connections: readonly ConnectionId[], ids: readonly string[]): void {
    for (let at = 0; at < ids.length; at += IDS_MAX) {
      const some = ids.slice(at, at + IDS_MAX).map(idBytes);
      this.#peers.send(connections, { type: 'HAVE', ids: some });
    }
  }

  /** The link has drained: it is offered what it missed. */
  settleDebts(connection: ConnectionId): void {
    const link = this.#links.get(connection);
    if (link === undefined || link.owed.size === 0) return;
    this.offer([connection], [...link.owed]);
    link.owed.clear();
  }

  /** True: it was sent to all; whoever had no room is owed a HAVE. */
  #send(connections: readonly ConnectionId[], message: PeerMessage, copy: ItemCopy): boolean {
    if (connections.length === 0) return true;
    const refused = this.#peers.send(connections, message, copy);
    for (const connection of refused) this.#owe(connection, copy.itemId);
    this.#counters.count('items_sent_total', connections.length - refused.length);
    return refused.length === 0;
  }

  #owe(connection: ConnectionId, itemId: string): void {
    const owed = this.#links.get(connection)?.owed;
    if (owed === undefined) return;
    this.#counters.count('items_deferred_total');
    owed.add(itemId);
    if (owed.size <= OWED_MAX) return;
    for (const oldest of owed) {
      owed.delete(oldest);
      return;
    }
  }
}
