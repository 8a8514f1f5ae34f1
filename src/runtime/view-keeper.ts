/**
 * Does what the peer-view machine decides: asks `ActiveView` and `AddressBook` for their verdicts,
 * dials, answers, tells the connections. The rules of who may stay are the core's.
 */
import type { ConnectionEnd, Greeting, LinkEvent, Standing } from '../../machines/events.js';
import type { PeerConnectionEvent } from '../../machines/peer-connection.js';
import { formatAddress, type DialAddress } from '../common/address.js';
import type { Config } from '../config/config.js';
import type { ActiveView, Link, LinkPurpose } from '../core/active-view.js';
import type { AddressBook, BookEntry } from '../core/address-book.js';
import type { Counters } from '../core/counters.js';
import { identityOf } from '../core/identity.js';
import { TokenBucket } from '../core/token-bucket.js';
import {
  PEER_RECORDS_MAX,
  type ErrorName,
  type PeerAddress,
  type PeerRecord,
} from '../wire/messages.js';
import { Contacts, type Contact } from './contacts.js';
import type { ConnectionId, Ports } from './ports.js';

/** Dials under way at once, feelers not counted (protocol page: 3 contacts in parallel). */
export const DIALS_MAX = 3;
/** Hops of a PEER_JOIN, and where on its way it enters passive views (protocol page, "Join"). */
export const JOIN_HOPS = 6;
export const JOIN_PASSIVE_HOPS = 3;
/** Walks that start where a peer joins; our guess. */
const JOIN_WALKS = 3;
/** Records of a shuffle; our guess after HyParView's 3 active and 4 passive. */
const SHUFFLE_RECORDS = 8;
/** Shuffles and joins that a link may send: so many at once, then one per period. Our guess. */
const SHUFFLE_BURST = 5;
const SHUFFLES_PER_SECOND = 0.5;
const JOIN_BURST = 32;
const JOINS_PER_SECOND = 2;
/** How long a peer that left on purpose is neither dialled nor told of; our guess. */
const LEAVER_REST_MS = 60_000;
/** How long a peer that had no room for us is left alone; our guess. */
const REFUSED_REST_MS = 10_000;
/** The only reason of PEER_LEAVE so far: the daemon stops. */
const REASON_LEAVING = 0;
/** By this number an RPS PEER's port map names the gossip module's port (its first message type). */
const GOSSIP_APP = 500;

/** Errors for which an address is put aside; the others are bad luck. */
const MISBEHAVIOUR: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'badProof',
  'protocolViolation',
  'identityMismatch',
  'invalidRequest',
  'difficultyRefused',
  'version',
  'rateExceeded',
]);

export type Dial = {
  readonly remote: DialAddress;
  readonly purpose: LinkPurpose;
  readonly trusted: boolean;
};

export type ViewKeeperDeps = {
  readonly ports: Ports;
  readonly config: Config;
  readonly counters: Counters;
  readonly view: ActiveView;
  readonly book: AddressBook;
  /** Our own record, as a PEER_JOIN tells it; undefined: we do not know our address. */
  readonly ownRecord: () => PeerRecord | undefined;
  /** Has the supervisor spawn a connection that dials; its name. */
  readonly dial: (dial: Dial) => ConnectionId;
  readonly tell: (connection: ConnectionId, event: PeerConnectionEvent) => void;
  readonly onStanding: (standing: Standing) => void;
  readonly onLearned: () => void;
  readonly links: {
    addLink(connection: ConnectionId): void;
    activateLink(connection: ConnectionId): void;
    removeLink(connection: ConnectionId): void;
  };
};

type Dialled = {
  readonly remote: DialAddress;
  readonly purpose: LinkPurpose;
  readonly contact: Contact | undefined;
  readonly entry: BookEntry | undefined;
};

type Limits = { readonly shuffles: TokenBucket; readonly joins: TokenBucket };
type Told<Name extends LinkEvent['type']> = Omit<Extract<LinkEvent, { type: Name }>, 'type'>;

export class ViewKeeper {
  readonly #deps: ViewKeeperDeps;
  readonly #contacts: Contacts;
  readonly #dialled = new Map<ConnectionId, Dialled>();
  readonly #limits = new Map<ConnectionId, Limits>();
  #asksRps = false;
  #saved = '';

  constructor(deps: ViewKeeperDeps) {
    this.#deps = deps;
    const { bootstrapper, knownPeers, retryMaxMs } = deps.config.peers;
    this.#contacts = new Contacts(
      [...(bootstrapper === undefined ? [] : [bootstrapper]), ...knownPeers],
      retryMaxMs,
    );
    deps.counters.gauge('links_active', () => deps.view.activeCount);
    deps.counters.gauge('dials_under_way', () => this.#dialled.size);
    deps.counters.gauge('address_book_entries', () => deps.book.size);
  }

