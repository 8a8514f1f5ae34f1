import { API_FRAME_SIZES, decodeApi, encodeApi } from '../../../src/wire/api-codec.js';
import { ITEM_DATA_BYTES_MAX, type ApiMessage } from '../../../src/wire/messages.js';
import { hex, Samples } from './samples.js';
import { same } from '../../same.js';

const key = hex('3003020101');
const vectors: [string, ApiMessage][] = [
  ['000b 01f4 05 00 1234 616263', announce(5, 0x1234, 'abc')],
  ['0008 01f5 0000 00ff', { type: 'NOTIFY', dataType: 255 }],
  [
    '000a 01f6 beef 0001 6869',
    { type: 'NOTIFICATION', messageId: 0xbeef, dataType: 1, data: Buffer.from('hi') },
  ],
  ['0008 01f7 beef 0001', { type: 'VALIDATION', messageId: 0xbeef, valid: true }],
  ['0008 01f7 beef 0000', { type: 'VALIDATION', messageId: 0xbeef, valid: false }],
  ['0004 021c', { type: 'RPS_QUERY' }],
  [
    '0015 021d 1771 01 00 0208 1b63 7f000001 3003020101',
    {
      type: 'RPS_PEER',
      address: { family: 4, host: '127.0.0.1', port: 6001 },
      portMap: [{ app: 520, port: 7011 }],
      hostKey: key,
    },
  ],
  [
    '001d 021d 1771 00 01 20010db8000000000000000000000001 3003020101',
    {
      type: 'RPS_PEER',
      address: { family: 6, host: '2001:db8::1', port: 6001 },
      portMap: [],
      hostKey: key,
    },
  ],
];

function announce(ttl: number, dataType: number, data: string | Buffer): ApiMessage {
  return { type: 'ANNOUNCE', ttl, dataType, data: Buffer.from(data) };
}

const errorCode = (bytes: string): string => {
  const decoded = decodeApi(hex(bytes));
  return decoded.ok ? 'none' : decoded.error.code;
};

