import { bytesToHost, canonicalAddress, hostToBytes } from '../../../src/wire/host.js';
import { hex, Samples } from './samples.js';

describe('host', () => {
  // Text that somebody may write, bytes, the one text that we write.
  it.each([
    ['127.0.0.1', '7f000001', '127.0.0.1'],
    ['255.255.255.255', 'ffffffff', '255.255.255.255'],
    ['::', '00'.repeat(16), '::'],
    ['::1', `${'00'.repeat(15)}01`, '::1'],
    ['1::', `0001${'00'.repeat(14)}`, '1::'],
    ['2001:DB8:0:0:0:0:2:1', '20010db8000000000000000000020001', '2001:db8::2:1'],
    ['2001:db8::1:1:1:1:1', '20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '20010000000000010000000000000001', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008', '1:2:3:4:5:6:7:8'],
    ['::ffff:10.0.0.1', '0a000001', '10.0.0.1'],
    ['::FFFF:0a00:1', '0a000001', '10.0.0.1'],
  ])('reads %s as %s and writes it as %s', (text, bytes, canonical) => {
    expect(hostToBytes(text)?.toString('hex')).toBe(bytes);
    expect(bytesToHost(hex(bytes))).toBe(canonical);
  });

  it.each(['', 'localhost', '1.2.3', '1.2.3.256', 'fe80::1%eth0', ':::', '1:2:3', '[::1]', ' ::1'])(
    'finds no literal in "%s"',
    (text) => {
      expect(hostToBytes(text)).toBeUndefined();
      expect(canonicalAddress(text, 1)).toBeUndefined();
    },
  );

  it('writes an IPv4-mapped host as the IPv4 host that it is', () => {
    expect(bytesToHost(hex('00000000000000000000ffffc0000201'))).toBe('192.0.2.1');
    expect(canonicalAddress('::ffff:192.0.2.1', 9)).toEqual({
      family: 4,
      host: '192.0.2.1',
      port: 9,
    });
  });

  it('refuses bytes of another length', () => {
    expect(() => bytesToHost(Buffer.alloc(5))).toThrow(RangeError);
  });

  it('brings back every host that it has written', () => {
    const samples = new Samples(1);
    for (let round = 0; round < 2_000; round += 1) {
      // Half of the bytes zero, so that runs of zeros of every length and place come up.
      const bytes = Buffer.from(samples.bytes(16).map((byte) => (samples.below(2) ? byte : 0)));
      expect(hostToBytes(bytesToHost(bytes))).toEqual(bytes);
    }
  });
});
