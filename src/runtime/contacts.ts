/** The peers that the config names: bootstrapper and `known_peers`. Dialled again for ever. */
import { formatAddress, type DialAddress } from '../common/address.js';

export type Contact = {
  readonly address: DialAddress;
  /** As its HELLO said the last time; undefined until then. */
  identity: string | undefined;
  /** Not to be dialled before, on the monotonic clock. */
  retryAtMs: number;
  failures: number;
};

/** Rests for a contact that failed: doubling from 1 s (our guess). */
const REST_FIRST_MS = 1_000;
/** For a contact that left on purpose: longer than a restart takes (our guess). */
const LEFT_REST_MS = 10_000;

export class Contacts {
  readonly #contacts: Contact[];
  readonly #restMaxMs: number;

  constructor(addresses: readonly DialAddress[], restMaxMs: number) {
    const seen = new Set<string>();
    this.#contacts = addresses
      .filter((address) => !seen.has(formatAddress(address)) && seen.add(formatAddress(address)))
      .map((address) => ({ address, identity: undefined, retryAtMs: 0, failures: 0 }));
    this.#restMaxMs = restMaxMs;
  }

  get size(): number {
    return this.#contacts.length;
  }

  /** Contacts that may be dialled now and are not `isKnown` to be linked or on the way. */
  due(nowMs: number, isKnown: (contact: Contact) => boolean): Contact[] {
    return this.#contacts.filter((contact) => contact.retryAtMs <= nowMs && !isKnown(contact));
  }

  failed(contact: Contact, nowMs: number): void {
    contact.retryAtMs = nowMs + Math.min(this.#restMaxMs, REST_FIRST_MS * 2 ** contact.failures);
    contact.failures = Math.min(contact.failures + 1, 16);
  }

  /** The handshake succeeded; what comes of it is to be seen. */
  succeeded(contact: Contact, identity: string): void {
    contact.identity = identity;
    contact.retryAtMs = 0;
  }

  /** It has no room for us: it rests as if it had not answered. */
  refused(identity: string, nowMs: number): void {
    const contact = this.#of(identity);
    if (contact !== undefined) this.failed(contact, nowMs);
  }

  /** It is a link: whatever went wrong before is over. */
  linked(identity: string): void {
    const contact = this.#of(identity);
    if (contact !== undefined) contact.failures = 0;
  }

  /** It left on purpose: not dialled at once, but it may come back. */
  left(identity: string, nowMs: number): void {
    const contact = this.#of(identity);
    if (contact !== undefined) contact.retryAtMs = nowMs + LEFT_REST_MS;
  }

  /** It is ourselves: never dialled again. */
  drop(contact: Contact): void {
    const at = this.#contacts.indexOf(contact);
    if (at >= 0) this.#contacts.splice(at, 1);
  }

  #of(identity: string): Contact | undefined {
    return this.#contacts.find((known) => known.identity === identity);
  }
}
