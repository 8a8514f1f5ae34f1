/**
 * Does what the peer-view machine decides: asks `ActiveView` and `AddressBook` for their verdicts,
 * dials, answers, tells the connections. The rules of who may stay are the core's.
 */
import type { ConnectionEnd, Greeting, LinkEvent, Standing } from '../../machines/events.js';
import type { PeerConnectionEvent } from '../../machines/peer-connection.js';
import { formatAddress, type DialAddress } from '../common/address.js';
import type { Config } from '../config/config.js';
import { hostOf, type ActiveView, type Link } from '../core/active-view.js';
import type { AddressBook } from '../core/address-book.js';
import { SOURCES } from '../core/book-entry.js';
import type { Counters } from '../core/counters.js';
import { IsolationWatch, type IsolationAlarm } from '../core/isolation-watch.js';
import type { LinkGroups } from '../core/link-groups.js';
import { isSameHost, networkOf } from '../core/networks.js';
import type { Sampler } from '../core/sampler.js';
import {
  PING_BYTES,
  type ErrorName,
  type PeerAddress,
  type PeerMessage,
} from '../wire/messages.js';
import type { AddressExchange } from './address-exchange.js';
import type { Dialer } from './dialer.js';
import type { ConnectionId, Ports } from './ports.js';
import type { Sharers } from './sharers.js';
import type { ViewUpkeep } from './view-upkeep.js';

/** How long a peer that left on purpose is neither dialled nor told of; our guess. */
const LEAVER_REST_MS = 60_000;
/** How long a peer that had no room for us is left alone, at first and at most; our guesses. */
const REFUSED_REST_MS = 10_000;
const REFUSED_REST_MOST_MS = 600_000;
/** The only reason of PEER_LEAVE so far: the daemon stops. */
const REASON_LEAVING = 0;

export type ViewKeeperDeps = {
  readonly ports: Ports;
  readonly config: Pick<Config, 'peers'>;
  readonly counters: Counters;
  readonly view: ActiveView;
  readonly book: AddressBook;
  readonly sampler: Sampler;
  readonly groups: LinkGroups;
  readonly dialer: Dialer;
  readonly exchange: AddressExchange;
  readonly upkeep: ViewUpkeep;
  readonly sharers: Sharers;
  readonly tell: (connection: ConnectionId, event: PeerConnectionEvent) => void;
  readonly onStanding: (standing: Standing) => void;
  /** There are new addresses to dial. */
  readonly onLearned: () => void;
  /** Somebody may be cutting us off. */
  readonly onAlarm: (alarm: IsolationAlarm) => void;
  readonly links: {
    addLink(connection: ConnectionId): void;
    activateLink(connection: ConnectionId): void;
    removeLink(connection: ConnectionId): void;
  };
};

type Told<Name extends LinkEvent['type']> = Omit<Extract<LinkEvent, { type: Name }>, 'type'>;
/** A PING that is out. */
type Ping = { readonly sentAtMs: number; readonly echo: Buffer };

export class ViewKeeper {
  readonly #deps: ViewKeeperDeps;
  readonly #pings = new Map<ConnectionId, Ping>();
  /** Connections of ours that ended instead of an answer to NEIGHBOR, until it is known how. */
  readonly #unanswered = new Set<ConnectionId>();
  readonly #isolation = new IsolationWatch();

  constructor(deps: ViewKeeperDeps) {
    this.#deps = deps;
    deps.counters.gauge('links_active', () => deps.view.activeCount);
    deps.counters.gauge('links_outbound', () => deps.view.outboundCount);
    deps.counters.gauge('acquaintances', () => deps.view.acquaintanceCount);
    deps.counters.gauge('dials_under_way', () => deps.dialer.underWay);
    deps.counters.gauge('address_book_entries', () => deps.book.size);
  }

  // ------------------------------------------------------------------ links come

