import { decodePeer, encodePeer, PEER_FRAME_SIZES } from '../../../src/wire/peer-codec.js';
import {
  FRAME_LIMITS,
  ITEM_DATA_BYTES_MAX,
  type PeerMessage,
  type PeerRecord,
} from '../../../src/wire/messages.js';
import { hex, Samples } from './samples.js';
import { same } from '../../same.js';

const run = (byte: string, count: number): string => byte.repeat(count);
const buffer = (byte: number, count: number): Buffer => Buffer.alloc(count, byte);

const record4: PeerRecord = {
  address: { family: 4, host: '192.0.2.7', port: 6001 },
  identity: buffer(0xaa, 32),
  ageSeconds: 300,
};
const record6: PeerRecord = {
  address: { family: 6, host: '2001:db8::7', port: 6002 },
  identity: buffer(0xbb, 32),
  ageSeconds: 65_535,
};
const record4Hex = `04 c0000207 1771 ${run('aa', 32)} 012c`;
const record6Hex = `06 20010db8000000000000000000000007 1772 ${run('bb', 32)} ffff`;

const vectors: [string, string, PeerMessage][] = [
  [
    'CHALLENGE',
    `0000003c 01f8 0000 01 14 0003 ${run('11', 16)} ${run('22', 32)}`,
    {
      type: 'CHALLENGE',
      version: 1,
      difficulty: 20,
      tls: true,
      blake3: true,
      challenge: buffer(0x11, 16),
      commitment: buffer(0x22, 32),
    },
  ],
  [
    'VERIFY',
    `00000041 01f9 0000 ${run('33', 32)} 0000000000012345 10 ${run('44', 16)}`,
    {
      type: 'VERIFY',
      commitment: buffer(0x33, 32),
      nonce: hex('0000000000012345'),
      difficulty: 16,
      challenge: buffer(0x44, 16),
    },
  ],
  ['OK without a proof', '00000008 01fa 0000', { type: 'OK', nonce: undefined }],
  [
    'OK with a proof',
    '00000010 01fa 0000 00000000000000ff',
    { type: 'OK', nonce: hex('00000000000000ff') },
  ],
  ['ERROR', '0000000e 01fb 0000 0004 62757379', { type: 'ERROR', code: 4, text: 'busy' }],
  ['ERROR without text', '0000000a 01fb 0000 0009', { type: 'ERROR', code: 9, text: '' }],
  [
    'HELLO over IPv4',
    `00000067 01fc 0000 ${run('55', 32)} ${run('66', 16)} ${run('77', 32)}
     04 7f000001 1771 00000005 03 c3bc31`,
    {
      type: 'HELLO',
      identity: buffer(0x55, 32),
      salt: buffer(0x66, 16),
      transcript: buffer(0x77, 32),
      address: { family: 4, host: '127.0.0.1', port: 6001 },
      features: 5,
      agent: 'ü1',
    },
  ],
  [
    'HELLO over IPv6',
    `00000070 01fc 0000 ${run('55', 32)} ${run('66', 16)} ${run('77', 32)}
     06 ${run('00', 16)} 0000 00000000 00`,
    {
      type: 'HELLO',
      identity: buffer(0x55, 32),
      salt: buffer(0x66, 16),
      transcript: buffer(0x77, 32),
      address: { family: 6, host: '::', port: 0 },
      features: 0,
      agent: '',
    },
  ],
  [
    'INTEREST',
    '00000013 01fd 0000 00 0002 0001 ffff 0001 0002',
    { type: 'INTEREST', all: false, add: [1, 65_535], remove: [2] },
  ],
  [
    'INTEREST in all',
    '0000000d 01fd 0000 01 0000 0000',
    { type: 'INTEREST', all: true, add: [], remove: [] },
  ],
  [
    'SPREAD',
    `0000001f 01fe 0000 07 00 1234 0000018bcfe56800 ${run('88', 8)} 616263`,
    {
      type: 'SPREAD',
      ttl: 7,
      dataType: 0x1234,
      expiryMs: 1_700_000_000_000,
      salt: buffer(0x88, 8),
      data: Buffer.from('abc'),
    },
  ],
  [
    'HAVE',
    `00000032 01ff 0000 0002 ${run('01', 20)} ${run('02', 20)}`,
    { type: 'HAVE', ids: [buffer(1, 20), buffer(2, 20)] },
  ],
  ['WANT', `0000001e 0200 0000 0001 ${run('03', 20)}`, { type: 'WANT', ids: [buffer(3, 20)] }],
  ['GRAFT', '0000000a 0201 0000 1234', { type: 'GRAFT', dataType: 0x1234 }],
  [
    'PRUNE',
    '0000000c 0202 0000 1234 003c',
    { type: 'PRUNE', dataType: 0x1234, backOffSeconds: 60 },
  ],
  ['DONT_WANT', '0000000a 0203 0000 0000', { type: 'DONT_WANT', ids: [] }],
  [
    'PEER_REQUEST',
    `0000006d 0204 0000 08 02 ${record4Hex} ${record6Hex} 02 0102 ffff`,
    { type: 'PEER_REQUEST', max: 8, sample: [record4, record6], types: [0x0102, 0xffff] },
  ],
  [
    'PEER_RESPONSE',
    `00000033 0205 0000 01 ${record4Hex} 01`,
    { type: 'PEER_RESPONSE', peers: [record4], sharing: 1 },
  ],
  [
    'PEER_JOIN',
    `0000003e 0206 0000 ${record6Hex} 06`,
    { type: 'PEER_JOIN', peer: record6, hopsLeft: 6 },
  ],
  ['PEER_LEAVE', '0000000a 0207 0000 0009', { type: 'PEER_LEAVE', reason: 9 }],
  ['NEIGHBOR low', '00000009 0208 0000 00', { type: 'NEIGHBOR', word: 'low' }],
  ['NEIGHBOR refuse', '00000009 0208 0000 03', { type: 'NEIGHBOR', word: 'refuse' }],
  ['PING', '00000010 0209 0000 0102030405060708', { type: 'PING', echo: hex('0102030405060708') }],
  ['PONG', '00000010 020a 0000 0102030405060708', { type: 'PONG', echo: hex('0102030405060708') }],
];

