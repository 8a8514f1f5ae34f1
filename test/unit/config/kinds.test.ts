import {
  GIB,
  KIB,
  MIB,
  address,
  addresses,
  boolean,
  byteSize,
  oneOf,
  path,
  seconds,
  token,
  wholeNumber,
  type Kind,
} from '../../../src/config/kinds.js';

const accepts = <Value>(kind: Kind<Value>, pairs: readonly (readonly [string, Value])[]): void => {
  for (const [text, value] of pairs)
    expect([text, kind.read(text)]).toEqual([text, { ok: true, value }]);
};
const refuses = <Value>(kind: Kind<Value>, texts: readonly string[]): void => {
  for (const text of texts) expect([text, kind.read(text).ok]).toEqual([text, false]);
};

describe('a whole number', () => {
  const kind = wholeNumber('links', 1, 64);

  it('is read in digits, bounds included', () => {
    accepts(kind, [
      ['1', 1],
      ['64', 64],
      ['007', 7],
    ]);
  });

  it('is refused outside its bounds and in any other notation', () => {
    refuses(kind, ['0', '65', '-1', '+5', '1.0', '1e1', '0x10', '', ' ', 'many', '9'.repeat(400)]);
  });

  it('says its unit and bounds', () => {
    expect(kind.allowed).toBe('a whole number of links, 1 to 64');
  });
});

describe('a duration', () => {
  const kind = seconds(0.05, 3_600);

  it('is written in seconds and read in whole milliseconds', () => {
    accepts(kind, [
      ['0.05', 50],
      ['0.5', 500],
      ['1', 1_000],
      ['1.2345', 1_235],
      ['3600', 3_600_000],
    ]);
  });

  it('is refused outside its bounds and with a unit, a sign or half a decimal point', () => {
    refuses(kind, ['0', '0.049', '3600.001', '5s', '-5', '5.', '.5', '1e3', 'Infinity', 'NaN', '']);
  });

  it('is written back in seconds', () => {
    expect(kind.write(1_500)).toBe('1.5');
  });
});

describe('a size', () => {
  const kind = byteSize(KIB, 4 * GIB);

  it('is read in bytes, or with K, M and G as powers of 1024', () => {
    accepts(kind, [
      ['1024', 1_024],
      ['1K', KIB],
      ['64M', 64 * MIB],
      ['64 m', 64 * MIB],
      ['4G', 4 * GIB],
    ]);
  });

  it('is refused outside its bounds and with other units', () => {
    refuses(kind, ['1023', '5G', '64MB', 'M', '1.5M', '-1K', '']);
  });

  it('is written back with the largest unit that fits', () => {
    expect([GIB, 3 * MIB, 5 * KIB, 1_025].map(kind.write)).toEqual(['1G', '3M', '5K', '1025']);
  });
});

describe('a boolean', () => {
  it('is read in words and digits, in whatever case', () => {
    accepts(boolean, [
      ['true', true],
      ['Yes', true],
      ['1', true],
      ['FALSE', false],
      ['no', false],
      ['0', false],
    ]);
  });

  it('is refused in other words', () => {
    refuses(boolean, ['', 'on', 'maybe', '2', 'null']);
  });
});

describe('a choice', () => {
  const kind = oneOf('error', 'warn', 'info');

  it('is one of its words, in whatever case', () => {
    accepts(kind, [
      ['error', 'error'],
      ['Warn', 'warn'],
    ]);
  });

  it('is refused when it is another word, and says which there are', () => {
    refuses(kind, ['', 'warning', 'constructor']);
    expect(kind.allowed).toBe('error, warn or info');
  });
});

describe('a path', () => {
  it('is taken as it is', () => {
    accepts(path, [
      ['config/host key.pem', 'config/host key.pem'],
      ['C:\\keys\\a.pem', 'C:\\keys\\a.pem'],
    ]);
  });

  it('is refused when it is empty, endless or holds a control character', () => {
    refuses(path, ['', 'a'.repeat(4_097), 'a\0b', 'a\u001b[2Jb']);
  });
});

describe('a token', () => {
  it('is a long word that can stand in a URL as it is', () => {
    accepts(token, [
      ['a-long-word-hard-to-guess', 'a-long-word-hard-to-guess'],
      ['A_1'.repeat(6), 'A_1'.repeat(6)],
    ]);
    refuses(token, [
      '',
      'short',
      'x'.repeat(15),
      'x'.repeat(129),
      'a long word & a space',
      'ü'.repeat(20),
    ]);
  });
});

describe('an address', () => {
  const kind = address(1);

  it('is an IPv4 literal, a bracketed IPv6 literal or a name, with a port', () => {
    accepts(kind, [
      ['127.0.0.1:6011', { host: '127.0.0.1', port: 6011 }],
      ['255.255.255.255:65535', { host: '255.255.255.255', port: 65_535 }],
      ['[::1]:6011', { host: '::1', port: 6011 }],
      ['[2001:DB8::1]:1', { host: '2001:DB8::1', port: 1 }],
      ['[::ffff:10.0.0.1]:80', { host: '::ffff:10.0.0.1', port: 80 }],
      ['localhost:6011', { host: 'localhost', port: 6011 }],
      ['gossip_1.some-host.example:6011', { host: 'gossip_1.some-host.example', port: 6011 }],
    ]);
  });

  it('is refused when host or port is none', () => {
    refuses(kind, ['', ':1', '127.0.0.1', '127.0.0.1:', '127.0.0.1:0', '127.0.0.1:65536']);
    refuses(kind, ['127.0.0.1:06011', '127.0.0.1:+1', '127.0.0.1:99999999999', 'http://a:1']);
    refuses(kind, ['256.0.0.1:1', '1.2.3:1', '1.2.3.4.5:1', '01.2.3.4:1', '1234:1']);
    refuses(kind, ['::1:6011', '[]:1', '[::g]:1', '[1:2:3]:1', '[::1%lo]:1', '[::1]/x:1', '[::1]']);
    refuses(kind, ['-a:1', 'a-:1', 'a..b:1', 'a b:1', 'a@b:1', `${'a'.repeat(64)}:1`]);
    refuses(kind, [`${'abcdefg.'.repeat(32)}com:1`]);
  });

  it('has port 0 only where somebody listens on it', () => {
    accepts(address(0), [['127.0.0.1:0', { host: '127.0.0.1', port: 0 }]]);
  });
});

describe('a list of addresses', () => {
  const kind = addresses(3);

  it('has commas or spaces between its addresses, and may be empty', () => {
    const [a, b] = [
      { host: 'a', port: 1 },
      { host: '::1', port: 2 },
    ] as const;
    accepts(kind, [
      ['', []],
      ['a:1', [a]],
      ['a:1,[::1]:2', [a, b]],
      [' a:1 ,\t[::1]:2, ', [a, b]],
      ['a:1 [::1]:2', [a, b]],
    ]);
  });

  it('is refused when it is too long, and names the address that is none', () => {
    expect(kind.read('a:1 a:2 a:3 a:4')).toEqual({ ok: false, found: '4 addresses' });
    expect(kind.read('a:1, b, c')).toEqual({ ok: false, found: 'b' });
  });
});
