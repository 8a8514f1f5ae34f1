import type { Config } from '../../../src/config/config.js';
import {
  CONFIG_CHARS_MAX,
  formatMistakes,
  parseConfig,
  parseSetting,
  type Overrides,
} from '../../../src/config/parse.js';

const configOf = (text: string, overrides?: Overrides): Config => {
  const parsed = parseConfig(text, overrides);
  if (!parsed.ok) throw new Error(formatMistakes('test.ini', parsed.mistakes));
  return parsed.config;
};
const mistakesOf = (text: string, overrides?: Overrides): string[] => {
  const parsed = parseConfig(text, overrides);
  return parsed.ok ? [] : formatMistakes('a.ini', parsed.mistakes).split('\n');
};
const gossip = (...lines: string[]): string => ['[gossip]', ...lines].join('\n');

describe('the configuration', () => {
  it('does not repeat a token in what it reports', () => {
    const [good, bad] = ['a-token-of-16-or-more', 'short&secret'];
    const reports = [`token = ${bad}`, `token = ${good}\ntoken = ${good}`].map((lines) =>
      mistakesOf(`[inspector]\n${lines}`).join('\n'),
    );
    expect(reports).toEqual([
      expect.stringContaining('token = "(not shown)"; allowed: 16 to 128'),
      expect.stringContaining('token = "(not shown) (given before)"'),
    ]);
    for (const secret of [good, bad]) expect(reports.join('\n')).not.toContain(secret);
  });

  it('refuses one file for two purposes, however it is spelt, and one address likewise', () => {
    const text = [
      'hostkey = key.pem',
      gossip('address_book = ./key.pem', 'api_address = 127.0.0.1:6001'),
      '[log]\nfile = key.pem',
      '[metrics]\naddress = 127.0.0.1:7001\n[inspector]\naddress = 127.0.0.1:0',
    ].join('\n');
    const told = mistakesOf(text).map((line) => line.replace('; allowed: another', '\n  another'));
    expect(told.join('\n')).toMatchInlineSnapshot(`
     "a.ini:3: [gossip] address_book = "./key.pem"
       another file than that of hostkey
     a.ini:6: [log] file = "key.pem"
       another file than that of [gossip] address_book
     a.ini:4: [gossip] api_address = "127.0.0.1:6001"
       another address than that of [gossip] p2p_address"
    `);
    expect(
      mistakesOf('[metrics]\naddress = 127.0.0.1:0\n[inspector]\naddress = 127.0.0.1:0'),
    ).toEqual([]);
  });

  it('has a default for everything', () => {
    const config = configOf('');
    expect(config.identity.hostkey).toBe('config/hostkey.pem');
    expect(config.peers).toMatchObject({
      p2pAddress: { host: '127.0.0.1', port: 6001 },
      bootstrapper: undefined,
      knownPeers: [],
      degree: 20,
      maxConnections: 80,
    });
    expect(config.api.apiAddress).toEqual({ host: '127.0.0.1', port: 7001 });
    expect(config.items.suppressTimeMs).toBe(780_000);
    expect(config.handshake).toMatchObject({ difficulty: 20, difficultyMax: 26 });
  });

  it('is read from the file of the course', () => {
    const text = `
hostkey = config/hostkey.pem        ; RSA (VoidPhone) or Ed25519/P-256 PEM; made on first start

[gossip]
cache_size   = 50                   ; items of the knowledge base
degree       = 20                   ; links to keep
bootstrapper = 127.0.0.1:6001       ; absent: this daemon starts a network of its own
p2p_address  = 127.0.0.1:6011
api_address  = 127.0.0.1:7011
`;
    expect(parseConfig(text)).toMatchObject({ ok: true, warnings: [] });
    const { identity, items, peers, api } = configOf(text);
    expect([identity.hostkey, items.cacheSize, peers.degree]).toEqual([
      'config/hostkey.pem',
      50,
      20,
    ]);
    expect(peers.bootstrapper).toEqual({ host: '127.0.0.1', port: 6001 });
    expect([peers.p2pAddress.port, api.apiAddress.port]).toEqual([6011, 7011]);
  });

  it('takes an optional key that is left empty for absent', () => {
    expect(
      configOf(gossip('bootstrapper =', 'suppress_time =')).peers.bootstrapper,
    ).toBeUndefined();
    expect(mistakesOf(gossip('degree ='))).toHaveLength(1);
  });

  it('is the same with CRLF, a byte order mark and comments', () => {
    const text = '\uFEFF[gossip] ; ours\r\ndegree = 7 # few\r\n\r\n';
    expect(configOf(text)).toEqual(configOf(gossip('degree = 7')));
  });

  it('reads a section that comes in two parts', () => {
    const { peers, log } = configOf('[gossip]\ndegree=7\n[log]\nlevel=debug\n[gossip]\nlab=yes');
    expect([peers.degree, peers.lab, log.level]).toEqual([7, true, 'debug']);
  });
});