  // ------------------------------------------------------------------ dialling

  /** Without a link: whoever the book and the config name, mixed. */
  dialContacts(): void {
    const contacts = this.#dueContacts().map((contact) => () => this.#dialContact(contact));
    const entries = this.#candidates(DIALS_MAX).map((entry) => () => this.#dialEntry(entry));
    const mixed = contacts.flatMap((dial, at) => [dial, ...entries.slice(at, at + 1)]);
    const rest = entries.slice(contacts.length);
    for (const dial of [...mixed, ...rest].slice(0, this.#dialRoom())) dial();
  }

  /** With fewer links than wanted: the contacts of the config first, then the book. */
  fill(): void {
    for (const contact of this.#dueContacts().slice(0, this.#wanted())) this.#dialContact(contact);
    for (const entry of this.#candidates(this.#wanted())) this.#dialEntry(entry);
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
      if (this.#deps.book.learn(record, clock.wallMs())) this.#deps.onLearned();
    });
  }

  feel(): void {
    if (this.#deps.config.peers.labLinksOnly) return;
    const nowMs = this.#wallMs();
    const entry =
      this.#deps.book.evictionTest(nowMs) ??
      this.#deps.book.feelerCandidate((other) => this.#isTaken(other), nowMs);
    if (entry !== undefined && !this.#isTaken(entry)) this.#dialEntry(entry, 'feeler');
  }

  #dialRoom(): number {
    const underWay = [...this.#dialled.values()].filter(({ purpose }) => purpose !== 'feeler');
    return Math.max(0, DIALS_MAX - underWay.length);
  }

  #wanted(): number {
    const underWay = DIALS_MAX - this.#dialRoom();
    return Math.min(this.#dialRoom(), Math.max(0, this.#deps.view.missing - underWay));
  }

  #dueContacts(): Contact[] {
    return this.#contacts.due(this.#deps.ports.clock.monotonicMs(), (contact) => {
      const isLinked = contact.identity !== undefined && this.#deps.view.isLinked(contact.identity);
      return isLinked || [...this.#dialled.values()].some((dialled) => dialled.contact === contact);
    });
  }

  #candidates(count: number): BookEntry[] {
    if (this.#deps.config.peers.labLinksOnly || count <= 0) return [];
    return this.#deps.book.candidates(count, (entry) => this.#isTaken(entry), this.#wallMs());
  }

  /** Linked, or being dialled. */
  #isTaken({ identity, address }: BookEntry): boolean {
    const key = formatAddress(address);
    return (
      this.#deps.view.isLinked(identity) ||
      [...this.#dialled.values()].some(({ remote }) => formatAddress(remote) === key)
    );
  }

  #dialContact(contact: Contact): void {
    const remote = contact.address;
    const connection = this.#deps.dial({ remote, purpose: 'join', trusted: true });
    this.#dialled.set(connection, { remote, purpose: 'join', contact, entry: undefined });
  }

  #dialEntry(entry: BookEntry, purpose: LinkPurpose = 'neighbor'): void {
    const remote = entry.address;
    const connection = this.#deps.dial({ remote, purpose, trusted: false });
    this.#dialled.set(connection, { remote, purpose, contact: undefined, entry });
  }

  // ------------------------------------------------------------------ links come

  admit({ greeting }: { readonly greeting: Greeting }): void {
    const { connection, identity } = greeting;
    const dialled = this.#dialled.get(connection);
    if (dialled?.contact !== undefined) dialled.contact.identity = identity;
    const admission = this.#deps.view.admission(greeting);
    if (admission.verdict === 'refuse') {
      if (admission.reason === 'self' && dialled?.contact !== undefined) {
        this.#contacts.drop(dialled.contact);
      }
      this.#deps.tell(connection, { type: 'link.refused', reason: admission.reason });
      return;
    }
    if (admission.verdict === 'replace')
      this.#drop(admission.connection, 'selfOrDuplicate', 'duplicate');
    const { purpose, direction, address } = greeting;
    const sinceMs = this.#deps.ports.clock.monotonicMs();
    this.#deps.view.add({ connection, identity, direction, purpose, address, sinceMs });
    this.#deps.tell(connection, { type: 'link.admitted' });
  }

  /** A connection is established: notes who it is, and asks to be its neighbor if we dialled. */
  welcome({ greeting }: { readonly greeting: Greeting }): void {
    const { connection, direction, identity, address, purpose, remote } = greeting;
    const dialled = this.#dialled.get(connection);
    this.#dialled.delete(connection);
    this.#deps.links.addLink(connection);
    if (dialled?.contact !== undefined) this.#contacts.succeeded(dialled.contact, identity);
    if (!this.#deps.config.peers.labLinksOnly) {
      if (direction === 'outbound') this.#noteSuccess(peerAddress(remote), identity);
      else this.#learnRecords([{ address, identity: Buffer.from(identity, 'hex'), ageSeconds: 0 }]);
    }
    if (direction === 'inbound') return;
    if (purpose === 'feeler') return this.#drop(connection, undefined, 'lives');
    this.#deps.view.asked(connection);
    this.#send(connection, { type: 'NEIGHBOR', word: this.#deps.view.priority });
  }

  answerNeighbor({ connection, priority }: Told<'neighbor.asked'>): void {
    const verdict = this.#deps.view.neighborVerdict(connection, priority);
    if (typeof verdict === 'object') this.#drop(verdict.displace, undefined, 'displaced');
    const accepts = verdict !== 'refuse' && this.#deps.view.activate(connection);
    this.#send(connection, { type: 'NEIGHBOR', word: accepts ? 'accept' : 'refuse' });
    if (accepts) this.#activated(connection);
  }

  /** Refused: the peer may still tell whom else to ask, before the connection ends. */
  hearAnswer({ connection, accepted }: Told<'neighbor.answered'>): void {
    const { view } = this.#deps;
    view.answered(connection);
    const link = view.byConnection(connection);
    if (link === undefined) return;
    if (accepted && view.activate(connection)) {
      this.#activated(connection);
      if (view.activeCount <= this.#deps.config.peers.minConnections) this.#join(connection);
      return;
    }
    this.#deps.book.setAside(link.address, REFUSED_REST_MS, this.#wallMs());
    if (this.#deps.config.peers.labLinksOnly) this.#drop(connection, undefined, 'no room');
    else this.#askPeers(connection);
  }

  #activated(connection: ConnectionId): void {
    const link = this.#deps.view.byConnection(connection);
    this.#deps.tell(connection, { type: 'link.activated' });
    this.#deps.links.activateLink(connection);
    this.#log('link up', link);
    this.#publish();
  }

  /** We are new here, or nearly alone: the overlay is told, and asked for more peers. */
  #join(connection: ConnectionId): void {
    if (this.#deps.config.peers.labLinksOnly) return;
    const peer = this.#deps.ownRecord();
    if (peer !== undefined) {
      this.#send(connection, { type: 'PEER_JOIN', peer, hopsLeft: JOIN_HOPS });
    }
    this.#askPeers(connection);
  }

  #noteSuccess(address: PeerAddress, identity: string): void {
    const { replacedIdentity } = this.#deps.book.succeeded(address, identity, this.#wallMs());
    if (replacedIdentity === undefined) return;
    this.#deps.ports.log('warn', 'another identity answers at a known address', {
      address: formatAddress(address),
      was: replacedIdentity,
      is: identity,
    });
  }

  // ------------------------------------------------------------------ links go

  forget({ connection }: Told<'link.lost'>): void {
    const link = this.#deps.view.remove(connection);
    this.#limits.delete(connection);
    this.#deps.links.removeLink(connection);
    if (link?.active !== true) return;
    this.#log('link down', link);
    this.#publish();
  }

  noteEnd({ end }: { readonly end: ConnectionEnd }): void {
    const dialled = this.#dialled.get(end.connection);
    this.#dialled.delete(end.connection);
    this.#deps.ports.log('debug', 'connection ended', {
      peer: formatAddress(end.remote),
      direction: end.direction,
      phase: end.phase,
      error: end.error,
      reason: end.reason,
    });
    if (dialled !== undefined) this.#noteFailure(end, dialled);
    if (this.#deps.view.missing > 0) this.#fillFromBook();
  }

  noteLeaver({ connection }: Told<'peer.left'>): void {
    const link = this.#deps.view.byConnection(connection);
    if (link === undefined) return;
    this.#deps.book.setAside(link.address, LEAVER_REST_MS, this.#wallMs());
  }

  #fillFromBook(): void {
    for (const entry of this.#candidates(this.#wanted())) this.#dialEntry(entry);
  }

  #noteFailure({ error, reason }: ConnectionEnd, { contact, entry }: Dialled): void {
    const { book, config, ports } = this.#deps;
    if (contact !== undefined) {
      this.#contacts.failed(contact, ports.clock.monotonicMs());
      ports.log('warn', 'contact does not answer', {
        contact: formatAddress(contact.address),
        reason,
      });
    }
    if (entry === undefined || error === 'selfOrDuplicate') return;
    if (error !== undefined && MISBEHAVIOUR.has(error)) {
      book.setAside(entry.address, config.handshake.challengeCooldownMs, this.#wallMs());
    }
    // With no link at all the fault may be ours: nobody is forgotten for it.
    book.failed(entry.address, this.#wallMs(), { keep: this.#deps.view.activeCount === 0 });
  }

  // ------------------------------------------------------------------ addresses

  shuffle(): void {
    if (this.#deps.config.peers.labLinksOnly) return;
    const [link] = this.#deps.view.randomActive(1);
    if (link !== undefined) this.#askPeers(link.connection);
  }

  answerShuffle({ connection, max, sample }: Told<'peers.requested'>): void {
    if (!this.#limitsOf(connection).shuffles.take(1, this.#deps.ports.clock.monotonicMs())) {
      this.#deps.counters.count('shuffles_refused_total');
      return;
    }
    const asker = this.#deps.view.byConnection(connection)?.identity;
    const count = this.#deps.config.peers.labLinksOnly ? 0 : Math.min(max, PEER_RECORDS_MAX);
    const peers = this.#deps.book.sample(
      count,
      ({ identity }) => identity === asker,
      this.#wallMs(),
    );
    this.#send(connection, { type: 'PEER_RESPONSE', peers });
    this.#learnRecords(sample);
  }

  learn({ connection, peers }: Told<'peers.told'>): void {
    const isNews = this.#learnRecords(peers);
    const link = this.#deps.view.byConnection(connection);
    if (link?.active === false) this.#drop(connection, undefined, 'no room');
    if (isNews) this.#deps.onLearned();
  }

  /** A new peer's PEER_JOIN: starts walks where it joined, enters passive views, ends in a dial. */
  walk({ connection, peer, hopsLeft }: Told<'join.walked'>): void {
    const { view, ports, config } = this.#deps;
    if (config.peers.labLinksOnly) return;
    if (!this.#limitsOf(connection).joins.take(1, ports.clock.monotonicMs())) {
      this.#deps.counters.count('joins_refused_total');
      return;
    }
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
    if (this.#learnRecords([peer]) && isEndOfWalk) this.#deps.onLearned();
  }

  saveBook(): void {
    const text = this.#deps.book.toText();
    if (text === this.#saved) return;
    this.#saved = text;
    this.#deps.ports.addressBook.save(text);
  }

  /** Before shutdown: the links are told. */
  farewell(): void {
    for (const { connection, active } of this.#deps.view.links()) {
      if (active) this.#send(connection, { type: 'PEER_LEAVE', reason: REASON_LEAVING });
    }
    this.saveBook();
  }

  #askPeers(connection: ConnectionId): void {
    const sample = this.#deps.book.sample(
      SHUFFLE_RECORDS,
      ({ identity }) => identity === this.#deps.view.byConnection(connection)?.identity,
      this.#wallMs(),
    );
    this.#deps.tell(connection, { type: 'peers.awaited' });
    this.#send(connection, { type: 'PEER_REQUEST', max: PEER_RECORDS_MAX, sample });
  }

  /** True when at least one was new. */
  #learnRecords(records: readonly PeerRecord[]): boolean {
    if (this.#deps.config.peers.labLinksOnly) return false;
    const nowMs = this.#wallMs();
    return records.map((record) => this.#deps.book.learn(record, nowMs)).includes(true);
  }

  #limitsOf(connection: ConnectionId): Limits {
    const known = this.#limits.get(connection);
    if (known !== undefined) return known;
    const limits = {
      shuffles: new TokenBucket(SHUFFLES_PER_SECOND, SHUFFLE_BURST),
      joins: new TokenBucket(JOINS_PER_SECOND, JOIN_BURST),
    };
    this.#limits.set(connection, limits);
    return limits;
  }

  // ------------------------------------------------------------------ common

  /** Ends a connection of ours; its place in the view is free at once. */
  #drop(connection: ConnectionId, error: ErrorName | undefined, reason: string): void {
    this.forget({ connection });
    this.#deps.tell(connection, { type: 'connection.dropped', error, reason });
  }

  #publish(): void {
    const { activeCount } = this.#deps.view;
    const isFull = activeCount >= this.#deps.config.peers.degree;
    this.#deps.onStanding(activeCount === 0 ? 'alone' : isFull ? 'full' : 'growing');
  }

  #send(connection: ConnectionId, message: Parameters<Ports['peers']['send']>[1]): void {
    this.#deps.ports.peers.send([connection], message);
  }

  #log(what: string, link: Link | undefined): void {
    if (link === undefined) return;
    this.#deps.ports.log('info', what, {
      peer: formatAddress(link.address),
      identity: link.identity.slice(0, 16),
      direction: link.direction,
      links: this.#deps.view.activeCount,
    });
  }

  #wallMs(): number {
    return this.#deps.ports.clock.wallMs();
  }
}

const peerAddress = ({ host, port }: DialAddress): PeerAddress => ({
  family: host.includes(':') ? 6 : 4,
  host,
  port,
});
