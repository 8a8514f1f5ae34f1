import { isIP } from 'node:net';
import {
  addressKey,
  exempt,
  hostBytes,
  isDialable,
  isLocalRange,
  networkOf,
} from '../../../src/core/networks.js';
import { pick, seededRandom } from '../../../src/core/prng.js';

describe('hostBytes', () => {
  it('reads both families, in any spelling', () => {
    expect(hostBytes('1.2.3.255')).toEqual([1, 2, 3, 255]);
    expect(hostBytes('::1')).toEqual([...new Array<number>(15).fill(0), 1]);
    expect(hostBytes('2001:DB8::0:1')).toEqual(hostBytes('2001:db8:0:0:0:0:0:1'));
    expect(hostBytes('64:ff9b::1.2.3.4')).toEqual(hostBytes('64:ff9b::102:304'));
  });

  it('reads an IPv4-mapped address as the IPv4 address', () => {
    expect(hostBytes('::ffff:1.2.3.4')).toEqual([1, 2, 3, 4]);
    expect(hostBytes('::FFFF:102:304')).toEqual([1, 2, 3, 4]);
  });

  it('ignores a zone', () => {
    expect(hostBytes('fe80::1%eth0')).toEqual(hostBytes('fe80::1'));
  });

  it('takes for a literal what node takes for one', () => {
    const random = seededRandom('literals');
    const pieces = ['0', '1', '255', '256', '01', 'ff', 'FFFF', '12345', '.', ':', '::', '1.2.3.4'];
    const literals: string[] = [];
    const misread: string[] = [];
    for (let round = 0; round < 40_000; round += 1) {
      const separator = pick([':', '.', ''], random) ?? '';
      const text = Array.from({ length: 1 + random.below(9) }, () => pick(pieces, random)).join(
        separator,
      );
      if (isIP(text) !== 0) literals.push(text);
      if ((isIP(text) !== 0) !== (hostBytes(text) !== undefined)) misread.push(text);
    }
    expect(misread).toEqual([]);
    expect(literals.length).toBeGreaterThan(100);
  });
});

describe('networkOf', () => {
  it('is the /24 of an IPv4 address', () => {
    expect(networkOf('10.1.2.3')).toBe('10.1.2.0/24');
    expect(networkOf('10.1.2.200')).toBe(networkOf('10.1.2.3'));
    expect(networkOf('10.1.3.3')).not.toBe(networkOf('10.1.2.3'));
  });

  it('is the /48 of an IPv6 address', () => {
    expect(networkOf('2001:db8:7:1::1')).toBe('2001:db8:7::/48');
    expect(networkOf('2001:db8:7:ffff::9')).toBe(networkOf('2001:db8:7::1'));
    expect(networkOf('2001:db8:8::1')).not.toBe(networkOf('2001:db8:7::1'));
  });

  it('is the /24 of the IPv4 address in a mapped one', () => {
    expect(networkOf('::ffff:10.1.2.3')).toBe('10.1.2.0/24');
  });

  it('is the text itself for what is no literal', () => {
    expect(networkOf('gossip.example')).toBe('gossip.example');
  });
});

describe('isLocalRange', () => {
  it.each([
    ...['127.0.0.1', '127.255.255.255', '10.0.0.1', '172.16.0.1', '172.31.255.255'],
    ...['192.168.1.1', '169.254.0.1', '::1', 'fe80::1', 'febf::1', 'fc00::1', 'fdff::1'],
    ...['::ffff:10.0.0.1', 'fe80::1%eth0'],
  ])('holds for %s', (host) => {
    expect(isLocalRange(host)).toBe(true);
  });

  it.each([
    ...['126.0.0.1', '128.0.0.1', '11.0.0.1', '172.15.0.1', '172.32.0.1', '192.169.0.1'],
    ...['169.253.0.1', '8.8.8.8', '::', '::2', '1::1', 'fec0::1', 'fe7f::1', 'fb00::1', 'fe00::1'],
    ...['2001:db8::1', '::ffff:8.8.8.8', 'localhost', ''],
  ])('does not hold for %p', (host) => {
    expect(isLocalRange(host)).toBe(false);
  });
});

describe('exempt', () => {
  it('holds for local ranges in a lab only', () => {
    expect(exempt('127.0.0.1', true)).toBe(true);
    expect(exempt('127.0.0.1', false)).toBe(false);
    expect(exempt('8.8.8.8', true)).toBe(false);
  });
});

describe('isDialable', () => {
  it.each(['8.8.8.8', '127.0.0.1', '223.255.255.255', '::1', '2001:db8::1', 'fe80::1'])(
    'holds for %s',
    (host) => {
      expect(isDialable(host)).toBe(true);
    },
  );

  it.each([
    ...['0.0.0.0', '0.1.2.3', '224.0.0.1', '239.1.1.1', '240.0.0.1', '255.255.255.255', '::'],
    ...['ff02::1', '::ffff:0.0.0.0', '::ffff:224.0.0.1', 'fe80::1%eth0', 'localhost', ''],
  ])('does not hold for %p', (host) => {
    expect(isDialable(host)).toBe(false);
  });
});

describe('addressKey', () => {
  it('has a key for every port of a host, though it remembers a few', () => {
    const keys = () => Array.from({ length: 200 }, (_, port) => addressKey('20.9.9.9', port + 1));
    expect(new Set(keys()).size).toBe(200);
    expect(keys()).toEqual(keys());
  });
});
