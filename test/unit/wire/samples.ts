/** Seeded random messages and bytes: what fails once fails again. */
import { canonicalAddress } from '../../../src/wire/host.js';
import {
  AGENT_BYTES_MAX,
  ERROR_TEXT_BYTES_MAX,
  IDS_MAX,
  INTEREST_TYPES_MAX,
  NEIGHBOR_WORDS,
  LACKING_TYPES_MAX,
  PEER_RECORDS_MAX,
  type ApiMessage,
  type PeerAddress,
  type PeerMessage,
  type PeerRecord,
} from '../../../src/wire/messages.js';

/** Whole numbers, 0 <= n < bound, the same for the same seed (a xorshift generator). */
export const seeded = (seed: number): ((bound: number) => number) => {
  let state = seed | 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 2 ** 32) * bound);
  };
};

/** Makes random things from one source of chance. */
export class Samples {
  readonly below: (bound: number) => number;

  constructor(seed: number) {
    this.below = seeded(seed);
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  pick<Thing>(things: readonly Thing[]): Thing {
    const thing = things[this.below(things.length)];
    if (thing === undefined) throw new Error('nothing to pick from');
    return thing;
  }

  list<Thing>(max: number, one: () => Thing): Thing[] {
    return Array.from({ length: this.below(max + 1) }, one);
  }

  text(bytesMax: number): string {
    return this.list(Math.floor(bytesMax / 4), () => this.pick([...'az09 äß€🙂'])).join('');
  }

  address(): PeerAddress {
    const host =
      this.below(2) === 0
        ? this.bytes(4).join('.')
        : `2001:db8::${this.below(0x10000).toString(16)}:${this.below(2)}`;
    const address = canonicalAddress(host, this.below(0x10000));
    if (address === undefined) throw new Error(`${host} is no literal`);
    return address;
  }

  record(): PeerRecord {
    return {
      address: this.address(),
      identity: this.bytes(32),
      ageSeconds: this.below(0x10000),
    };
  }

  /** One message of each type of the module API. */
  apiMessages(): ApiMessage[] {
    return [
      { type: 'ANNOUNCE', ttl: this.below(256), dataType: this.below(0x10000), data: this.data() },
      { type: 'NOTIFY', dataType: this.below(0x10000) },
      {
        type: 'NOTIFICATION',
        messageId: this.below(0x10000),
        dataType: this.below(0x10000),
        data: this.data(),
      },
      { type: 'VALIDATION', messageId: this.below(0x10000), valid: this.below(2) === 1 },
      { type: 'RPS_QUERY' },
      {
        type: 'RPS_PEER',
        address: this.address(),
        portMap: this.list(5, () => ({ app: this.below(0x10000), port: this.below(0x10000) })),
        hostKey: this.data(),
      },
    ];
  }

  /** One message of each type of the peer protocol. */
  peerMessages(): PeerMessage[] {
    const dataType = this.below(0x10000);
    return [...this.handshakeMessages(), ...this.viewMessages(), ...this.idMessages()].concat([
      {
        type: 'INTEREST',
        all: this.below(2) === 1,
        add: this.list(INTEREST_TYPES_MAX, () => this.below(0x10000)),
        remove: this.list(4, () => this.below(0x10000)),
      },
      {
        type: 'SPREAD',
        ttl: this.below(256),
        dataType,
        expiryMs: this.below(2 ** 32) * this.below(2 ** 21),
        salt: this.bytes(8),
        data: this.data(),
        ...(this.below(4) === 0 && { stem: true }),
      },
      { type: 'GRAFT', dataType },
      { type: 'PRUNE', dataType, backOffSeconds: this.below(0x10000) },
    ]);
  }

  data(): Buffer {
    return this.bytes(1 + this.below(80));
  }

  private handshakeMessages(): PeerMessage[] {
    return [
      {
        type: 'CHALLENGE',
        version: this.below(256),
        difficulty: this.below(256),
        tls: this.below(2) === 1,
        blake3: this.below(2) === 1,
        challenge: this.bytes(16),
        commitment: this.bytes(32),
      },
      {
        type: 'VERIFY',
        commitment: this.bytes(32),
        nonce: this.bytes(8),
        difficulty: this.below(256),
        challenge: this.bytes(16),
      },
      { type: 'OK', nonce: this.below(2) === 0 ? undefined : this.bytes(8) },
      { type: 'ERROR', code: this.below(0x10000), text: this.text(ERROR_TEXT_BYTES_MAX) },
      {
        type: 'HELLO',
        identity: this.bytes(32),
        salt: this.bytes(16),
        transcript: this.bytes(32),
        address: this.address(),
        features: this.below(2 ** 32),
        agent: this.text(AGENT_BYTES_MAX),
      },
    ];
  }

  private idMessages(): PeerMessage[] {
    const ids = (): Buffer[] => this.list(this.pick([0, 3, IDS_MAX]), () => this.bytes(20));
    return [
      { type: 'HAVE', ids: ids() },
      { type: 'WANT', ids: ids() },
      { type: 'DONT_WANT', ids: ids() },
    ];
  }

  private viewMessages(): PeerMessage[] {
    const records = (): PeerRecord[] => this.list(PEER_RECORDS_MAX, () => this.record());
    const types = (): number[] => this.list(LACKING_TYPES_MAX, () => this.below(0x10000));
    const peers = records();
    return [
      { type: 'PEER_REQUEST', max: this.below(256), sample: records(), types: types() },
      { type: 'PEER_RESPONSE', peers, sharing: this.below(peers.length + 1) },
      { type: 'PEER_JOIN', peer: this.record(), hopsLeft: this.below(256) },
      { type: 'PEER_LEAVE', reason: this.below(0x10000) },
      { type: 'NEIGHBOR', word: this.pick(NEIGHBOR_WORDS) },
      { type: 'PING', echo: this.bytes(8) },
      { type: 'PONG', echo: this.bytes(8) },
    ];
  }
}

/** `stream` in random pieces of 1 to `longest` bytes. */
export const pieces = (stream: Buffer, longest: number, below: (bound: number) => number) => {
  const cut: Buffer[] = [];
  for (let at = 0; at < stream.length;) {
    const piece = stream.subarray(at, at + 1 + below(longest));
    cut.push(piece);
    at += piece.length;
  }
  return cut;
};

/** Hex with spaces and line breaks as bytes. */
export const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');
