/**
 * Whom the peer view dials, and what it learns from dials that fail: contacts of the config and
 * entries of the address book, a few at a time, never one that is linked or on the way.
 */
import type { ConnectionEnd } from '../../machines/events.js';
import { formatAddress, type DialAddress } from '../common/address.js';
import type { Config } from '../config/config.js';
import type { ActiveView, LinkPurpose } from '../core/active-view.js';
import type { AddressBook, BookEntry } from '../core/address-book.js';
import type { Counters } from '../core/counters.js';
import type { LinkGroups } from '../core/link-groups.js';
import type { Candidate, Sampler } from '../core/sampler.js';
import type { ErrorName } from '../wire/messages.js';
import { Contacts, type Contact } from './contacts.js';
import { DialsUnderWay, type Dialled } from './dials-under-way.js';
import type { ConnectionId, Ports } from './ports.js';

/** Dials under way at once, feelers not counted (protocol page: 3 contacts in parallel). */
export const DIALS_MAX = 3;
/**
 * The same with fewer links than `min_connections`; our guess: when four of five peers have gone,
 * so many dials find a living one in all but 7 of 100 cases.
 */
export const URGENT_DIALS_MAX = 12;
/** Addresses of the book that an alarm has dialled, beside contacts and anchors; our guess. */
export const AFRESH_DIALS = 3;

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

/** A dial that the supervisor is to spawn a connection for. */
export type Dial = {
  readonly remote: DialAddress;
  readonly purpose: LinkPurpose;
  /** Named in our config: no proof is asked of it. */
  readonly trusted: boolean;
};

export type DialerDeps = {
  readonly ports: Pick<Ports, 'clock' | 'log'>;
  readonly config: Pick<Config, 'peers' | 'handshake'>;
  readonly counters: Counters;
  readonly view: ActiveView;
  readonly book: AddressBook;
  readonly sampler: Sampler;
  readonly groups: LinkGroups;
  /** Has the supervisor spawn a connection that dials; its name. */
  readonly dial: (dial: Dial) => ConnectionId;
};

export class Dialer {
  readonly #deps: DialerDeps;
  readonly #contacts: Contacts;
  readonly #dials = new DialsUnderWay();
  /** Connections that may become anchors, until they are links or over. */
  readonly #anchors = new Set<ConnectionId>();
  #feelers = 0;