const errorCode = (bytes: string): string => {
  const decoded = decodePeer(hex(bytes));
  return decoded.ok ? 'none' : decoded.error.code;
};

describe('peer codec', () => {
  it.each(vectors)('writes and reads %s', (_, bytes, message) => {
    expect(encodePeer(message).toString('hex')).toBe(hex(bytes).toString('hex'));
    expect(decodePeer(hex(bytes))).toEqual({ ok: true, value: message });
  });

  it('ignores reserved bits', () => {
    expect(decodePeer(hex('0000000a 0201 ffff 1234')).ok).toBe(true);
    expect(
      decodePeer(hex(`0000003c 01f8 0000 01 14 fffc ${run('11', 16)} ${run('22', 32)}`)),
    ).toMatchObject({ value: { tls: false, blake3: false } });
    expect(decodePeer(hex('0000000d 01fd 0000 fe 0000 0000'))).toMatchObject({
      value: { all: false },
    });
    expect(
      decodePeer(hex(`0000001d 01fe 0000 07 ff 1234 0000018bcfe56800 ${run('88', 8)} 61`)),
    ).toMatchObject({ value: { ttl: 7, dataType: 0x1234 } });
  });

  it.each([
    ['a size below the header', '00000007 0209 0000', 'size too small'],
    ['an unknown type', '00000008 0300 0000', 'unknown type'],
    ['a type of the module API', '00000010 01f4 0000 0102030405060708', 'unknown type'],
    ['a PING too long', `00000011 0209 0000 ${run('00', 9)}`, 'wrong size'],
    ['a PING too short', `0000000f 0209 0000 ${run('00', 7)}`, 'wrong size'],
    ['half a nonce in OK', '0000000c 01fa 0000 00000000', 'truncated'],
    ['a SPREAD without data', `0000001c 01fe 0000 ${run('00', 20)}`, 'no data'],
    ['an expiry above 2^53 - 1', `0000001d 01fe 0000 07001234 ${run('ff', 16)} 61`, 'bad field'],
    ['more ids than announced', `0000001f 01ff 0000 0001 ${run('01', 20)} 00`, 'wrong size'],
    ['fewer ids than announced', `0000001e 01ff 0000 0002 ${run('01', 20)}`, 'truncated'],
    ['257 ids announced', '0000000a 01ff 0000 0101', 'bad field'],
    ['257 ids', `0000141e 01ff 0000 0101 ${run('01', 257 * 20)}`, 'size too large'],
    ['257 data types announced', '0000000d 01fd 0000 00 0101 0000', 'bad field'],
    ['33 peer records announced', '0000000a 0205 0000 21 00', 'bad field'],
    ['33 types in a PEER_REQUEST', '0000000b 0204 0000 20 00 21', 'bad field'],
    ['an address family 5', `00000032 0205 0000 01 05 ${record4Hex.slice(3)}`, 'bad field'],
    ['a NEIGHBOR word 4', '00000009 0208 0000 04', 'bad field'],
    ['a peer that shares and is not there', '0000000a 0205 0000 00 01', 'bad field'],
    ['an ERROR that is no UTF-8', '0000000b 01fb 0000 0004 ff', 'bad field'],
    ['an ERROR of 257 bytes', `0000010b 01fb 0000 0004 ${run('61', 257)}`, 'size too large'],
    [
      'an agent of 65 bytes',
      `000000a5 01fc 0000 ${run('00', 80)} 04 7f000001 1771 00000000 41 ${run('61', 65)}`,
      'bad field',
    ],
  ])('refuses %s', (_, bytes, code) => {
    expect(errorCode(bytes)).toBe(code);
  });

  it('gives an IPv4-mapped address as IPv4', () => {
    const mapped = `06 00000000000000000000ffffc0000207 1771 ${run('aa', 32)} 012c`;
    expect(decodePeer(hex(`0000003f 0205 0000 01 ${mapped} 00`))).toEqual({
      ok: true,
      value: { type: 'PEER_RESPONSE', peers: [record4], sharing: 0 },
    });
  });

  it.each<[string, PeerMessage]>([
    ['an echo of 7 bytes', { type: 'PING', echo: buffer(0, 7) }],
    ['an id of 19 bytes', { type: 'WANT', ids: [buffer(0, 19)] }],
    ['257 ids', { type: 'HAVE', ids: Array.from({ length: 257 }, () => buffer(0, 20)) }],
    ['257 types', { type: 'INTEREST', all: false, add: Array(257).fill(1), remove: [] }],
    ['33 records', { type: 'PEER_RESPONSE', peers: Array(33).fill(record4), sharing: 0 }],
    ['33 types', { type: 'PEER_REQUEST', max: 1, sample: [], types: Array(33).fill(1) }],
    ['more that share than there are', { type: 'PEER_RESPONSE', peers: [record4], sharing: 2 }],
    ['an ERROR of 257 bytes', { type: 'ERROR', code: 0, text: `${run('a', 255)}ü` }],
    ['an age above 2 bytes', join({ ...record4, ageSeconds: 65_536 })],
    ['an age in half seconds', join({ ...record4, ageSeconds: 0.5 })],
    ['a host name', join({ ...record4, address: { family: 4, host: 'a.example', port: 1 } })],
    [
      'a host of another family',
      join({ ...record4, address: { family: 6, host: '1.2.3.4', port: 1 } }),
    ],
    ['an agent of 65 bytes', hello(run('a', 65))],
    ['no data', spread(Buffer.alloc(0))],
    ['too much data', spread(Buffer.alloc(ITEM_DATA_BYTES_MAX + 1))],
  ])('throws rather than write %s', (_, message) => {
    expect(() => encodePeer(message)).toThrow(RangeError);
  });

  it('fits every message into the frame limit of its phase', () => {
    const limitOf = (name: string): number => {
      if (['CHALLENGE', 'VERIFY', 'OK', 'ERROR'].includes(name)) return FRAME_LIMITS.unproven;
      if (['HELLO', 'INTEREST'].includes(name)) return FRAME_LIMITS.unestablished;
      return FRAME_LIMITS.established;
    };
    for (const { name, sizeMax } of PEER_FRAME_SIZES) {
      expect([name, sizeMax <= limitOf(name)]).toEqual([name, true]);
    }
  });

  it('carries the most data that an item can have', () => {
    const frame = encodePeer(spread(Buffer.alloc(ITEM_DATA_BYTES_MAX, 7)));
    const decoded = decodePeer(frame);
    expect(decoded.ok && encodePeer(decoded.value).equals(frame)).toBe(true);
  });

  it('reads what it has written, for random messages of every type', () => {
    const samples = new Samples(504);
    const seen = new Set<string>();
    for (let round = 0; round < 15; round += 1) {
      for (const message of samples.peerMessages()) {
        seen.add(message.type);
        same(decodePeer(encodePeer(message)), { ok: true, value: message });
      }
    }
    expect(seen.size).toBe(PEER_FRAME_SIZES.length);
  });

  it('refuses every truncation and every extension of a frame', () => {
    for (const [, bytes] of vectors) {
      const frame = hex(bytes);
      for (let length = 0; length < frame.length; length += 1) {
        same(decodePeer(frame.subarray(0, length)).ok, false);
      }
      same(decodePeer(Buffer.concat([frame, Buffer.alloc(1)])).ok, false);
    }
  });

  it('accepts a frame of another length only where its last field has no length of its own', () => {
    const elastic = new Set<string>();
    for (const [, bytes, message] of vectors) {
      const frame = Buffer.concat([hex(bytes), Buffer.alloc(1)]);
      for (let length = 8; length <= frame.length; length += 1) {
        if (length === frame.length - 1) continue;
        const changed = Buffer.from(frame.subarray(0, length));
        changed.writeUInt32BE(length);
        const decoded = decodePeer(changed);
        if (!decoded.ok) continue;
        elastic.add(message.type);
        same(encodePeer(decoded.value).length, length);
      }
    }
    expect([...elastic].sort()).toEqual(['ERROR', 'OK', 'SPREAD']);
  });

  it('takes any bytes without a throw', () => {
    const samples = new Samples(505);
    const outcomes = new Set<string>();
    for (let round = 0; round < 20_000; round += 1) {
      const frame = damaged(samples);
      const decoded = decodePeer(frame);
      outcomes.add(decoded.ok ? decoded.value.type : decoded.error.code);
      if (decoded.ok) same(decodePeer(encodePeer(decoded.value)), decoded);
    }
    expect([...outcomes].filter((outcome) => /^[A-Z_]+$/.test(outcome))).toHaveLength(19);
    expect(outcomes).toContain('bad field');
    expect(outcomes).toContain('truncated');
  });
});

/** Random bytes, or a short good frame with some bytes changed. */
function damaged(samples: Samples): Buffer {
  if (samples.below(8) === 0) return samples.bytes(samples.below(40));
  const [, bytes] = samples.pick(vectors);
  const frame = hex(bytes);
  for (let changes = samples.below(3); changes > 0; changes -= 1) {
    frame[samples.below(frame.length)] = samples.below(256);
  }
  return frame;
}

function join(peer: PeerRecord): PeerMessage {
  return { type: 'PEER_JOIN', peer, hopsLeft: 1 };
}

function hello(agent: string): PeerMessage {
  return {
    type: 'HELLO',
    identity: buffer(1, 32),
    salt: buffer(2, 16),
    transcript: buffer(3, 32),
    address: record4.address,
    features: 0,
    agent,
  };
}

function spread(data: Buffer): PeerMessage {
  return { type: 'SPREAD', ttl: 0, dataType: 1, expiryMs: 1, salt: buffer(0, 8), data };
}
