/**
 * What the peer view does when nothing has happened: exchanges links, chooses anchors, saves the
 * address book; and what it does when somebody may be cutting this daemon off.
 */
import type { Config } from '../config/config.js';
import { hostOf, type ActiveView, type Link } from '../core/active-view.js';
import type { AddressBook } from '../core/address-book.js';
import type { Counters } from '../core/counters.js';
import type { IsolationAlarm } from '../core/isolation-watch.js';
import type { LinkGroups } from '../core/link-groups.js';
import type { Sampler } from '../core/sampler.js';
import type { Dialer } from './dialer.js';
import type { ConnectionId, Ports } from './ports.js';

export type ViewUpkeepDeps = {
  readonly ports: Pick<Ports, 'addressBook' | 'clock' | 'log'>;
  readonly config: Pick<Config, 'peers'>;
  readonly counters: Counters;
  readonly view: ActiveView;
  readonly book: AddressBook;
  readonly sampler: Sampler;
  readonly groups: LinkGroups;
  readonly dialer: Dialer;
  /** Ends a link of ours, without an ERROR. */
  readonly drop: (connection: ConnectionId, reason: string) => void;
};

export class ViewUpkeep {
  readonly #deps: ViewUpkeepDeps;
  /** How often the book had changed when it was saved last; an empty one is saved too. */
  #savedChanges = -1;

  constructor(deps: ViewUpkeepDeps) {
    this.#deps = deps;
    deps.counters.gauge('links_sampled', () => deps.sampler.linkedCount);
  }

  /**
   * One link is drawn anew: nobody keeps a place for ever by having been there first, and whom we
   * are linked with stays hard to tell. The new link takes the old one's place when it is there.
   */
  rotate(): void {
    const { view, sampler, groups, dialer } = this.#deps;
    const slot = sampler.oldest(() => true);
    if (slot !== undefined) dialer.redraw(slot);
    const spare = view.hasMoreThanWanted ? groups.superfluous() : undefined;
    if (spare !== undefined) this.#exchange(spare.connection);
  }

  /** A link that we dialled is there: it takes the place that it was dialled for. */
  place({ connection, identity, purpose }: Link): void {
    const { sampler, groups, dialer } = this.#deps;
    dialer.linked(connection, identity);
    if (purpose === 'anchor') groups.anchor(connection);
    const replaced = sampler.linked(connection);
    if (replaced === undefined) return;
    // What was drawn long ago may be an anchor by now.
    groups.settleAnchors(this.#nowMs());
    if (groups.of(replaced) === 'spare') this.#exchange(replaced);
  }

  /**
   * The view is full, and this link is of our own choosing: one that nobody would miss gives way,
   * or a caller. True when there is room now.
   */
  makeRoomFor(link: Link): boolean {
    const { view, groups } = this.#deps;
    // The network that counts is where it is, not where it says it listens.
    const isCrowd = view.isNetworkFull({ ...link.address, host: hostOf(link) });
    if (link.purpose === 'join' || link.purpose === 'neighbor' || isCrowd) return false;
    const leaving = groups.superfluous() ?? groups.yielding();
    if (leaving !== undefined) this.#deps.drop(leaving.connection, 'displaced');
    return leaving !== undefined;
  }

  /** Somebody may be cutting us off. */
  dialAfresh({ alarm }: { readonly alarm: IsolationAlarm }): void {
    const { counters, ports, dialer, view } = this.#deps;
    counters.count(`isolation_alarms_total{reason="${alarm}"}`);
    ports.log('warn', 'this daemon may be cut off', { reason: alarm, links: view.activeCount });
    dialer.dialAfresh();
  }

  saveBook(): void {
    const { book, ports, groups } = this.#deps;
    groups.settleAnchors(this.#nowMs());
    this.#noteAnchors();
    if (book.changes === this.#savedChanges) return;
    this.#savedChanges = book.changes;
    ports.addressBook.save(book.textOfNow(ports.clock.wallMs()));
  }

  /** The book keeps the anchors that there are, and of those that are gone as many as fit. */
  #noteAnchors(): void {
    const { book, groups, config } = this.#deps;
    const present = groups.anchors().map(({ identity }) => identity);
    const before = book.anchors().map(({ identity }) => identity);
    const gone = before.filter((identity) => !present.includes(identity));
    book.setAnchors([...present, ...gone].slice(0, config.peers.anchorLinks));
  }

  /** A link gives way to one drawn anew. It may stay while links are missing. */
  #exchange(connection: ConnectionId): void {
    if (this.#deps.view.hasMoreThanWanted) this.#deps.drop(connection, 'exchanged');
  }

  #nowMs(): number {
    return this.#deps.ports.clock.monotonicMs();
  }
}
