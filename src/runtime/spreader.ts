/**
 * Brings accepted items to the links that want them: pushed at once to the eager ones, offered to
 * the lazy ones a moment later. Which are eager is `EagerLinks`' to say; who has an item already,
 * `Sightings`'.
 */
import type { Counters } from '../core/counters.js';
import { BACK_OFF_MS, EagerLinks, type Regrouping } from '../core/eager-links.js';
import { idBytes, UNLIMITED_TTL, type Item } from '../core/items.js';
import { Sightings } from '../core/sightings.js';
import type { SpreadProfile } from '../core/spread-profile.js';
import type { DontWant, Spread } from '../wire/messages.js';
import { DeadlineQueue } from './deadline-queue.js';
import type { Links } from './links.js';
import { Offers, type OffersByLink } from './offers.js';
import type { ConnectionId, Ports } from './ports.js';
import type { Watch } from './watch.js';

/**
 * An item with fewer hops left than this is flooded, since a tree is longer than a flood: twice the
 * diameter of a million daemons with 20 links each (protocol page, "Spreading").
 */
export const FLOODED_TTL_MAX = 10;
/** Data for which it pays to say that no second copy is needed (protocol page, "Spreading"). */
export const DONT_WANT_BYTES = 1_024;
/** From the first sign of an item until it is judged who was fast; our guess. */
export const SIGHTING_MS = 500;

export type SpreaderDeps = {
  readonly ports: Pick<Ports, 'peers' | 'clock' | 'random'>;
  readonly counters: Counters;
  readonly watch: Watch;
  readonly links: Links;
  readonly profile: SpreadProfile;
  /** The round trip of a link; undefined while it has not been measured. */
  readonly rttMs: (connection: ConnectionId) => number | undefined;
};

/** An item that is to be spread, and by whom it need not go. */
export type Spreading = {
  readonly item: Item;
  readonly ttl: number;
  readonly holders: readonly ConnectionId[];
  /** Announced by a module of ours. */
  readonly isOwn: boolean;
};

export class Spreader {
  readonly eager: EagerLinks;
  readonly #deps: SpreaderDeps;
  readonly #sightings = new Sightings();
  readonly #windows: DeadlineQueue;
  readonly #offers: Offers;

