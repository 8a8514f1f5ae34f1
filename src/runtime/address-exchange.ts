/** How addresses travel: shuffles, joins that walk the overlay, the RPS module. */
import type { LinkEvent } from '../../machines/events.js';
import type { PeerConnectionEvent } from '../../machines/peer-connection.js';
import type { Config } from '../config/config.js';
import { hostOf, type ActiveView } from '../core/active-view.js';
import type { AddressBook } from '../core/address-book.js';
import { SOURCES } from '../core/book-entry.js';
import { identityOf } from '../core/identity.js';
import { networkOf } from '../core/networks.js';
import type { Sampler } from '../core/sampler.js';
import { PEER_RECORDS_MAX, type PeerMessage, type PeerRecord } from '../wire/messages.js';
import type { PeerAllowances } from './peer-allowances.js';
import type { ConnectionId, Ports } from './ports.js';

/** Hops of a PEER_JOIN, and where on its way it enters passive views (protocol page, "Join"). */
export const JOIN_HOPS = 6;
export const JOIN_PASSIVE_HOPS = 3;
/** Walks that start where a peer joins; our guess. */
const JOIN_WALKS = 3;
/** Records of a shuffle; our guess after HyParView's 3 active and 4 passive. */
const SHUFFLE_RECORDS = 8;
/**
 * By this number an RPS PEER's port map names the gossip module's port (its first message type).
 */
const GOSSIP_APP = 500;

export type AddressExchangeDeps = {
  readonly ports: Ports;
  readonly config: Pick<Config, 'peers'>;
  readonly view: ActiveView;
  readonly book: AddressBook;
  readonly sampler: Sampler;
  readonly allowances: PeerAllowances;
  /** Our own record, as a PEER_JOIN tells it; undefined: we do not know our address. */
  readonly ownRecord: () => PeerRecord | undefined;
  readonly tell: (connection: ConnectionId, event: PeerConnectionEvent) => void;
  /** There are new addresses to dial. */
  readonly onLearned: () => void;
};

type Told<Name extends LinkEvent['type']> = Omit<Extract<LinkEvent, { type: Name }>, 'type'>;

export class AddressExchange {
  readonly #deps: AddressExchangeDeps;
  /** Links that owe a PEER_RESPONSE. */
  readonly #asked = new Set<ConnectionId>();
  #asksRps = false;

  constructor(deps: AddressExchangeDeps) {
    this.#deps = deps;
  }

  askRps(): void {
    const { rps, clock } = this.#deps.ports;
    if (rps === undefined || this.#asksRps || this.#deps.config.peers.labLinksOnly) return;
    this.#asksRps = true;
    rps.query((peer) => {
      this.#asksRps = false;
      if (peer === undefined) return;
      const port = peer.portMap.find(({ app }) => app === GOSSIP_APP)?.port ?? peer.address.port;
      const address = { ...peer.address, port };
      const record = { address, identity: identityOf(peer.hostKey), ageSeconds: 0 };
      if (this.#learn(record, clock.wallMs())) this.#deps.onLearned();
    });
  }

  shuffle(): void {
    if (this.#deps.config.peers.labLinksOnly) return;
    const [link] = this.#deps.view.randomActive(1);
    if (link !== undefined) this.askPeers(link.connection);
  }

  answerShuffle({ connection, max, sample }: Told<'peers.requested'>): void {
    if (!this.#deps.allowances.take(connection, 'shuffles')) return;
    const asker = this.#deps.view.byConnection(connection)?.identity;
    const count = this.#deps.config.peers.labLinksOnly ? 0 : Math.min(max, PEER_RECORDS_MAX);
    const peers = this.#deps.book.sample(
      count,
      ({ identity }) => identity === asker,
      this.#wallMs(),
    );
    this.#send(connection, { type: 'PEER_RESPONSE', peers });
    this.learnFrom(connection, sample);
  }

  /** A new peer's PEER_JOIN: starts walks where it joined, enters passive views, ends in a dial. */
  walk({ connection, peer, hopsLeft }: Told<'join.walked'>): void {
    const { view, config, allowances } = this.#deps;
    if (config.peers.labLinksOnly || !allowances.take(connection, 'joins')) return;
    const hops = Math.min(hopsLeft, JOIN_HOPS);
    const identity = peer.identity.toString('hex');
    const isFirstHop = view.byConnection(connection)?.identity === identity;
    const linkOfPeer = view.byIdentity(identity)?.connection;
    const except = [connection, ...(linkOfPeer === undefined ? [] : [linkOfPeer])];
    const onward = hops === 0 ? [] : view.randomActive(isFirstHop ? JOIN_WALKS : 1, except);
    for (const { connection: next } of onward) {
      this.#send(next, { type: 'PEER_JOIN', peer, hopsLeft: hops - 1 });
    }
    const isEndOfWalk = onward.length === 0 && !isFirstHop;
    if (hops !== JOIN_PASSIVE_HOPS && !isEndOfWalk) return;
    if (this.learnRecords([peer], SOURCES.walks) && isEndOfWalk) this.#deps.onLearned();
  }

  /** One PEER_REQUEST at a time: a second answer would be one that nobody asked for. */
  askPeers(connection: ConnectionId): void {
    if (this.#asked.has(connection)) return;
    this.#asked.add(connection);
    const sample = this.#deps.book.sample(
      SHUFFLE_RECORDS,
      ({ identity }) => identity === this.#deps.view.byConnection(connection)?.identity,
      this.#wallMs(),
    );
    this.#deps.tell(connection, { type: 'peers.awaited' });
    this.#send(connection, { type: 'PEER_REQUEST', max: PEER_RECORDS_MAX, sample });
  }

  /** What a peer told. True when at least one was new. */
  learnFrom(connection: ConnectionId, records: readonly PeerRecord[]): boolean {
    const link = this.#deps.view.byConnection(connection);
    // Who is gone told it before: its network is not known any more.
    return this.learnRecords(records, link === undefined ? 'gone' : networkOf(hostOf(link)));
  }

  /** The same, from a source by its name. */
  learnRecords(records: readonly PeerRecord[], source: string): boolean {
    if (this.#deps.config.peers.labLinksOnly) return false;
    const nowMs = this.#wallMs();
    return records.map((record) => this.#learn(record, nowMs, source)).includes(true);
  }

  /** What is new to the book is new to the sampler; the rest was offered when it was. */
  #learn(record: PeerRecord, nowMs: number, source?: string): boolean {
    if (!this.#deps.book.learn(record, nowMs, source)) return false;
    const { address, identity } = record;
    this.#deps.sampler.offer({ address, identity: identity.toString('hex') });
    return true;
  }

  /** We are new here, or nearly alone: the overlay is told, and asked for more peers. */
  join(connection: ConnectionId): void {
    if (this.#deps.config.peers.labLinksOnly) return;
    const peer = this.#deps.ownRecord();
    if (peer !== undefined) {
      this.#send(connection, { type: 'PEER_JOIN', peer, hopsLeft: JOIN_HOPS });
    }
    this.askPeers(connection);
  }

  /** The PEER_RESPONSE came. */
  answered(connection: ConnectionId): void {
    this.#asked.delete(connection);
  }

  forget(connection: ConnectionId): void {
    this.#asked.delete(connection);
  }

  #send(connection: ConnectionId, message: PeerMessage): void {
    this.#deps.ports.peers.send([connection], message);
  }

  #wallMs(): number {
    return this.#deps.ports.clock.wallMs();
  }
}