  admit({ greeting }: { readonly greeting: Greeting }): void {
    const { connection, identity } = greeting;
    this.#deps.dialer.recognized(connection, identity);
    const admission = this.#deps.view.admission(greeting);
    if (admission.verdict === 'refuse') {
      if (admission.reason === 'self') this.#deps.dialer.wasSelf(connection);
      this.#deps.tell(connection, { type: 'link.refused', reason: admission.reason });
      return;
    }
    if (admission.verdict === 'replace') {
      this.drop(admission.connection, 'selfOrDuplicate', 'duplicate');
    }
    const { purpose, direction, address, remote } = greeting;
    const sinceMs = this.#deps.ports.clock.monotonicMs();
    const from = { address, remoteHost: remote.host };
    this.#deps.view.add({ connection, identity, direction, purpose, ...from, sinceMs });
    this.#deps.tell(connection, { type: 'link.admitted' });
    this.#makeRoomForCallers();
  }

  /** Whoever shook hands and does not become a link gives way to those who may. */
  #makeRoomForCallers(): void {
    const superfluous = this.#deps.view.takeSuperfluousAcquaintance();
    if (superfluous === undefined) return;
    this.#deps.counters.count('acquaintances_displaced_total');
    this.drop(superfluous, 'busy', 'others want to be heard');
  }

  /** A connection is established: notes who it is, and asks to be its neighbor if we dialled. */
  welcome({ greeting }: { readonly greeting: Greeting }): void {
    const { connection, direction, identity, purpose, remote } = greeting;
    const rttMs = this.#deps.dialer.succeeded(connection, identity);
    this.#deps.links.addLink(connection);
    const isNoted = direction === 'outbound' && !this.#deps.config.peers.labLinksOnly;
    if (isNoted) this.#noteSuccess(peerAddress(remote), identity);
    if (rttMs !== undefined) this.#noteRoundTrip(connection, identity, rttMs);
    if (direction === 'inbound') return;
    if (purpose === 'feeler') return this.drop(connection, undefined, 'lives');
    this.#deps.view.asked(connection);
    // Without links that share a type we are as alone as without any, to those who want it.
    const word = purpose === 'interest' ? 'high' : this.#deps.view.priority;
    this.#send(connection, { type: 'NEIGHBOR', word });
  }

  answerNeighbor({ connection, priority }: Told<'neighbor.asked'>): void {
    const { view, groups, ports } = this.#deps;
    const nowMs = ports.clock.monotonicMs();
    const verdict = this.#isPutAside(connection)
      ? 'refuse'
      : view.neighborVerdict(connection, priority, nowMs, () => groups.yielding());
    if (typeof verdict === 'object') this.drop(verdict.displace, undefined, 'displaced');
    const accepts = verdict !== 'refuse' && view.activate(connection);
    this.#send(connection, { type: 'NEIGHBOR', word: accepts ? 'accept' : 'refuse' });
    if (!accepts) return;
    this.#activated(connection);
    this.#learnCaller(connection);
  }

  #isPutAside(connection: ConnectionId): boolean {
    const { view, book } = this.#deps;
    const identity = view.byConnection(connection)?.identity;
    return identity !== undefined && book.offenders.isAside(identity, this.#wallMs());
  }

  /** Refused: the peer may still tell whom else to ask, before the connection ends. */
  hearAnswer({ connection, accepted }: Told<'neighbor.answered'>): void {
    const { view, upkeep } = this.#deps;
    view.answered(connection);
    const link = view.byConnection(connection);
    if (link === undefined) return;
    if (accepted && this.#activateOurs(link)) {
      upkeep.place(link);
      this.#activated(connection);
      const isNew = view.activeCount <= this.#deps.config.peers.minConnections;
      if (isNew) this.#deps.exchange.join(connection);
      return;
    }
    this.#refusedBy(link);
    // Accepted, but our own room went to somebody else meanwhile: the peer takes it for a link.
    const isOver = accepted || this.#deps.config.peers.labLinksOnly;
    if (isOver) this.drop(connection, undefined, 'no room');
    else this.#deps.exchange.askPeers(connection);
  }

  #activateOurs(link: Link): boolean {
    const { view, upkeep } = this.#deps;
    const { connection } = link;
    return view.activate(connection) || (upkeep.makeRoomFor(link) && view.activate(connection));
  }

  #activated(connection: ConnectionId): void {
    const link = this.#deps.view.byConnection(connection);
    this.#deps.tell(connection, { type: 'link.activated' });
    this.#deps.links.activateLink(connection);
    this.#log('link up', link);
    this.#publish();
    // Whatever ends us, even at once, we know this peer when we come back.
    this.#deps.upkeep.saveBook();
  }

  /** Only whom we have let in: whoever calls and is refused could fill the book by calling. */
  #learnCaller(connection: ConnectionId): void {
    const link = this.#deps.view.byConnection(connection);
    if (link === undefined) return;
    const { address, identity } = link;
    const record = { address, identity: Buffer.from(identity, 'hex'), ageSeconds: 0 };
    // Who says that it listens elsewhere than it calls from has only told us so.
    const network = networkOf(hostOf(link));
    const isThere = networkOf(address.host) === network;
    this.#deps.exchange.learnRecords([record], isThere ? SOURCES.callers : network);
  }

  #noteSuccess(address: PeerAddress, identity: string): void {
    if (!this.#deps.book.has(identity)) this.#deps.sampler.offer({ address, identity });
    const { replacedIdentity } = this.#deps.book.succeeded(address, identity, this.#wallMs());
    if (replacedIdentity === undefined) return;
    this.#deps.counters.count('identities_changed_total');
    this.#deps.ports.log('warn', 'another identity answers at a known address', {
      address: formatAddress(address),
      was: replacedIdentity,
      is: identity,
    });
  }

  // ------------------------------------------------------------------ links go

  forget({ connection }: Told<'link.lost'>): void {
    if (this.#deps.view.isAsked(connection)) this.#noteHangUp(connection);
    const link = this.#remove(connection);
    if (link === undefined) return;
    const { view, ports } = this.#deps;
    const alarm = this.#isolation.lost(link, view.active(), ports.clock.monotonicMs());
    if (alarm !== undefined) this.#deps.onAlarm(alarm);
  }

  /** The actor of a connection failed: no word of its end will come. */
  abandon(connection: ConnectionId): void {
    this.forget({ connection });
    this.#unanswered.delete(connection);
  }

  /**
   * Whom we asked with NEIGHBOR has hung up instead: that is a refusal as well, and rests as one. A
   * second daemon with our identity would else be called without end by both.
   */
  #noteHangUp(connection: ConnectionId): void {
    const link = this.#deps.view.byConnection(connection);
    if (link === undefined) return;
    this.#unanswered.add(connection);
    this.#refusedBy(link);
  }

  /** It has no room for us: it is left alone, for longer each time. */
  #refusedBy(link: Link): void {
    this.#deps.dialer.refused(link.identity);
    this.#rest(link, REFUSED_REST_MS, { mostMs: REFUSED_REST_MOST_MS });
  }

  /** The link that it was, if it was one. */
  #remove(connection: ConnectionId): Link | undefined {
    const link = this.#deps.view.remove(connection);
    this.#deps.groups.forget(connection);
    this.#deps.exchange.forget(connection);
    this.#deps.sharers.forget(connection);
    this.#pings.delete(connection);
    this.#deps.links.removeLink(connection);
    if (link?.active !== true) return undefined;
    this.#log('link down', link);
    this.#publish();
    return link;
  }

  noteEnd({ end }: { readonly end: ConnectionEnd }): void {
    this.#deps.ports.log('debug', 'connection ended', {
      peer: formatAddress(end.remote),
      direction: end.direction,
      phase: end.phase,
      error: end.error,
      reason: end.reason,
    });
    if (this.#unanswered.delete(end.connection)) this.#tellOfHangUp(end);
    this.#deps.dialer.ended(end);
    if (end.phase === 'established' && end.error === 'timeout') this.#noteSilence(end);
    this.#deps.dialer.fillFromBook();
  }

  #tellOfHangUp({ remote, error, reason }: ConnectionEnd): void {
    const hint = error === 'selfOrDuplicate' ? ': has another daemon our host key?' : '';
    this.#deps.ports.log('warn', 'peer hung up', {
      peer: formatAddress(remote),
      reason: `${reason}${hint}`,
    });
  }

  /** A link that died is neither dialled nor told of for a while. */
  #noteSilence({ identity }: ConnectionEnd): void {
    const entry = identity === undefined ? undefined : this.#deps.book.get(identity);
    if (entry !== undefined) this.#deps.book.failed(entry.address, this.#wallMs(), { keep: true });
  }

  noteLeaver({ greeting: { address, remote, identity } }: Told<'peer.left'>): void {
    // A daemon that is restarted often is as welcome the tenth time.
    const rest = { mostMs: LEAVER_REST_MS };
    this.#rest({ address, remoteHost: remote.host, identity }, LEAVER_REST_MS, rest);
    this.#deps.dialer.left(identity);
  }

  /**
   * Lets a peer's address rest: the one where we have dialled it, or the one that it says it
   * listens at, if it speaks from that host. Any other may be somebody else's, who would suffer.
   */
  #rest(
    { address, remoteHost, identity }: Pick<Link, 'address' | 'remoteHost' | 'identity'>,
    forMs: number,
    most: { readonly mostMs: number },
  ): void {
    const known = this.#deps.book.get(identity);
    const isOwn = remoteHost !== undefined && isSameHost(remoteHost, address.host);
    const resting = known?.table === 'tried' ? known.address : isOwn ? address : undefined;
    if (resting !== undefined) this.#deps.book.setAside(resting, forMs, this.#wallMs(), most);
  }

  /** A PEER_RESPONSE came. From a peer that had no room for us it was all that we wanted. */
  learn({ connection, peers, sharing }: Told<'peers.told'>): void {
    this.#deps.exchange.answered(connection, peers, sharing);
    const isNews = this.#deps.exchange.learnFrom(connection, peers);
    const link = this.#deps.view.byConnection(connection);
    if (link?.active === false) this.drop(connection, undefined, 'no room');
    if (isNews) this.#deps.onLearned();
  }

  // ------------------------------------------------------------------ signs of life

  ping(connection: ConnectionId): void {
    const { clock, random } = this.#deps.ports;
    const echo = random.bytes(PING_BYTES);
    this.#pings.set(connection, { sentAtMs: clock.monotonicMs(), echo });
    this.#send(connection, { type: 'PING', echo });
  }

  /** A PONG came. Only the echo of our own PING tells how long it took. */
  measure(connection: ConnectionId, echo: Buffer): void {
    const ping = this.#pings.get(connection);
    const link = this.#deps.view.byConnection(connection);
    if (ping === undefined || link === undefined || !ping.echo.equals(echo)) return;
    this.#deps.book.heard(link.identity, this.#wallMs());
    const rttMs = this.#deps.ports.clock.monotonicMs() - ping.sentAtMs;
    this.#noteRoundTrip(connection, link.identity, rttMs);
  }

  #noteRoundTrip(connection: ConnectionId, identity: string, rttMs: number): void {
    this.#deps.view.measured(connection, rttMs);
    this.#deps.book.measured(identity, rttMs);
  }

  // ------------------------------------------------------------------ common

  /** Before shutdown: the links are told. */
  farewell(): void {
    for (const { connection, active } of this.#deps.view.links()) {
      if (active) this.#send(connection, { type: 'PEER_LEAVE', reason: REASON_LEAVING });
    }
    this.#deps.upkeep.saveBook();
  }

  /** Ends a connection of ours; its place in the view is free at once. */
  drop(connection: ConnectionId, error: ErrorName | undefined, reason: string): void {
    this.#remove(connection);
    this.#deps.tell(connection, { type: 'connection.dropped', error, reason });
  }

  #publish(): void {
    const { view, sampler, config } = this.#deps;
    const { activeCount } = view;
    const isFull =
      activeCount >= config.peers.degree && sampler.linkedCount >= config.peers.sampledLinks;
    this.#deps.onStanding(activeCount === 0 ? 'alone' : isFull ? 'full' : 'growing');
  }

  #send(connection: ConnectionId, message: PeerMessage): void {
    this.#deps.ports.peers.send([connection], message);
  }

  #log(what: string, link: Link | undefined): void {
    if (link === undefined) return;
    this.#deps.ports.log('info', what, {
      peer: formatAddress(link.address),
      identity: link.identity.slice(0, 16),
      direction: link.direction,
      purpose: link.purpose,
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