  constructor(deps: SpreaderDeps) {
    this.#deps = deps;
    const { ports, counters, profile } = deps;
    this.eager = new EagerLinks(profile, ports.random);
    this.#windows = new DeadlineQueue(ports.clock, SIGHTING_MS, (ids) => this.#judge(ids));
    this.#offers = new Offers(ports.clock, profile.offerDelayMs, (offers) => this.#offer(offers));
    counters.gauge('items_sighted', () => this.#sightings.size);
    counters.gauge('spread_groups', () => this.eager.groups);
  }

  /** To how many links the item goes, or will be offered. */
  spread({ item, ttl, holders, isOwn }: Spreading): number {
    const { links } = this.#deps;
    const all = links.interested(item.dataType, []);
    const seenAt = this.#sightings.holders(item.id);
    const lacking = all.filter((link) => !holders.includes(link) && !seenAt.includes(link));
    const isFlooded = ttl !== UNLIMITED_TTL && ttl <= FLOODED_TTL_MAX;
    const [pushed, offered] = isFlooded ? [lacking, []] : this.#divide(item, all, lacking, isOwn);
    if (pushed.length > 0) links.push(pushed, item.id, spreadOf(item, ttl));
    for (const link of pushed) this.#watch(item, 'relayed', link, `ttl ${ttl}`);
    if (offered.length > 0) this.#offers.add(offered, item.id);
    for (const link of offered) this.#watch(item, 'offered', link, 'lazy link');
    return lacking.length;
  }

  /**
   * Whether a second copy of an item is what GRAFT asked this link for: others were faster, moments
   * ago, and it has not sent one yet.
   */
  expects(link: ConnectionId, id: string, dataType: number): boolean {
    const holders = this.#sightings.get(id)?.holders;
    return holders?.includes(link) === false && this.eager.isEager(dataType, link);
  }

  /** A copy came over a link, the first or another. */
  arrived(
    link: ConnectionId,
    id: string,
    message: Spread,
    isFirst: boolean,
    byWant: boolean,
  ): void {
    const { dataType, data } = message;
    this.#note(id, link, byWant ? undefined : 0);
    if (isFirst) {
      this.#sightings.arrived(id, dataType, byWant);
      if (byWant && this.eager.wantedFrom(dataType, link)) this.#tell([link], dataType);
      if (data.length >= DONT_WANT_BYTES) this.#decline(id, dataType);
    } else if (!byWant && this.eager.duplicateFrom(dataType, link, this.#nowMs())) {
      this.#regroup(dataType, { grafted: [], pruned: [link] });
    }
  }

  /**
   * HAVE: the copy of an eager link would have been here by now, less its delay. From one that is
   * not trusted it says nothing of the kind, lest liars become eager links.
   */
  offered(link: ConnectionId, ids: readonly string[], isTrusted: boolean): void {
    const delayMs = isTrusted ? 1.5 * this.#deps.profile.offerDelayMs : undefined;
    for (const id of ids) this.#note(id, link, delayMs);
  }

  /** DONT_WANT: no copy needs to go there. */
  spare(link: ConnectionId, id: string): void {
    this.#note(id, link, undefined);
  }

  /** Links that have shown that they have an item, the one that has just brought it included. */
  holders(id: string, link: ConnectionId): readonly ConnectionId[] {
    const holders = this.#sightings.holders(id);
    return holders.includes(link) ? holders : [...holders, link];
  }

  graft(link: ConnectionId, dataType: number): void {
    if (!this.#deps.links.interests.wants(link, dataType)) return;
    this.#regroup(dataType, this.eager.graftedBy(dataType, link, this.#nowMs()));
  }

  prune(link: ConnectionId, dataType: number, backOffSeconds: number): void {
    const isHeeded = this.eager.prunedBy(dataType, link, 1_000 * backOffSeconds, this.#nowMs());
    if (!isHeeded) this.#tell([link], dataType);
  }

  removeLink(link: ConnectionId): void {
    this.#offers.forget(link);
    this.#sightings.forgetLink(link);
    this.eager.drop(link);
  }

  stop(): void {
    this.#windows.clear();
    this.#offers.stop();
  }

  // ------------------------------------------------------------------ within

  /** Who is pushed to, and who is told later. */
  #divide(
    { dataType }: Item,
    all: readonly ConnectionId[],
    lacking: readonly ConnectionId[],
    isOwn: boolean,
  ): [pushed: ConnectionId[], offered: ConnectionId[]] {
    const rttMs = (link: ConnectionId): number => this.#deps.rttMs(link) ?? Infinity;
    this.#tell(this.eager.fill(dataType, all, rttMs), dataType);
    const pushed: ConnectionId[] = [];
    const offered: ConnectionId[] = [];
    for (const link of lacking) {
      (this.eager.isEager(dataType, link) ? pushed : offered).push(link);
    }
    while (isOwn && pushed.length < this.#deps.profile.ownFanOut && offered.length > 0) {
      const at = this.#deps.ports.random.below(offered.length);
      pushed.push(...offered.splice(at, 1));
    }
    return [pushed, offered];
  }

  /** `delayMs`: by so much later than a push this sign comes; undefined: it tells nothing. */
  #note(id: string, link: ConnectionId, delayMs: number | undefined): void {
    const eagerAtMs = delayMs === undefined ? undefined : this.#nowMs() - delayMs;
    if (this.#sightings.note(id, link, eagerAtMs)) this.#windows.add(id);
  }

  /** The eager links that have not shown the item are told to send none. */
  #decline(id: string, dataType: number): void {
    const holders = this.#sightings.holders(id);
    const others = this.#deps.links
      .interested(dataType, holders)
      .filter((link) => this.eager.isEager(dataType, link));
    if (others.length > 0) this.#deps.ports.peers.send(others, dontWant(id));
  }

  #offer(offers: OffersByLink): void {
    const lacking = new Map<ConnectionId, readonly string[]>();
    for (const [link, ids] of offers) {
      const some = ids.filter((id) => !this.#sightings.holders(id).includes(link));
      if (some.length > 0) lacking.set(link, some);
    }
    this.#deps.links.offerAnew(lacking, this.#nowMs());
  }

  /** The windows of some items are over: who was first, and is that still an eager link's place? */
  #judge(ids: readonly string[]): void {
    for (const id of ids) {
      const sighting = this.#sightings.end(id);
      if (sighting?.first === undefined || sighting.dataType === undefined) continue;
      const { dataType, first, byWant } = sighting;
      this.#regroup(dataType, this.eager.itemCame(dataType, first, byWant, this.#nowMs()));
    }
  }

  #regroup(dataType: number, { grafted, pruned }: Regrouping): void {
    this.#tell(grafted, dataType);
    if (pruned.length === 0) return;
    this.#deps.counters.count('prunes_sent_total', pruned.length);
    const backOffSeconds = BACK_OFF_MS / 1_000;
    this.#deps.ports.peers.send(pruned, { type: 'PRUNE', dataType, backOffSeconds });
  }

  /** GRAFT to links that are eager from now on. */
  #tell(grafted: readonly ConnectionId[], dataType: number): void {
    if (grafted.length === 0) return;
    this.#deps.counters.count('grafts_sent_total', grafted.length);
    this.#deps.ports.peers.send(grafted, { type: 'GRAFT', dataType });
  }

  #watch(item: Item, step: 'relayed' | 'offered', link: ConnectionId, detail: string): void {
    const { id, dataType } = item;
    const who = `peer-connection.${link}`;
    this.#deps.watch.item(() => ({ step, item: id, dataType, who, detail }));
  }

  #nowMs(): number {
    return this.#deps.ports.clock.monotonicMs();
  }
}

export const spreadOf = ({ dataType, expiryMs, salt, data }: Item, ttl: number): Spread => ({
  type: 'SPREAD',
  ttl,
  dataType,
  expiryMs,
  salt,
  data,
});

const dontWant = (id: string): DontWant => ({ type: 'DONT_WANT', ids: [idBytes(id)] });