describe('a rule between keys', () => {
  it('keeps suppress_time above item_lifetime and the clock skew', () => {
    expect(mistakesOf(gossip('item_lifetime = 60', 'suppress_time = 180'))).toEqual([
      'a.ini:3: [gossip] suppress_time = "180"; allowed: more than item_lifetime + 120, so that' +
        ' no item outlives the memory of it',
    ]);
    expect(configOf(gossip('item_lifetime = 60', 'suppress_time = 180.001')).items).toMatchObject({
      itemLifetimeMs: 60_000,
      suppressTimeMs: 180_001,
    });
  });

  it('moves the default of suppress_time with item_lifetime', () => {
    expect(configOf(gossip('item_lifetime = 86400')).items.suppressTimeMs).toBe(86_580_000);
  });

  it('keeps max_connections from falling below degree', () => {
    expect(mistakesOf(gossip('max_connections = 19'))).toHaveLength(1);
    expect(configOf(gossip('degree = 5', 'max_connections = 5')).peers.maxConnections).toBe(5);
    expect(configOf(gossip('degree = 64')).peers.maxConnections).toBe(256);
    expect(configOf(gossip('degree = 5')).peers.maxConnections).toBe(40);
  });

  it('moves the defaults of the groups of links with degree', () => {
    const groups = (...lines: string[]): number[] => {
      const { sampledLinks, nearLinks, anchorLinks } = configOf(gossip(...lines)).peers;
      return [sampledLinks, nearLinks, anchorLinks];
    };
    expect(groups()).toEqual([8, 4, 2]);
    expect(groups('degree = 64')).toEqual([8, 4, 2]);
    expect(groups('degree = 10')).toEqual([4, 2, 1]);
    expect(groups('degree = 1')).toEqual([0, 0, 0]);
  });

  it('keeps the groups of links within degree', () => {
    expect(mistakesOf(gossip('sampled_links = 15'))).toHaveLength(1);
    expect(mistakesOf(gossip('degree = 3', 'near_links = 4'))).toHaveLength(1);
    expect(mistakesOf(gossip('degree = 3', 'anchor_links = 4'))).toHaveLength(1);
    expect(configOf(gossip('sampled_links = 14')).peers.sampledLinks).toBe(14);
  });

  it('allows a difficulty under 8 in a lab alone', () => {
    expect(mistakesOf(gossip('difficulty = 7'))).toHaveLength(1);
    expect(configOf(gossip('difficulty = 8')).handshake.difficulty).toBe(8);
    expect(configOf(gossip('difficulty = 0', 'lab = true')).handshake.difficulty).toBe(0);
  });

  it('moves the default of difficulty_max with difficulty', () => {
    expect(configOf(gossip('difficulty = 28')).handshake.difficultyMax).toBe(28);
  });

  it('allows lab_links_only in a lab alone', () => {
    expect(mistakesOf(gossip('lab_links_only = true'))).toHaveLength(1);
    expect(configOf(gossip('lab_links_only = false')).peers.labLinksOnly).toBe(false);
    expect(configOf(gossip('lab_links_only = 1', 'lab = 1')).peers.labLinksOnly).toBe(true);
  });

  it('is not applied to a key that is mistaken itself', () => {
    const mistakes = mistakesOf(gossip('item_lifetime = soon', 'suppress_time = 130'));
    expect(mistakes).toEqual([
      'a.ini:2: [gossip] item_lifetime = "soon"; allowed: seconds, 1 to 86400, decimals allowed',
    ]);
  });
});

