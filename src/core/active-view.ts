import type { PeerAddress } from '../wire/messages.js';
import { exempt, networkOf } from './networks.js';
import { shuffled, type Random } from './prng.js';

/** Who dialled: `inbound` the peer, `outbound` we. */
export type LinkDirection = 'inbound' | 'outbound';

/**
 * Why a link was made. `join`: dialled to enter the overlay; `sample`: drawn by the sampler;
 * `anchor`: held before a restart; `interest`: said to want a type that too few links share;
 * `neighbor`: dialled because links were missing; `feeler`: dialled only to see who is there;
 * `called`: the peer dialled, its reasons are its own.
 */
export type LinkPurpose =
  'join' | 'sample' | 'anchor' | 'interest' | 'neighbor' | 'feeler' | 'called';

/** An established connection with another daemon. */
export type Link = {
  readonly connection: number;
  /** Hex of the 32 B identity that the handshake proved. */
  readonly identity: string;
  /** Where the peer says it listens, which need not be where it calls from. */
  readonly address: PeerAddress;
  /** The host at the other end of the socket, which nobody can make up; `address`'s when absent. */
  readonly remoteHost?: string;
  readonly direction: LinkDirection;
  readonly purpose: LinkPurpose;
  /** When the handshake ended, on the clock of the caller. */
  readonly sinceMs: number;
  /** True: items and membership messages go over it. */
  readonly active: boolean;
  /** The last round trip that was measured, in milliseconds; undefined until the first. */
  readonly rttMs?: number;
  /** The shortest of all. */
  readonly leastRttMs?: number;
};

/** The host that a link counts for: what a caller says of itself could be any. */
export const hostOf = ({ remoteHost, address }: Pick<Link, 'remoteHost' | 'address'>): string =>
  remoteHost ?? address.host;

/** What is known of a peer when its HELLO has been checked. */
export type Greeting = Pick<Link, 'connection' | 'identity' | 'direction'>;

/** `replace`: the named older connection is to be closed and removed, then the new one added. */
export type Admission =
  | { readonly verdict: 'admit' }
  | { readonly verdict: 'refuse'; readonly reason: 'self' | 'duplicate' }
  | { readonly verdict: 'replace'; readonly connection: number };

/** Active links of one network (/24, IPv6: /48); p2p protocol page, "The peer view". */
export const LINKS_PER_NETWORK_MAX = 2;

/**
 * A link younger than this is not displaced: whoever has just come has yet to be told of others. In
 * milliseconds; our guess.
 */
export const FRESH_MS = 10_000;

/**
 * Callers that have shaken hands, and are no links: they are about to ask, or to hear whom else to
 * ask, which takes them a round trip or two. Our guess: four times the callers in their handshake.
 */
export const ACQUAINTANCES_MAX = 256;

/** `displace`: the named link is to be closed and removed, then the asker activated. */
export type NeighborVerdict = 'accept' | 'refuse' | { readonly displace: number };

export type ActiveViewOptions = {
  /** Our own identity in hex. */
  readonly identity: string;
  /** Active links to aim at. */
  readonly degree: number;
  /** Active links below which links are asked for with high priority. */
  readonly minConnections: number;
  /** Active links that are never exceeded. */
  readonly maxConnections: number;
  /** Of those, active links that the peer dialled: the rest is for whom we choose. Else all. */
  readonly inboundMax?: number;
  /** Active links of one network; `LINKS_PER_NETWORK_MAX` when absent. */
  readonly perNetworkMax?: number;
  /** True: loopback and private ranges are exempt from the limit per network. */
  readonly lab: boolean;
  readonly random: Random;
};

/** An active link's network is counted unless it is exempt. */
type Held = { link: Link; readonly network: string | undefined };

/**
 * The links of this daemon, at most one to an identity, and the rules by which they are admitted
 * and become active. It closes nothing itself: its verdicts name what the owner is to close.
 *
 * Always true, whatever the order of calls: no two links share a connection or an identity; at
 * most `maxConnections` links are active, at most `inboundMax` of them inbound, at most
 * `perNetworkMax` in one network that is not exempt. What is asked for a message, or for each dial
 * that ends, is counted as links come and go: no question walks them but those about a crowd.
 */
