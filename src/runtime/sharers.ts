/**
 * Looks for links that share the types that our modules want, where there are too few: asks the
 * links whom they know that wants them, and dials those. How many are enough is `InterestFloor`'s
 * to say, when to look the peer-view machine's.
 */
import type { Config } from '../config/config.js';
import type { Link } from '../core/active-view.js';
import type { InterestFloor } from '../core/interest-floor.js';
import { sampled } from '../core/prng.js';
import type { Candidate } from '../core/sampler.js';
import type { PeerRecord } from '../wire/messages.js';
import type { AddressExchange } from './address-exchange.js';
import type { Dialer } from './dialer.js';
import type { ConnectionId, Ports } from './ports.js';

/** Links asked in one round, while some have not been asked; our guess. */
const ASKED_PER_ROUND = 3;
/** Peers remembered who are said to share a type, the latest; our guess, ten floors. */
export const SHARERS_KNOWN_MAX = 64;

export type SharersDeps = {
  readonly ports: Pick<Ports, 'random'>;
  readonly config: Pick<Config, 'peers'>;
  readonly view: {
    active(): readonly Pick<Link, 'connection'>[];
    isLinked(identity: string): boolean;
  };
  readonly floor: InterestFloor;
  readonly dialer: Pick<Dialer, 'underWayFor' | 'hasRoom' | 'dialSharer'>;
  readonly exchange: Pick<AddressExchange, 'askPeers'>;
  /** From now on too few links share a type, or enough do. */
  readonly onLacking: (isLacking: boolean) => void;
};

export class Sharers {
  readonly #deps: SharersDeps;
  readonly #known = new Map<string, Candidate>();
  /** Links that were asked in this search. */
  readonly #asked = new Set<ConnectionId>();
  #isLacking = false;

  constructor(deps: SharersDeps) {
    this.#deps = deps;
  }

  /** Links, what they want or what we want has changed. */
  review(): void {
    const { config, floor, onLacking } = this.#deps;
    const isLacking = !config.peers.labLinksOnly && floor.missing > 0;
    if (isLacking === this.#isLacking) return;
    this.#isLacking = isLacking;
    this.#asked.clear();
    this.#known.clear();
    onLacking(isLacking);
  }

  /** One round: dials who is said to share a type, and asks a few links whom they know. */
  seek(): void {
    const { view, ports, exchange } = this.#deps;
    this.#dial();
    const links = view.active().map(({ connection }) => connection);
    const unasked = links.filter((connection) => !this.#asked.has(connection));
    if (unasked.length === 0) this.#asked.clear();
    const [from, count] = unasked.length > 0 ? [unasked, ASKED_PER_ROUND] : [links, 1];
    for (const connection of sampled(from, count, ports.random)) {
      this.#asked.add(connection);
      exchange.askPeers(connection);
    }
  }

  /** Peers that somebody says share a type. */
  heed(records: readonly PeerRecord[]): void {
    if (!this.#isLacking) return;
    for (const { address, identity } of records) {
      const name = identity.toString('hex');
      if (this.#deps.view.isLinked(name)) continue;
      this.#known.delete(name);
      this.#known.set(name, { address, identity: name });
      const [longestAgo] = this.#known.keys();
      if (this.#known.size > SHARERS_KNOWN_MAX && longestAgo !== undefined) {
        this.#known.delete(longestAgo);
      }
    }
    this.#dial();
  }

  /** The connection is over, and its number may soon be another's. */
  forget(connection: ConnectionId): void {
    this.#asked.delete(connection);
  }

  /** Each is dialled once: who is worth it is told of again. */
  #dial(): void {
    const { floor, dialer } = this.#deps;
    for (const [name, candidate] of this.#known) {
      if (dialer.underWayFor('interest') >= floor.missing) return;
      if (!dialer.hasRoom) return;
      this.#known.delete(name);
      dialer.dialSharer(candidate);
    }
  }
}