describe('mistakes', () => {
  it('are reported all at once, each with its line, what was found and what is allowed', () => {
    const text = gossip('degree = many', 'p2p_address = here', 'lab = perhaps', 'difficulty = 3');
    expect(mistakesOf(`hostkey =\n${text}\n[log]\nlevel = loud`)).toEqual([
      'a.ini:1: hostkey = ""; allowed: a path of 1 to 4096 characters, without control characters',
      'a.ini:3: [gossip] degree = "many"; allowed: a whole number of links, 1 to 64',
      'a.ini:4: [gossip] p2p_address = "here"; allowed: IPv4:port, [IPv6]:port or name:port, port' +
        ' 0 to 65535',
      'a.ini:5: [gossip] lab = "perhaps"; allowed: true, false, yes, no, 1 or 0',
      'a.ini:8: [log] level = "loud"; allowed: error, warn, info or debug',
    ]);
  });

  it('are data too', () => {
    expect(parseConfig(gossip('known_peers = a:1, b'))).toMatchObject({
      ok: false,
      mistakes: [{ section: 'gossip', key: 'known_peers', found: 'b', where: { line: 2 } }],
    });
  });

  it('include keys that stand twice, whether or not the first is right', () => {
    expect(mistakesOf(gossip('degree = 5', 'degree = 6'))).toEqual([
      'a.ini:3: [gossip] degree = "6 (given before)"; allowed: each key once',
    ]);
    expect(mistakesOf(gossip('degree = x', 'degree = 6'))).toHaveLength(2);
    expect(mistakesOf(gossip('bootstrapper =', 'bootstrapper = a:1'))).toHaveLength(1);
  });

  it('include lines that are no INI', () => {
    expect(mistakesOf('degree 5')).toEqual([
      'a.ini:1: "degree 5"; allowed: [section] or key = value',
    ]);
  });

  it('include a file that is too long to be one', () => {
    expect(mistakesOf(';'.repeat(CONFIG_CHARS_MAX))).toEqual([]);
    expect(mistakesOf(';'.repeat(CONFIG_CHARS_MAX + 1))).toEqual([
      'a.ini: "65537 characters"; allowed: a file of at most 65536 characters',
    ]);
  });

  it('show hostile text shortened and without control characters', () => {
    const [mistake = ''] = mistakesOf(gossip(`degree = \u001b[2J\u202e${'x'.repeat(500)}`));
    expect(mistake).toContain('"\\u{1b}[2J\\u{202e}xxx');
    expect(mistake.length).toBeLessThan(200);
  });
});

describe('what the schema does not know', () => {
  const warningsOf = (text: string): readonly string[] => {
    const parsed = parseConfig(text);
    expect(parsed.ok).toBe(true);
    return parsed.warnings;
  };

  it('is warned about with the nearest known name', () => {
    expect(warningsOf('[Gosip]\ndegree = x\n[gossip]\ndegre = 5\nCache_Size = 5')).toEqual([
      'line 1: section "Gosip" is unknown, its keys are ignored; did you mean [gossip]?',
      'line 4: key "degre" in [gossip] is unknown and ignored; did you mean [gossip] degree?',
      'line 5: key "Cache_Size" in [gossip] is unknown and ignored; ' +
        'did you mean [gossip] cache_size?',
    ]);
  });

  it('is found in its proper section when it stands in another', () => {
    expect(warningsOf('degree = 5')).toEqual([
      'line 1: key "degree" above the first section is unknown and ignored; did you mean [gossip]' +
        ' degree?',
    ]);
  });

  it('is warned about without a name when none is near', () => {
    expect(warningsOf('[dht]\nx = 1\n[log]\n__proto__ = 1')).toEqual([
      'line 1: section "dht" is unknown, its keys are ignored',
      'line 4: key "__proto__" in [log] is unknown and ignored',
    ]);
  });

  it('does no harm under names that JavaScript has plans for', () => {
    const text = '[__proto__]\ndegree = 1\n[constructor.prototype]\nlab = 1\n[toString]\nx = 1';
    expect(warningsOf(text)).toHaveLength(3);
    expect(configOf(text)).toEqual(configOf(''));
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('the command line', () => {
  it('beats the file', () => {
    const overrides = {
      validationSeconds: '0.5',
      suppressSeconds: '900',
      logFile: 'x.log',
      logLevel: 'debug',
    };
    const { api, items, log } = configOf(gossip('validation_timeout = 9'), overrides);
    expect([api.validationTimeoutMs, items.suppressTimeMs]).toEqual([500, 900_000]);
    expect(log).toEqual({ level: 'debug', file: 'x.log' });
  });

  it('is bound by the same rules, and named in its mistakes', () => {
    expect(mistakesOf('', { validationSeconds: '-1', suppressSeconds: '60' })).toEqual([
      'option -v: [gossip] validation_timeout = "-1"; allowed: seconds, 0.05 to 3600, decimals' +
        ' allowed',
      'option -s: [gossip] suppress_time = "60"; allowed: more than item_lifetime + 120, so that' +
        ' no item outlives the memory of it',
    ]);
  });

  it('does not hide a mistake of the file', () => {
    expect(mistakesOf(gossip('validation_timeout = x'), { validationSeconds: '5' })).toHaveLength(
      1,
    );
  });
});

describe('a single setting', () => {
  it('is read as in a file', () => {
    expect(parseSetting('gossip', 'retry_max', '1.5')).toEqual({ ok: true, value: 1_500 });
    expect(parseSetting('gossip', 'bootstrapper', '')).toEqual({ ok: true, value: undefined });
  });

  it('is a mistake when it is out of bounds or unknown', () => {
    expect(parseSetting('gossip', 'degree', '65')).toMatchObject({
      ok: false,
      mistake: { section: 'gossip', key: 'degree', found: '65' },
    });
    expect(parseSetting('__proto__', 'x', '1')).toMatchObject({ ok: false });
  });
});