export class ActiveView {
  readonly #options: Required<ActiveViewOptions>;
  /** In order of age. */
  readonly #byConnection = new Map<number, Held>();
  readonly #byIdentity = new Map<string, number>();
  /** Links that were asked to become active and have not answered. */
  readonly #asked = new Set<number>();
  /** Inbound links that are not active, in order of age. */
  readonly #acquainted = new Set<number>();
  readonly #active: Record<LinkDirection, number> = { inbound: 0, outbound: 0 };
  /** Active links by network, exempt ones not counted. */
  readonly #networks = new Map<string, number>();

  constructor(options: ActiveViewOptions) {
    const perNetworkMax = LINKS_PER_NETWORK_MAX;
    this.#options = { perNetworkMax, inboundMax: options.maxConnections, ...options };
  }

  /**
   * Says what becomes of a connection whose peer has just shown its identity. When two ends have
   * dialled one another, the link dialled by the smaller identity stays: both ends can tell which
   * one that is, so they agree in whatever order they see the two.
   */
  admission({ identity, direction }: Greeting): Admission {
    if (identity === this.#options.identity) return { verdict: 'refuse', reason: 'self' };
    const older = this.byIdentity(identity);
    if (older === undefined) return { verdict: 'admit' };
    // Hex of equal length compares as the bytes do.
    const staying = this.#options.identity < identity ? 'outbound' : 'inbound';
    return older.direction !== direction && direction === staying
      ? { verdict: 'replace', connection: older.connection }
      : { verdict: 'refuse', reason: 'duplicate' };
  }

  /**
   * Adds a link that was admitted, not active yet.
   *
   * @throws RangeError when its connection or identity is linked already, or is our own.
   */
  add(link: Omit<Link, 'active'>): void {
    const { connection, identity } = link;
    const isKnown = this.#byConnection.has(connection) || this.isLinked(identity);
    if (isKnown || identity === this.#options.identity) {
      throw new RangeError(`connection ${connection} to ${identity} was not admitted`);
    }
    const network = this.#networkOf(hostOf(link));
    this.#byConnection.set(connection, { link: { ...link, active: false }, network });
    this.#byIdentity.set(identity, connection);
    if (link.direction === 'inbound') this.#acquainted.add(connection);
  }

  /**
   * The caller that has been no link for longest, once there are too many such: it is to be closed.
   * It counts no more, so that the next time it is another. Undefined while there is room.
   */
  takeSuperfluousAcquaintance(): number | undefined {
    if (this.#acquainted.size <= ACQUAINTANCES_MAX) return undefined;
    const [oldest] = this.#acquainted;
    if (oldest !== undefined) this.#acquainted.delete(oldest);
    return oldest;
  }

  /** Forgets a link and returns what it was; undefined when there was none. */
  remove(connection: number): Link | undefined {
    const held = this.#byConnection.get(connection);
    if (held === undefined) return undefined;
    this.#byConnection.delete(connection);
    this.#byIdentity.delete(held.link.identity);
    this.#asked.delete(connection);
    this.#acquainted.delete(connection);
    if (held.link.active) this.#count(held, -1);
    return held.link;
  }

  /** Notes that the peer was asked with NEIGHBOR; holds until its link is active, or answered. */
  asked(connection: number): void {
    if (this.byConnection(connection)?.active === false) this.#asked.add(connection);
  }

  /** The peer was asked, and its answer is awaited. */
  isAsked(connection: number): boolean {
    return this.#asked.has(connection);
  }

  /** Notes that the peer answered, or that its answer is awaited no longer. */
  answered(connection: number): void {
    this.#asked.delete(connection);
  }

  /** Makes a link active. False when it is gone, or there is no room for it any more. */
  activate(connection: number): boolean {
    const held = this.#byConnection.get(connection);
    if (held === undefined) return false;
    this.#asked.delete(connection);
    if (held.link.active) return true;
    if (this.#isFullFor(held.link.direction) || this.#isNetworkFull(held.network)) return false;
    this.#acquainted.delete(connection);
    held.link = { ...held.link, active: true };
    this.#count(held, 1);
    return true;
  }

  /**
   * Answers a NEIGHBOR that came over a link. Accepts while there is room for callers. In a view
   * that is full of them a high priority displaces the `youngest` inbound link, never one that we
   * dialled, so that callers cannot drive out the peers of our own choosing, and a
   * crowd of strangers only drives out itself (measured: a random victim let 1,600 strangers in
   * 12 s push an honest link out four times). While the youngest is fresh nobody is displaced:
   * newcomers who push each other out all stay alone (measured: 100 who join within a second). A
   * low priority is refused, and so is a full network.
   */
  neighborVerdict(
    connection: number,
    priority: 'low' | 'high',
    nowMs: number,
    youngest: () => Link | undefined = () => this.youngestInbound(),
  ): NeighborVerdict {
    const held = this.#byConnection.get(connection);
    if (held === undefined) return 'refuse';
    if (held.link.active) return 'accept';
    if (this.#isNetworkFull(held.network)) return 'refuse';
    if (!this.#isFullFor(held.link.direction)) return 'accept';
    if (priority === 'low') return 'refuse';
    const leaving = youngest();
    const isFresh = leaving !== undefined && nowMs - leaving.sinceMs < FRESH_MS;
    return leaving === undefined || isFresh ? 'refuse' : { displace: leaving.connection };
  }

  /** The active inbound link that came last, of those that `mayGo`. */
  youngestInbound(mayGo: (link: Link) => boolean = () => true): Link | undefined {
    return this.active().findLast((link) => link.direction === 'inbound' && mayGo(link));
  }

  /** Notes how long a round trip took. */
  measured(connection: number, rttMs: number): void {
    const held = this.#byConnection.get(connection);
    if (held === undefined) return;
    const leastRttMs = Math.min(rttMs, held.link.leastRttMs ?? Infinity);
    held.link = { ...held.link, rttMs, leastRttMs };
  }

  byConnection(connection: number): Link | undefined {
    return this.#byConnection.get(connection)?.link;
  }

  byIdentity(identity: string): Link | undefined {
    const connection = this.#byIdentity.get(identity);
    return connection === undefined ? undefined : this.byConnection(connection);
  }

  isLinked(identity: string): boolean {
    return this.#byIdentity.has(identity);
  }

  /** Every link, active or not, the oldest first. */
  links(): Link[] {
    return [...this.#byConnection.values()].map(({ link }) => link);
  }

  /** Active links, the oldest first. */
  active(): Link[] {
    return this.links().filter(({ active }) => active);
  }

  /** At most `count` active links, each as likely as the others, none of `exceptConnections`. */
  randomActive(count: number, exceptConnections: readonly number[] = []): Link[] {
    const eligible = this.active().filter((link) => !exceptConnections.includes(link.connection));
    return shuffled(eligible, this.#options.random).slice(0, count);
  }

  get activeCount(): number {
    return this.#active.inbound + this.#active.outbound;
  }

  /** Active links that we dialled. */
  get outboundCount(): number {
    return this.#active.outbound;
  }

  /** Callers that have shaken hands and are no links: `ACQUAINTANCES_MAX` at most. */
  get acquaintanceCount(): number {
    return this.#acquainted.size;
  }

  /** How many more links have to become active, those that were asked not counted: 0 at degree. */
  get missing(): number {
    return Math.max(0, this.#options.degree - this.activeCount - this.#asked.size);
  }

  /** More links than wanted. */
  get hasMoreThanWanted(): boolean {
    return this.activeCount > this.#options.degree;
  }

  /** The priority with which to ask for links now: high below `minConnections`. */
  get priority(): 'low' | 'high' {
    return this.activeCount < this.#options.minConnections ? 'high' : 'low';
  }

  /** True when no link to this address could become active, because its network has enough. */
  isNetworkFull(address: PeerAddress): boolean {
    return this.#isNetworkFull(this.#networkOf(address.host));
  }

  #isFullFor(direction: LinkDirection): boolean {
    const { maxConnections, inboundMax } = this.#options;
    if (this.activeCount >= maxConnections) return true;
    return direction === 'inbound' && this.#active.inbound >= inboundMax;
  }

  #isNetworkFull(network: string | undefined): boolean {
    if (network === undefined) return false;
    return (this.#networks.get(network) ?? 0) >= this.#options.perNetworkMax;
  }

  #networkOf(host: string): string | undefined {
    return exempt(host, this.#options.lab) ? undefined : networkOf(host);
  }

  /** A link has become active, or was. */
  #count({ link, network }: Held, by: 1 | -1): void {
    this.#active[link.direction] += by;
    if (network === undefined) return;
    const there = (this.#networks.get(network) ?? 0) + by;
    if (there > 0) this.#networks.set(network, there);
    else this.#networks.delete(network);
  }
}
