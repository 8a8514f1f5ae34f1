/**
 * Whom the peer view dials, and what it learns from dials that fail: contacts of the config and
 * entries of the address book, a few at a time, never one that is linked or on the way.
 */
import type { ConnectionEnd } from '../../machines/events.js';
import { formatAddress, type DialAddress } from '../common/address.js';
import type { Config } from '../config/config.js';
import type { ActiveView, LinkPurpose } from '../core/active-view.js';
import type { AddressBook, BookEntry } from '../core/address-book.js';
import type { ErrorName } from '../wire/messages.js';
import { Contacts, type Contact } from './contacts.js';
import type { ConnectionId, Ports } from './ports.js';

/** Dials under way at once, feelers not counted (protocol page: 3 contacts in parallel). */
export const DIALS_MAX = 3;

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
  readonly view: ActiveView;
  readonly book: AddressBook;
  /** Has the supervisor spawn a connection that dials; its name. */
  readonly dial: (dial: Dial) => ConnectionId;
};

type Dialled = {
  readonly remote: DialAddress;
  readonly purpose: LinkPurpose;
  readonly contact: Contact | undefined;
  readonly entry: BookEntry | undefined;
};

export class Dialer {
  readonly #deps: DialerDeps;
  readonly #contacts: Contacts;
  readonly #dialled = new Map<ConnectionId, Dialled>();

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
    return this.#dialled.size;
  }

  /** Without a link: whoever the book and the config name, mixed. */
  dialContacts(): void {
    const contacts = this.#dueContacts();
    while (this.#dialRoom() > 0) {
      const contact = contacts.shift();
      if (contact !== undefined) this.#dialContact(contact);
      // Chosen after the contact is on its way: the book may know the same address.
      const [entry] = this.#candidates(Math.min(1, this.#dialRoom()));
      if (entry !== undefined) this.#dialEntry(entry);
      if (contact === undefined && entry === undefined) return;
    }
  }

  /** With fewer links than wanted: the contacts of the config first, then the book. */
  fill(): void {
    for (const contact of this.#dueContacts().slice(0, this.#wanted())) this.#dialContact(contact);
    for (const entry of this.#candidates(this.#wanted())) this.#dialEntry(entry);
  }

  /** A link is suspect: one more is dialled, though it still counts. */
  replace(): void {
    for (const entry of this.#candidates(Math.min(1, this.#dialRoom()))) this.#dialEntry(entry);
  }

  feel(): void {
    if (this.#deps.config.peers.labLinksOnly) return;
    const nowMs = this.#wallMs();
    const entry =
      this.#deps.book.evictionTest(nowMs) ??
      this.#deps.book.feelerCandidate((other) => this.#isTaken(other), nowMs);
    if (entry !== undefined && !this.#isTaken(entry)) this.#dialEntry(entry, 'feeler');
  }

  /** The same without the contacts, whose rests the rounds of the peer view respect. */
  fillFromBook(): void {
    for (const entry of this.#candidates(this.#wanted())) this.#dialEntry(entry);
  }

  // ------------------------------------------------------------------ what came of a dial

  /** A HELLO was read at the other end of a dial: whom a contact's address belongs to. */
  recognized(connection: ConnectionId, identity: string): void {
    const contact = this.#dialled.get(connection)?.contact;
    if (contact !== undefined) contact.identity = identity;
  }

  /** It was ourselves: such a contact is never dialled again. */
  wasSelf(connection: ConnectionId): void {
    const contact = this.#dialled.get(connection)?.contact;
    if (contact === undefined) return;
    const { log } = this.#deps.ports;
    log('warn', 'contact is this daemon itself', { contact: formatAddress(contact.address) });
    this.#contacts.drop(contact);
  }

  succeeded(connection: ConnectionId, identity: string): void {
    const contact = this.#dialled.get(connection)?.contact;
    this.#dialled.delete(connection);
    if (contact !== undefined) this.#contacts.succeeded(contact, identity);
  }

  /** A connection is over; if it was a dial that came to nothing, it is remembered. */
  ended(end: ConnectionEnd): void {
    const dialled = this.#dialled.get(end.connection);
    this.#dialled.delete(end.connection);
    if (dialled !== undefined) this.#noteFailure(end, dialled);
  }

  /** A peer left on purpose: it is not dialled again at once. */
  left(identity: string): void {
    this.#contacts.left(identity, this.#deps.ports.clock.monotonicMs());
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

  #noteFailure(end: ConnectionEnd, { contact, entry }: Dialled): void {
    const { book, config, ports } = this.#deps;
    const { error, reason } = end;
    if (contact !== undefined && error !== 'selfOrDuplicate') {
      this.#contacts.failed(contact, ports.clock.monotonicMs());
      ports.log('warn', 'contact does not answer', {
        contact: formatAddress(contact.address),
        reason,
      });
    }
    if (entry === undefined) return;
    if (error === 'selfOrDuplicate') return this.#noteDouble(end, entry);
    if (error !== undefined && MISBEHAVIOUR.has(error)) {
      book.setAside(entry.address, config.handshake.challengeCooldownMs, this.#wallMs());
    }
    // With no link at all the fault may be ours: nobody is forgotten for it.
    book.failed(entry.address, this.#wallMs(), { keep: this.#deps.view.activeCount === 0 });
  }

  /** Who answered is linked already, or is ourselves: the entry must not be dialled in a circle. */
  #noteDouble({ identity }: ConnectionEnd, entry: BookEntry): void {
    const { book, view } = this.#deps;
    if (identity !== undefined && identity !== entry.identity) book.remove(entry.identity);
    // The peer still holds a link of ours that is gone; it will notice.
    else if (!view.isLinked(entry.identity)) {
      book.failed(entry.address, this.#wallMs(), { keep: true });
    }
  }

  #wallMs(): number {
    return this.#deps.ports.clock.wallMs();
  }
}
