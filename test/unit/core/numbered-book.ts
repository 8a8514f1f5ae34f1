import {
  AddressBook,
  type AddressBookOptions,
  type BookEntry,
} from '../../../src/core/address-book.js';
import { seededRandom } from '../../../src/core/prng.js';
import type { PeerAddress, PeerRecord } from '../../../src/wire/messages.js';

export const NOW = 1_800_000_000_000;
export const HOUR_MS = 3_600_000;

export const idOf = (peer: number): string => peer.toString(16).padStart(64, '0');
export const peerOf = ({ identity }: { identity: string }): number => Number.parseInt(identity, 16);
/** By default each peer has a network of its own. */
export const at = (peer: number, host = `20.${peer >> 8}.${peer & 0xff}.1`): PeerAddress => {
  return { family: host.includes(':') ? 6 : 4, host, port: 6_001 };
};
/** One address of a network that they all share. */
export const crowdAt = (peer: number, prefix = '20.0.0.'): PeerAddress =>
  at(peer, `${prefix}${peer}`);
export const recordOf = (peer: number, address = at(peer), ageSeconds = 0): PeerRecord => {
  return { address, identity: Buffer.from(idOf(peer), 'hex'), ageSeconds };
};
export const OWN = 0xffff;

/** A book whose peers are known by their numbers. */
export class NumberedBook extends AddressBook {
  constructor(options: Partial<AddressBookOptions> = {}) {
    const own = { identity: idOf(OWN), ownAddresses: [at(OWN)] };
    super({ ...own, lab: false, random: seededRandom('book'), ...options });
  }
  told(peer: number, address = at(peer), ageSeconds = 0, nowMs = NOW): boolean {
    return this.learn(recordOf(peer, address, ageSeconds), nowMs);
  }
  /** Told by a peer, or one of `SOURCES`. */
  toldBy(source: string, from: number, to: number): this {
    for (let peer = from; peer < to; peer += 1) this.learn(recordOf(peer), NOW, source);
    return this;
  }
  toldOf(from: number, to: number, addressOf: (peer: number) => PeerAddress = at): this {
    for (let peer = from; peer < to; peer += 1) this.told(peer, addressOf(peer));
    return this;
  }
  /** Verifies the peers, one a second, the first longest ago. */
  tried(from: number, to: number, addressOf: (peer: number) => PeerAddress = at): this {
    for (let peer = from; peer < to; peer += 1)
      this.succeeded(addressOf(peer), idOf(peer), NOW + peer * 1_000);
    return this;
  }
  /** The first of `candidates`, `count` at most. */
  firsts(count: number, ...asked: Parameters<AddressBook['candidates']>): BookEntry[] {
    return [...this.candidates(...asked)].slice(0, count);
  }
  peers(): number[] {
    return this.entries().map(peerOf);
  }
}

export const none = (): boolean => false;