describe('module API codec', () => {
  it.each(vectors)('writes and reads %s', (bytes, message) => {
    expect(encodeApi(message).toString('hex')).toBe(hex(bytes).toString('hex'));
    expect(decodeApi(hex(bytes))).toEqual({ ok: true, value: message });
  });

  it('ignores reserved bits', () => {
    expect(decodeApi(hex('0009 01f4 05 ff 1234 61'))).toEqual({
      ok: true,
      value: announce(5, 0x1234, 'a'),
    });
    expect(decodeApi(hex('0008 01f5 ffff 00ff'))).toMatchObject({ value: { dataType: 255 } });
    expect(decodeApi(hex('0008 01f7 beef fffe'))).toMatchObject({ value: { valid: false } });
    expect(decodeApi(hex('0008 01f7 beef ffff'))).toMatchObject({ value: { valid: true } });
    expect(decodeApi(hex('000d 021d 1771 00 fe 7f000001 30'))).toMatchObject({
      value: { address: { family: 4 } },
    });
  });

  it.each([
    ['a header in pieces', '0008 01', 'truncated'],
    ['a size below the header', '0003 01f5 0000', 'size too small'],
    ['an unknown type', '0008 0200 0000 0000', 'unknown type'],
    ['an ANNOUNCE below its minimum', '0007 01f4 05 00 12', 'size too small'],
    ['an ANNOUNCE without data', '0008 01f4 05 00 1234', 'no data'],
    ['a NOTIFY too short', '0006 01f5 0000', 'wrong size'],
    ['a NOTIFY too long', '0009 01f5 0000 0001 00', 'wrong size'],
    ['a VALIDATION too long', '000a 01f7 beef 0001 0000', 'wrong size'],
    ['fewer bytes than announced', '000b 01f4 05 00 1234 61', 'truncated'],
    ['more bytes than announced', '0009 01f4 05 00 1234 6162', 'wrong size'],
    ['a port map longer than the frame', '000d 021d 1771 ff 00 7f000001 30', 'truncated'],
    ['an RPS PEER without a host key', '000c 021d 1771 00 00 7f000001', 'no data'],
  ])('refuses %s', (_, bytes, code) => {
    expect(errorCode(bytes)).toBe(code);
  });

  it('gives an IPv4-mapped address as IPv4', () => {
    expect(
      decodeApi(hex('0019 021d 1771 00 01 00000000000000000000ffff0a000001 30')),
    ).toMatchObject({ value: { address: { family: 4, host: '10.0.0.1', port: 6001 } } });
  });

  it('carries the most data that an item can have, and no byte more', () => {
    const data = Buffer.alloc(ITEM_DATA_BYTES_MAX, 7);
    for (const message of [
      announce(1, 2, data),
      { type: 'NOTIFICATION', messageId: 1, dataType: 2, data } as const,
    ]) {
      const frame = encodeApi(message);
      expect(frame).toHaveLength(0xffff);
      const decoded = decodeApi(frame);
      expect(decoded.ok && encodeApi(decoded.value).equals(frame)).toBe(true);
    }
    expect(() => encodeApi(announce(1, 2, Buffer.alloc(ITEM_DATA_BYTES_MAX + 1)))).toThrow(
      RangeError,
    );
  });

  it.each<[string, ApiMessage]>([
    ['no data', announce(1, 2, '')],
    ['a ttl above a byte', announce(256, 2, 'a')],
    ['a data type above 2 bytes', { type: 'NOTIFY', dataType: 65_536 }],
    ['a negative message id', { type: 'VALIDATION', messageId: -1, valid: true }],
    ['a host of another family', rpsPeer('127.0.0.1', 6, 0, key)],
    ['a host name', rpsPeer('localhost', 4, 0, key)],
    ['an IPv4-mapped host as IPv6', rpsPeer('::ffff:127.0.0.1', 6, 0, key)],
    ['a port map of 256', rpsPeer('127.0.0.1', 4, 256, key)],
    ['an empty host key', rpsPeer('127.0.0.1', 4, 0, Buffer.alloc(0))],
  ])('throws rather than write %s', (_, message) => {
    expect(() => encodeApi(message)).toThrow(RangeError);
  });

  it('reads what it has written, for random messages of every type', () => {
    const samples = new Samples(500);
    for (let round = 0; round < 200; round += 1) {
      for (const message of samples.apiMessages()) {
        expect(decodeApi(encodeApi(message))).toEqual({ ok: true, value: message });
      }
    }
  });

  it('refuses every truncation and every extension of a frame', () => {
    for (const [bytes] of vectors) {
      const frame = hex(bytes);
      for (let length = 0; length < frame.length; length += 1) {
        same(decodeApi(frame.subarray(0, length)).ok, false);
      }
      same(decodeApi(Buffer.concat([frame, Buffer.alloc(1)])).ok, false);
    }
  });

  it('gives every frame of a corrected size a message or an error, and writes it back', () => {
    const samples = new Samples(501);
    for (const message of samples.apiMessages()) {
      const frame = encodeApi(message);
      for (let length = 4; length <= frame.length + 1; length += 1) {
        const changed = Buffer.concat([frame, Buffer.alloc(1)]).subarray(0, length);
        changed.writeUInt16BE(length);
        const decoded = decodeApi(changed);
        if (decoded.ok) same(encodeApi(decoded.value).length, length);
      }
    }
  });

  it('takes any bytes without a throw', () => {
    const samples = new Samples(502);
    const outcomes = new Set<string>();
    for (let round = 0; round < 20_000; round += 1) {
      const frame = samples.bytes(samples.below(40));
      if (frame.length >= 4 && samples.below(4) > 0) {
        frame.writeUInt16BE(frame.length);
        frame.writeUInt16BE(samples.pick(API_FRAME_SIZES).number, 2);
      }
      const decoded = decodeApi(frame);
      outcomes.add(decoded.ok ? decoded.value.type : decoded.error.code);
      if (decoded.ok) same(decodeApi(encodeApi(decoded.value)), decoded);
    }
    expect(outcomes).toContain('RPS_PEER');
    expect(outcomes).toContain('unknown type');
    expect(outcomes.size).toBeGreaterThanOrEqual(10);
  });
});

function rpsPeer(host: string, family: 4 | 6, entries: number, hostKey: Buffer): ApiMessage {
  const portMap = Array.from({ length: entries }, (_, app) => ({ app, port: 1 }));
  return { type: 'RPS_PEER', address: { family, host, port: 1 }, portMap, hostKey };
}
