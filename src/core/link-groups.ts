import type { ActiveView, Link } from './active-view.js';
import type { Sampler } from './sampler.js';

/**
 * What an active link is for. `sampled`: drawn by the sampler; `anchor`: held longest of those that
 * we dialled, and kept over a restart; `near`: of the shortest round trips; `sharing`: wants a type
 * that too few would share without it, whoever dialled; `inbound`: the peer dialled, and has its
 * reasons; `spare`: dialled because links were missing.
 */
export type LinkGroup = 'sampled' | 'anchor' | 'near' | 'sharing' | 'inbound' | 'spare';

/** How many links each group is to have; `degree` is what all of them are to come to. */
export type Quotas = {
  readonly sampled: number;
  readonly near: number;
  readonly anchors: number;
};

/** What speaks against a link, and what for it. */
export type LinkWorth = {
  /** How badly a peer has behaved, see `Offenders`. */
  readonly pointsOf?: (identity: string) => number;
  /** Links that a type of ours cannot spare, see `InterestFloor`. */
  readonly needed?: () => ReadonlySet<number>;
};

/** A link is an anchor's when it has lasted so long; our guess. */
export const ANCHOR_AGE_MS = 60_000;

/**
 * Most inbound links: what is left when the groups of our own choosing are complete, and at least
 * half, so that a daemon of few links can be called at all (our guess).
 */
export const inboundMaxOf = (maxConnections: number, { sampled, near, anchors }: Quotas): number =>
  Math.max(Math.ceil(maxConnections / 2), maxConnections - sampled - near - anchors);

/**
 * Says which group each active link belongs to (p2p protocol page, "The peer view"), and which may
 * go. Sampled links and anchors are ours by choice, and named as such when they are made; the near
 * ones are found among all others by their round trips, whoever dialled, since near is near for
 * both ends.
 *
 * Every question walks the links, at most `max_connections`: they are asked when a link comes or
 * goes, never for a message.
 */
export class LinkGroups {
  readonly #view: ActiveView;
  readonly #sampler: Sampler;
  readonly #quotas: Quotas;
  readonly #worth: Required<LinkWorth>;
  readonly #anchors = new Set<number>();

  constructor(view: ActiveView, sampler: Sampler, quotas: Quotas, worth: LinkWorth = {}) {
    this.#worth = { pointsOf: () => 0, needed: () => new Set(), ...worth };
    this.#view = view;
    this.#sampler = sampler;
    this.#quotas = quotas;
  }

  /** The active links by group, the oldest first. */
  all(): ReadonlyMap<number, LinkGroup> {
    const near = new Set(this.near().map(({ connection }) => connection));
    const needed = this.#worth.needed();
    const groupOf = ({ connection, direction }: Link): LinkGroup => {
      if (this.#anchors.has(connection)) return 'anchor';
      if (this.#sampler.holds(connection)) return 'sampled';
      if (near.has(connection)) return 'near';
      if (needed.has(connection)) return 'sharing';
      return direction === 'inbound' ? 'inbound' : 'spare';
    };
    return new Map(this.#view.active().map((link) => [link.connection, groupOf(link)]));
  }

  /** Undefined for a connection that is no active link. */
  of(connection: number): LinkGroup | undefined {
    return this.all().get(connection);
  }

  /** Links of the shortest round trips, nearest first; sampled links and anchors are none. */
  near(): Link[] {
    const others = this.#view.active().filter((link) => !this.#isChosen(link));
    const measured = others.filter(({ leastRttMs }) => leastRttMs !== undefined);
    const nearestFirst = measured.sort((one, other) => rttOf(one) - rttOf(other));
    return nearestFirst.slice(0, this.#quotas.near);
  }

  /** How many anchors are missing. */
  get anchorsMissing(): number {
    return Math.max(0, this.#quotas.anchors - this.#anchors.size);
  }

  /** Our anchors, the oldest first. */
  anchors(): Link[] {
    return this.#view.active().filter(({ connection }) => this.#anchors.has(connection));
  }

  /** The link is an anchor from now on, if one is missing and the link is active. */
  anchor(connection: number): void {
    const isLink = this.#view.byConnection(connection)?.active === true;
    if (!isLink || this.anchorsMissing === 0) return;
    this.#sampler.release(connection);
    this.#anchors.add(connection);
  }

  /**
   * Where anchors are missing, the links that we dialled and have held longest become some. True
   * when one did.
   */
  settleAnchors(nowMs: number): boolean {
    const missing = this.anchorsMissing;
    if (missing === 0) return false;
    const near = new Set(this.near());
    const old = this.#view.active().filter((link) => {
      const isOurs = link.direction === 'outbound' && !this.#anchors.has(link.connection);
      return isOurs && !near.has(link) && nowMs - link.sinceMs >= ANCHOR_AGE_MS;
    });
    for (const { connection } of old.slice(0, missing)) this.anchor(connection);
    return old.length > 0;
  }

  /** The caller that makes room for another: near ones do not; undefined: nobody can. */
  yielding(): Link | undefined {
    return this.#leastMissed('inbound');
  }

  /** A link of ours that nobody would miss, a spare one; undefined: there is none. */
  superfluous(): Link | undefined {
    return this.#leastMissed('spare');
  }

  /** Who has behaved worst, and of those who have behaved alike the youngest. */
  #leastMissed(group: LinkGroup): Link | undefined {
    const groups = this.all();
    let least: { readonly link: Link; readonly points: number } | undefined;
    for (const link of this.#view.active()) {
      if (groups.get(link.connection) !== group) continue;
      const points = this.#worth.pointsOf(link.identity);
      if (least === undefined || points >= least.points) least = { link, points };
    }
    return least?.link;
  }

  /** The connection is over. */
  forget(connection: number): void {
    this.#anchors.delete(connection);
    this.#sampler.release(connection);
  }

  #isChosen({ connection }: Link): boolean {
    return this.#anchors.has(connection) || this.#sampler.holds(connection);
  }
}

const rttOf = ({ leastRttMs = Infinity }: Link): number => leastRttMs;
