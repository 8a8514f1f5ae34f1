/** Connections that we have dialled, until their handshake is over. */
import { formatAddress, type DialAddress } from '../common/address.js';
import type { LinkPurpose } from '../core/active-view.js';
import type { Candidate } from '../core/sampler.js';
import type { Contact } from './contacts.js';
import type { ConnectionId } from './ports.js';

export type Dialled = {
  readonly remote: DialAddress;
  readonly purpose: LinkPurpose;
  readonly startedMs: number;
  readonly contact: Contact | undefined;
  readonly candidate: Candidate | undefined;
  /** How long TCP took to connect: one round trip. */
  rttMs?: number;
};

export class DialsUnderWay {
  readonly #dialled = new Map<ConnectionId, Dialled>();
  /** Addresses being dialled, in text. */
  readonly #addresses = new Set<string>();

  get size(): number {
    return this.#dialled.size;
  }

  /** Those whose purpose passes. */
  countIf(passes: (purpose: LinkPurpose) => boolean): number {
    let dials = 0;
    for (const { purpose } of this.#dialled.values()) if (passes(purpose)) dials += 1;
    return dials;
  }

  get(connection: ConnectionId): Dialled | undefined {
    return this.#dialled.get(connection);
  }

  isDialled(address: DialAddress): boolean {
    return this.#addresses.has(formatAddress(address));
  }

  add(connection: ConnectionId, dialled: Dialled): void {
    this.#dialled.set(connection, dialled);
    this.#addresses.add(formatAddress(dialled.remote));
  }

  /** TCP has connected. */
  connected(connection: ConnectionId, nowMs: number): void {
    const dialled = this.#dialled.get(connection);
    if (dialled !== undefined) dialled.rttMs = nowMs - dialled.startedMs;
  }

  /** The dial is over, one way or the other. */
  remove(connection: ConnectionId): Dialled | undefined {
    const dialled = this.#dialled.get(connection);
    if (dialled === undefined) return undefined;
    this.#dialled.delete(connection);
    this.#addresses.delete(formatAddress(dialled.remote));
    return dialled;
  }
}
