import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isProofValid, proofBinding, proofMessage } from '../../../src/core/puzzle.js';
import { API_FRAME_SIZES } from '../../../src/wire/api-codec.js';
import { commitment } from '../../../src/wire/commitment.js';
import { itemId } from '../../../src/wire/item-id.js';
import { ERROR_CODES, FRAME_LIMITS, type PeerMessage } from '../../../src/wire/messages.js';
import { decodePeer, encodePeer, PEER_FRAME_SIZES } from '../../../src/wire/peer-codec.js';
import { transcriptHash } from '../../../src/wire/transcript.js';

const page = readFileSync(new URL('../../../docs/PROTOCOL.md', import.meta.url), 'utf8');

/** The worked example: name -> hex without line breaks. */
const example = new Map(
  [...page.matchAll(/^([A-Za-z ]+):\n((?: {2}[0-9a-f]+\n)+)/gm)].map(
    ([, name = '', lines = '']) => [name, lines.replace(/\s/g, '')],
  ),
);

const bytes = (name: string): Buffer => {
  const found = example.get(name);
  if (found === undefined) throw new Error(`the example has no "${name}"`);
  return Buffer.from(found, 'hex');
};

const message = <Type extends PeerMessage['type']>(name: string, type: Type) => {
  const decoded = decodePeer(bytes(name));
  if (!decoded.ok || decoded.value.type !== type) throw new Error(`"${name}" is no ${type}`);
  return decoded.value as Extract<PeerMessage, { type: Type }>;
};

/** Who proves what to whom. */
const proofs = [
  { challenger: 'R', prover: 'I', difficulty: 12 },
  { challenger: 'I', prover: 'R', difficulty: 8 },
];

describe('docs/PROTOCOL.md', () => {
  it('gives every message type its number and sizes', () => {
    const rows = [...page.matchAll(/^\| (5\d\d) +\| ([A-Z_]+) +\| (\d+) +\| (\d+) +\|/gm)].map(
      ([, number, name, sizeMin, sizeMax]) => ({
        name,
        number: Number(number),
        sizeMin: Number(sizeMin),
        sizeMax: Number(sizeMax),
      }),
    );
    expect(rows).toEqual([...API_FRAME_SIZES, ...PEER_FRAME_SIZES]);
  });

  it('gives every frame limit and error code', () => {
    for (const limit of Object.values(FRAME_LIMITS)) {
      expect(page).toContain(`| ${limit.toLocaleString('en')} B `);
    }
    for (const [name, code] of Object.entries(ERROR_CODES)) {
      const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
      expect(page).toMatch(new RegExp(`\\| ${code} +\\| ${words} +\\|`));
    }
  });

  it('gives each end of the example its commitment', () => {
    for (const end of ['R', 'I']) {
      expect(commitment(bytes(`identity of ${end}`), bytes(`salt of ${end}`))).toEqual(
        bytes(`commitment of ${end}`),
      );
    }
  });

  it.each(proofs)('gives the proof that $prover owes to $challenger', (proof) => {
    const { challenger, prover, difficulty } = proof;
    const nonce = bytes(`nonce of ${prover}`);
    const binding = proofBinding(
      'sha256',
      bytes(`challenge of ${challenger}`),
      bytes(`commitment of ${challenger}`),
      bytes(`commitment of ${prover}`),
    );
    expect(binding).toEqual(bytes(`binding of the proof of ${prover}`));
    expect(createHash('sha256').update(proofMessage(binding, nonce)).digest()).toEqual(
      bytes(`digest of the proof of ${prover}`),
    );
    expect(smallestNonce(binding, difficulty)).toEqual(nonce);
  });

  it('gives the frames of the handshake', () => {
    const challenge = message('CHALLENGE', 'CHALLENGE');
    const verify = message('VERIFY', 'VERIFY');
    const ok = message('OK', 'OK');
    expect(challenge).toEqual({
      type: 'CHALLENGE',
      version: 1,
      difficulty: 12,
      tls: false,
      blake3: false,
      challenge: bytes('challenge of R'),
      commitment: bytes('commitment of R'),
    });
    expect(verify).toEqual({
      type: 'VERIFY',
      commitment: bytes('commitment of I'),
      nonce: bytes('nonce of I'),
      difficulty: 8,
      challenge: bytes('challenge of I'),
    });
    expect(ok).toEqual({ type: 'OK', nonce: bytes('nonce of R') });
    expect(transcriptHash(challenge, verify, ok)).toEqual(bytes('transcript'));
  });

  it.each([
    ['R', 6001],
    ['I', 6011],
  ])('gives the HELLO of %s', (end, port) => {
    expect(message(`HELLO of ${end}`, 'HELLO')).toEqual({
      type: 'HELLO',
      identity: bytes(`identity of ${end}`),
      salt: bytes(`salt of ${end}`),
      transcript: bytes('transcript'),
      address: { family: 4, host: '127.0.0.1', port },
      features: 0,
      agent: 'hearsay/1',
    });
  });

  it('gives an item, its id and its offer', () => {
    const spread = message('SPREAD', 'SPREAD');
    expect(spread).toMatchObject({
      ttl: 4,
      dataType: 1,
      expiryMs: 1_700_000_000_000,
      data: Buffer.from('hearsay'),
    });
    const id = itemId(spread.dataType, spread.expiryMs, spread.salt, spread.data);
    expect(id).toBe(bytes('item id').toString('hex'));
    expect(message('HAVE', 'HAVE').ids).toEqual([bytes('item id')]);
    expect(message('INTEREST of I', 'INTEREST').add).toEqual([spread.dataType]);
  });

  it('writes each frame of the example as the code does', () => {
    const frames = [...example.keys()].filter((name) => /^[A-Z_]{2,}/.test(name));
    expect(frames).toHaveLength(8);
    for (const name of frames) {
      const decoded = decodePeer(bytes(name));
      expect(decoded.ok && encodePeer(decoded.value)).toEqual(bytes(name));
    }
  });
});

function smallestNonce(binding: Buffer, difficulty: number): Buffer {
  const nonce = Buffer.alloc(8);
  while (!isProofValid({ hash: 'sha256', binding, difficulty }, nonce)) {
    nonce.writeUInt32BE(nonce.readUInt32BE(4) + 1, 4);
  }
  return nonce;
}