  constructor(deps: DialerDeps) {
    this.#deps = deps;
    const { bootstrapper, knownPeers, retryMaxMs } = deps.config.peers;
    this.#contacts = new Contacts(
      [...(bootstrapper === undefined ? [] : [bootstrapper]), ...knownPeers],
      retryMaxMs,
    );
  }

  /** Dials under way, feelers included. */
  get underWay(): number {
    return this.#dials.size;
  }

  /** Dials under way for a purpose. */
  underWayFor(purpose: LinkPurpose): number {
    return this.#dials.countIf((other) => other === purpose);
  }

  /** Whether another dial may be under way beside those that are. */
  get hasRoom(): boolean {
    return this.#dialRoom() > 0;
  }

  // ------------------------------------------------------------------ whom to dial

  /** Without a link: whoever the book and the config name, mixed. */
  dialContacts(): void {
    const contacts = this.#dueContacts();
    const first = Math.ceil(this.#dialRoom() / 2);
    for (const contact of contacts.splice(0, first)) this.#dialContact(contact);
    // Chosen after the contacts are on their way: the book may know the same addresses.
    this.fillFromBook();
    for (const contact of contacts.splice(0, this.#dialRoom())) this.#dialContact(contact);
  }

  /** With fewer links than wanted: the contacts of the config first, then the book. */
  fill(): void {
    const wanted = Math.min(this.#dialRoom(), this.#missing());
    for (const contact of this.#dueContacts().slice(0, wanted)) this.#dialContact(contact);
    this.fillFromBook();
  }

  /**
   * Without the contacts, whose rests the rounds of the peer view respect: first the anchors of the
   * last run, then who is drawn for the sampler's vacant slots, then whoever is known, tried ones
   * first, while links are missing.
   */
  fillFromBook(): void {
    const vacant = this.#deps.sampler.vacant();
    const isComplete = vacant.length + this.#missing() + this.#anchorsMissing() === 0;
    if (isComplete || this.#dialRoom() === 0 || this.#deps.config.peers.labLinksOnly) return;
    this.#dialAnchors();
    for (const slot of vacant) {
      if (this.#dialRoom() === 0) return;
      if (!this.#dialDrawn(slot)) break;
    }
    if (Math.min(this.#dialRoom(), this.#missing()) === 0) return;
    for (const entry of this.#candidates()) {
      this.#dialCandidate(entry, 'neighbor');
      if (Math.min(this.#dialRoom(), this.#missing()) === 0) return;
    }
  }

  /** A link is suspect: one more is dialled, though it still counts. */
  replace(): void {
    if (this.#dialRoom() === 0) return;
    const { value: entry } = this.#candidates().next();
    if (entry !== undefined) this.#dialCandidate(entry, 'neighbor');
  }

  /** Dials who is said to want a type that too few links share, if it may be dialled now. */
  dialSharer(candidate: Candidate): void {
    if (this.#isEligible(candidate)) this.#dialCandidate(candidate, 'interest');
  }

  /** Draws a sampled link anew; the present one stays until the other is there. */
  redraw(slot: number): void {
    const { labLinksOnly } = this.#deps.config.peers;
    if (!labLinksOnly && this.#dialRoom() > 0) this.#dialDrawn(slot);
  }

  /** Tests an address: the tried one whose turn it is, or one that was only heard of, in turn. */
  feel(): void {
    if (this.#deps.config.peers.labLinksOnly) return;
    const nowMs = this.#wallMs();
    const isTaken = (entry: BookEntry): boolean => this.#isTaken(entry);
    this.#feelers += 1;
    const test = this.#deps.book.evictionTest(nowMs);
    const untested = this.#deps.book.feelerCandidate(isTaken, nowMs);
    const entry = this.#feelers % 2 === 0 ? (test ?? untested) : (untested ?? test);
    if (entry !== undefined && !this.#isTaken(entry)) this.#dialCandidate(entry, 'feeler');
  }

  /** Somebody may be cutting us off: all who are known from better days are dialled at once. */
  dialAfresh(): void {
    for (const contact of this.#dueContacts(Infinity)) this.#dialContact(contact);
    if (this.#deps.config.peers.labLinksOnly) return;
    for (const entry of this.#deps.book.anchors()) {
      if (this.#isEligible(entry)) this.#dialCandidate(entry, 'neighbor');
    }
    let dials = 0;
    for (const entry of this.#candidates()) {
      this.#dialCandidate(entry, 'neighbor');
      dials += 1;
      if (dials === AFRESH_DIALS) return;
    }
  }

  // ------------------------------------------------------------------ what came of a dial

  /** TCP has connected. */
  connected(connection: ConnectionId): void {
    this.#dials.connected(connection, this.#nowMs());
  }

  /** A HELLO was read at the other end of a dial: whom a contact's address belongs to. */
  recognized(connection: ConnectionId, identity: string): void {
    const contact = this.#dials.get(connection)?.contact;
    if (contact !== undefined) contact.identity = identity;
  }

  /** It was ourselves: such a contact is never dialled again. */
  wasSelf(connection: ConnectionId): void {
    const contact = this.#dials.get(connection)?.contact;
    if (contact === undefined) return;
    const { log } = this.#deps.ports;
    log('warn', 'contact is this daemon itself, or has its host key', {
      contact: formatAddress(contact.address),
    });
    this.#contacts.drop(contact);
  }

  /** The handshake succeeded. Returns the round trip of its dial, if that was measured. */
  succeeded(connection: ConnectionId, identity: string): number | undefined {
    const dialled = this.#dials.remove(connection);
    if (dialled?.contact === undefined) return dialled?.rttMs;
    this.#contacts.succeeded(dialled.contact, identity);
    // The name of a contact may have had to be looked up.
    return undefined;
  }

  /** The connection is a link. */
  linked(connection: ConnectionId, identity: string): void {
    this.#anchors.delete(connection);
    this.#contacts.linked(identity);
  }

  /** A connection is over; if it was a dial that came to nothing, it is remembered. */
  ended(end: ConnectionEnd): void {
    const dialled = this.#dials.remove(end.connection);
    this.#anchors.delete(end.connection);
    this.#deps.sampler.release(end.connection);
    if (dialled !== undefined) this.#noteFailure(end, dialled);
  }

  /** The actor of a dial failed: nothing is known of the address by that. */
  abandoned(connection: ConnectionId): void {
    this.#dials.remove(connection);
    this.#anchors.delete(connection);
    this.#deps.sampler.release(connection);
  }

  /** A peer has no room for us. */
  refused(identity: string): void {
    this.#contacts.refused(identity, this.#nowMs());
  }

  /** A peer left on purpose: it is not dialled again at once. */
  left(identity: string): void {
    this.#contacts.left(identity, this.#nowMs());
  }

  // ------------------------------------------------------------------ room and candidates

  #dialRoom(): number {
    const { view, config } = this.#deps;
    const isUrgent = view.activeCount < config.peers.minConnections;
    const most = isUrgent ? URGENT_DIALS_MAX : DIALS_MAX;
    return Math.max(0, most - this.#dialsForLinks());
  }

  #dialsForLinks(): number {
    return this.#dials.countIf((purpose) => purpose !== 'feeler');
  }

  /** Links that are missing when all dials under way succeed. */
  #missing(): number {
    return Math.max(0, this.#deps.view.missing - this.#dialsForLinks());
  }

  #anchorsMissing(): number {
    return Math.max(0, this.#deps.groups.anchorsMissing - this.#anchors.size);
  }

  #dueContacts(nowMs = this.#nowMs()): Contact[] {
    return this.#contacts.due(nowMs, (contact) => {
      const isLinked = contact.identity !== undefined && this.#deps.view.isLinked(contact.identity);
      return isLinked || this.#dials.isDialled(contact.address);
    });
  }

  /** Entries that may be dialled when they are asked for, tried ones first. */
  *#candidates(): Generator<BookEntry, void> {
    const { view, book, config } = this.#deps;
    if (config.peers.labLinksOnly) return;
    const isOut = (entry: BookEntry): boolean =>
      this.#isTaken(entry) || view.isNetworkFull(entry.address);
    yield* book.candidates(isOut, this.#wallMs(), this.#rest());
  }

  /** Without a link nobody rests for long: it is more likely our fault than that of all of them. */
  #rest(): { readonly restMostMs?: number } {
    const { view, config } = this.#deps;
    return view.activeCount === 0 ? { restMostMs: config.peers.retryMaxMs } : {};
  }

  /** Not linked, nor being dialled. */
  #isTaken({ identity, address }: Candidate): boolean {
    return this.#deps.view.isLinked(identity) || this.#dials.isDialled(address);
  }

  /** May be dialled now, whether the book has it or not. */
  #isEligible(candidate: Candidate): boolean {
    const { view, book } = this.#deps;
    const { address } = candidate;
    const isAside = book.offenders.isAside(candidate.identity, this.#wallMs());
    const isOut = isAside || this.#isTaken(candidate) || view.isNetworkFull(address);
    return !isOut && book.mayDial(address, this.#wallMs(), this.#rest());
  }

  // ------------------------------------------------------------------ dials

  #dialAnchors(): void {
    for (const entry of this.#deps.book.anchors()) {
      if (this.#anchorsMissing() === 0) return;
      if (this.#isEligible(entry)) this.#anchors.add(this.#dialCandidate(entry, 'anchor'));
    }
  }

  /**
   * Dials who is drawn for a slot; false: nobody is left. In need, or when the last draws came to
   * nothing, only tried ones are drawn, if there are any: what was told may have been invented.
   */
  #dialDrawn(slot: number): boolean {
    const { sampler, view, book } = this.#deps;
    const isUrgent = view.priority === 'high' || sampler.hasFailed(slot);
    const isTried = ({ identity }: Candidate): boolean => book.get(identity)?.table === 'tried';
    const isEligible = (candidate: Candidate): boolean => this.#isEligible(candidate);
    const isEligibleAndTried = (candidate: Candidate): boolean =>
      isTried(candidate) && isEligible(candidate);
    const known = book.entries();
    const drawn =
      (isUrgent ? sampler.draw(slot, known, isEligibleAndTried) : undefined) ??
      sampler.draw(slot, known, isEligible);
    if (drawn === undefined) return false;
    sampler.give(slot, this.#dialCandidate(drawn, 'sample'));
    return true;
  }

  #dialContact(contact: Contact): void {
    this.#dial({ remote: contact.address, purpose: 'join', trusted: true }, { contact });
  }

  #dialCandidate(candidate: Candidate, purpose: LinkPurpose): ConnectionId {
    return this.#dial({ remote: candidate.address, purpose, trusted: false }, { candidate });
  }

  #dial(
    dial: Dial,
    { contact, candidate }: { readonly contact?: Contact; readonly candidate?: Candidate },
  ): ConnectionId {
    const { remote, purpose } = dial;
    const connection = this.#deps.dial(dial);
    this.#deps.counters.count(`dials_total{purpose="${purpose}"}`);
    const startedMs = this.#nowMs();
    this.#dials.add(connection, { remote, purpose, startedMs, contact, candidate });
    return connection;
  }

  #noteFailure(end: ConnectionEnd, { contact, candidate }: Dialled): void {
    const { book, sampler, view, config, ports } = this.#deps;
    const { error, reason } = end;
    if (contact !== undefined && error !== 'selfOrDuplicate') {
      this.#contacts.failed(contact, this.#nowMs());
      ports.log('warn', 'contact does not answer', {
        contact: formatAddress(contact.address),
        reason,
      });
    }
    if (candidate === undefined) return;
    if (error === 'selfOrDuplicate') return this.#noteDouble(end, candidate);
    if (error !== undefined && MISBEHAVIOUR.has(error)) {
      book.setAside(candidate.address, config.handshake.challengeCooldownMs, this.#wallMs());
    }
    // With no link at all the fault may be ours: nobody is forgotten for it.
    const isForgotten = book.failed(candidate.address, this.#wallMs(), {
      keep: view.activeCount === 0,
    });
    if (isForgotten) sampler.forget(candidate);
  }

  /** Who answered is linked already, or is ourselves: it must not be dialled in a circle. */
  #noteDouble({ identity }: ConnectionEnd, candidate: Candidate): void {
    const { book, sampler, view } = this.#deps;
    if (identity !== undefined && identity !== candidate.identity) {
      book.remove(candidate.identity);
      sampler.forget(candidate);
    } else if (!view.isLinked(candidate.identity)) {
      // The peer still holds a link of ours that is gone; it will notice.
      book.failed(candidate.address, this.#wallMs(), { keep: true });
    }
  }

  #nowMs(): number {
    return this.#deps.ports.clock.monotonicMs();
  }

  #wallMs(): number {
    return this.#deps.ports.clock.wallMs();
  }
}
