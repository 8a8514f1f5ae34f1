import { createHash } from 'node:crypto';
import { commitment } from '../../../src/wire/commitment.js';
import { itemId } from '../../../src/wire/item-id.js';
import type { Challenge, Ok, Verify } from '../../../src/wire/messages.js';
import { encodePeer } from '../../../src/wire/peer-codec.js';
import { transcriptHash } from '../../../src/wire/transcript.js';
import { hex, Samples } from './samples.js';

const sha256 = (...parts: (Buffer | string)[]): Buffer =>
  createHash('sha256')
    .update(Buffer.concat(parts.map((part) => Buffer.from(part as string))))
    .digest();

describe('itemId', () => {
  it('is 20 bytes of SHA-256 over tag, type, expiry, salt and data, in hex', () => {
    const salt = hex('0102030405060708');
    expect(itemId(0x1234, 1_700_000_000_000, salt, Buffer.from('abc'))).toBe(
      sha256('hearsay/1/item', hex('1234'), hex('0000018bcfe56800'), salt, 'abc')
        .subarray(0, 20)
        .toString('hex'),
    );
  });

  it('agrees with the formula for random items of every length, one after the other', () => {
    const samples = new Samples(7);
    for (const length of [65_527, 0, 1, 5_000, 12, 300]) {
      const [salt, data] = [samples.bytes(8), samples.bytes(length)];
      const dataType = samples.below(0x10000);
      const fields = Buffer.alloc(10);
      fields.writeUInt16BE(dataType, 0);
      fields.writeBigUInt64BE(BigInt(Number.MAX_SAFE_INTEGER), 2);
      expect(itemId(dataType, Number.MAX_SAFE_INTEGER, salt, data)).toBe(
        sha256('hearsay/1/item', fields, salt, data).toString('hex').slice(0, 40),
      );
    }
  });

  it('differs when any field differs', () => {
    const salt = Buffer.alloc(8);
    const data = Buffer.from('a');
    const ids = [
      itemId(1, 2, salt, data),
      itemId(2, 2, salt, data),
      itemId(1, 3, salt, data),
      itemId(1, 2, Buffer.alloc(8, 1), data),
      itemId(1, 2, salt, Buffer.from('b')),
      itemId(1, 2, salt, Buffer.from('a\0')),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('throws for fields that no item has', () => {
    expect(() => itemId(1, 2, Buffer.alloc(7), Buffer.alloc(1))).toThrow(RangeError);
    expect(() => itemId(1, 2, Buffer.alloc(8), Buffer.alloc(65_528))).toThrow(RangeError);
    expect(() => itemId(65_536, 2, Buffer.alloc(8), Buffer.alloc(1))).toThrow('out of range');
  });
});

describe('commitment', () => {
  it('is SHA-256 over tag, identity and salt', () => {
    const [identity, salt] = [Buffer.alloc(32, 1), Buffer.alloc(16, 2)];
    expect(commitment(identity, salt)).toEqual(sha256('hearsay/1/commit', identity, salt));
  });
});

describe('transcriptHash', () => {
  const challenge: Challenge = {
    type: 'CHALLENGE',
    version: 1,
    difficulty: 20,
    tls: false,
    blake3: false,
    challenge: Buffer.alloc(16, 1),
    commitment: Buffer.alloc(32, 2),
  };
  const verify: Verify = {
    type: 'VERIFY',
    commitment: Buffer.alloc(32, 3),
    nonce: Buffer.alloc(8, 4),
    difficulty: 18,
    challenge: Buffer.alloc(16, 5),
  };
  const ok: Ok = { type: 'OK', nonce: Buffer.alloc(8, 6) };

  it('is SHA-256 over the three frames', () => {
    expect(transcriptHash(challenge, verify, ok)).toEqual(
      sha256(encodePeer(challenge), encodePeer(verify), encodePeer(ok)),
    );
  });

  it('differs when any field of any message differs', () => {
    const hashes = [
      transcriptHash(challenge, verify, ok),
      transcriptHash({ ...challenge, version: 2 }, verify, ok),
      transcriptHash({ ...challenge, difficulty: 8 }, verify, ok),
      transcriptHash({ ...challenge, tls: true }, verify, ok),
      transcriptHash({ ...challenge, blake3: true }, verify, ok),
      transcriptHash({ ...challenge, challenge: Buffer.alloc(16) }, verify, ok),
      transcriptHash({ ...challenge, commitment: Buffer.alloc(32) }, verify, ok),
      transcriptHash(challenge, { ...verify, commitment: Buffer.alloc(32) }, ok),
      transcriptHash(challenge, { ...verify, nonce: Buffer.alloc(8) }, ok),
      transcriptHash(challenge, { ...verify, difficulty: 0 }, ok),
      transcriptHash(challenge, { ...verify, challenge: Buffer.alloc(16) }, ok),
      transcriptHash(challenge, verify, { type: 'OK', nonce: undefined }),
      transcriptHash(challenge, verify, { type: 'OK', nonce: Buffer.alloc(8) }),
    ].map((digest) => digest.toString('hex'));
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
