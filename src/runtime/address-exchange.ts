/** How addresses travel: shuffles, joins that walk the overlay, the RPS module. */
import type { LinkEvent } from '../../machines/events.js';
import type { PeerConnectionEvent } from '../../machines/peer-connection.js';
import type { Config } from '../config/config.js';
import { hostOf, type ActiveView } from '../core/active-view.js';
import type { AddressBook } from '../core/address-book.js';
import { SOURCES, type BookEntry } from '../core/book-entry.js';
import { identityOf } from '../core/identity.js';
import { isDialable, networkOf } from '../core/networks.js';
import { shuffled } from '../core/prng.js';
import type { Sampler } from '../core/sampler.js';
import {
  LACKING_TYPES_MAX,
  PEER_RECORDS_MAX,
  type PeerMessage,
  type PeerRecord,
} from '../wire/messages.js';
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
  readonly ports: Pick<Ports, 'clock' | 'random' | 'rps'> & {
    readonly peers: Pick<Ports['peers'], 'send'>;
  };
  readonly config: Pick<Config, 'peers'>;
  readonly view: ActiveView;
  readonly book: AddressBook;
  readonly sampler: Sampler;
  readonly allowances: Pick<PeerAllowances, 'take'>;
  /** Data types for which we lack links. */
  readonly lacking: (most: number) => readonly number[];
  /** Active links that want a type. */
  readonly linksOf: (dataType: number) => readonly ConnectionId[];
  /** Peers that are said to share a type that we lack links for. */
  readonly onSharers: (peers: readonly PeerRecord[]) => void;
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

  /** First come links of ours that want what the peer lacks links for, then anybody we know. */
  answerShuffle({ connection, max, sample, types }: Told<'peers.requested'>): void {
    if (!this.#deps.allowances.take(connection, 'shuffles')) return;
    const asker = this.#deps.view.byConnection(connection)?.identity;
    const count = this.#deps.config.peers.labLinksOnly ? 0 : Math.min(max, PEER_RECORDS_MAX);
    const sharing = this.#sharing(types, connection).slice(0, count);
    const told = new Set([asker, ...sharing.map(({ identity }) => identity.toString('hex'))]);
    const isTold = ({ identity }: BookEntry): boolean => told.has(identity);
    const others = this.#deps.book.sample(count - sharing.length, isTold, this.#wallMs());
    const peers = [...sharing, ...others];
    this.#send(connection, { type: 'PEER_RESPONSE', peers, sharing: sharing.length });
    this.learnFrom(connection, sample);
  }

  /** Links that want one of the types, in random order, but not the one that asks. */
  #sharing(types: readonly number[], asking: ConnectionId): PeerRecord[] {
    const { linksOf, view, ports } = this.#deps;
    const links = new Set(types.flatMap((dataType) => linksOf(dataType)));
    links.delete(asking);
    return shuffled([...links], ports.random).flatMap((connection): PeerRecord[] => {
      const link = view.byConnection(connection);
      if (link === undefined || !isDialable(link.address.host) || link.address.port === 0)
        return [];
      const identity = Buffer.from(link.identity, 'hex');
      return [{ address: link.address, identity, ageSeconds: 0 }];
    });
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
    const types = this.#deps.lacking(LACKING_TYPES_MAX);
    this.#send(connection, { type: 'PEER_REQUEST', max: PEER_RECORDS_MAX, sample, types });
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

  /** The PEER_RESPONSE came; so many of its peers, the first, share a type that we asked for. */
  answered(connection: ConnectionId, peers: readonly PeerRecord[], sharing: number): void {
    this.#asked.delete(connection);
    if (sharing > 0) this.#deps.onSharers(peers.slice(0, sharing));
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
