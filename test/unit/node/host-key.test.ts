import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  exposureOf,
  generateHostKey,
  HostKeyError,
  inspectorToken,
  loadHostKey,
  readHostKey,
} from '../../../src/node/host-key.js';
import { LogRecorder } from './log-recorder.js';
import { useTemporaryFolder } from './temporary-folder.js';

const pem = { pkcs8: { type: 'pkcs8', format: 'pem' } } as const;
const rsa = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits }).privateKey;
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey;

describe('loadHostKey', () => {
  const at = useTemporaryFolder();
  const load = (path: string) => {
    const logged = new LogRecorder();
    return { ...loadHostKey(path, logged.log), logged };
  };
  const put = (content: string, mode = 0o600): string => {
    const path = at('hostkey.pem');
    writeFileSync(path, content, { mode });
    return path;
  };

  it('makes an Ed25519 key at the first start, for its owner alone, and keeps it', () => {
    const path = at('config/deep/hostkey.pem');
    const first = load(path);
    expect(first.kind).toBe('ed25519');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(path))).toEqual(['hostkey.pem']);
    const second = load(path);
    expect(second.identity).toEqual(first.identity);
    expect(second.logged.lines).toEqual([]);
  });

  it('takes the identity from the public key, as DER', () => {
    const path = at('hostkey.pem');
    const { identity, publicKeyDer, privateKey } = load(path);
    const der = createPublicKey(readFileSync(path)).export({ type: 'spki', format: 'der' });
    expect(publicKeyDer).toEqual(der);
    expect(identity).toEqual(createHash('sha256').update(der).digest());
    expect(privateKey.type).toBe('private');
  });

  it.each([
    ['rsa', 'PKCS#8', () => rsa(2_048).export(pem.pkcs8)],
    ['rsa', 'PKCS#1', () => rsa(2_048).export({ type: 'pkcs1', format: 'pem' })],
    ['p256', 'PKCS#8', () => ec('prime256v1').export(pem.pkcs8)],
    ['p256', 'SEC 1', () => ec('prime256v1').export({ type: 'sec1', format: 'pem' })],
    ['ed25519', 'PKCS#8', () => generateKeyPairSync('ed25519').privateKey.export(pem.pkcs8)],
  ] as const)('takes a key of kind %s in %s', (kind, _form, make) => {
    const loaded = load(put(make().toString()));
    expect([loaded.kind, loaded.logged.lines]).toEqual([kind, []]);
  });

  it.each([
    ['another curve', () => ec('secp384r1').export(pem.pkcs8), /is of kind secp384r1; RSA/],
    ['X25519', () => generateKeyPairSync('x25519').privateKey.export(pem.pkcs8), /kind x25519/],
    [
      'a public key',
      () => generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }),
      /holds no private key/,
    ],
    [
      'an encrypted key',
      () =>
        generateKeyPairSync('ed25519').privateKey.export({
          ...pem.pkcs8,
          cipher: 'aes-256-cbc',
          passphrase: 'secret',
        }),
      /is encrypted/,
    ],
    ['noise', () => 'not a key', /holds no private key/],
    ['nothing', () => '', /holds no private key/],
  ])('refuses %s with one line', (_what, make, sentence) => {
    const path = put(make().toString());
    expect(() => load(path)).toThrow(HostKeyError);
    expect(() => load(path)).toThrow(sentence);
    expect(() => load(path)).toThrow(/^The host key [^\n]+\.$/);
  });

  it('refuses what is no file', () => {
    mkdirSync(at('hostkey.pem'));
    expect(() => load(at('hostkey.pem'))).toThrow(/cannot be read: it is a folder/);
  });

  it('refuses a folder that it cannot make', () => {
    put('');
    expect(() => load(at('hostkey.pem/hostkey.pem'))).toThrow(/cannot be written/);
  });

  it.each([0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o777])(
    'refuses a key that is open to others, with mode %o',
    (mode) => {
      const path = at('hostkey.pem');
      load(path);
      chmodSync(path, mode);
      const octal = mode.toString(8).padStart(4, '0');
      const sentence = `The host key ${path} is open to others (mode ${octal}): chmod 600 it.`;
      expect(() => load(path)).toThrow(new HostKeyError(sentence));
    },
  );

  it.each([0o600, 0o400, 0o700])('takes a key of its owner alone, with mode %o', (mode) => {
    const path = at('hostkey.pem');
    const { identity } = load(path);
    chmodSync(path, mode);
    expect(load(path)).toMatchObject({ identity, logged: { lines: [] } });
  });

  it('warns of a short RSA key', () => {
    const path = put(rsa(1_024).export(pem.pkcs8).toString());
    expect(load(path).logged.lines).toEqual([['warn', 'host key is short']]);
  });
});

describe('the owner of a host key', () => {
  const exposure = (owner: number, user: number) =>
    exposureOf({ path: 'key.pem', mode: 0o100600, owner, user });

  it('is the user of the daemon, or root', () => {
    expect([exposure(1_000, 1_000), exposure(0, 1_000), exposure(0, 0)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('is nobody else, or the key is refused', () => {
    expect(exposure(1_001, 1_000)).toBe(
      'The host key key.pem belongs to user 1001, and this is user 1000: chown it.',
    );
  });

  it('may be anybody for root, who reads everything and is told', () => {
    expect(exposure(1_000, 0)).toBeUndefined();
  });

  it('does not make up for a mode that is open to others', () => {
    expect(exposureOf({ path: 'key.pem', mode: 0o100640, owner: 0, user: 0 })).toMatch(/open to/);
  });
});

describe('generateHostKey', () => {
  const at = useTemporaryFolder();

  it.each(['ed25519', 'p256', 'rsa'] as const)('makes a key of kind %s', (kind) => {
    generateHostKey(kind, at('key.pem'));
    const { kind: found, privateKey } = loadHostKey(at('key.pem'), () => undefined);
    expect(found).toBe(kind);
    expect(statSync(at('key.pem')).mode & 0o777).toBe(0o600);
    const bits = privateKey.asymmetricKeyDetails?.modulusLength;
    expect(bits).toBe(kind === 'rsa' ? 4_096 : undefined);
  });

  it('replaces a key only by force', () => {
    generateHostKey('ed25519', at('key.pem'));
    const before = readFileSync(at('key.pem'), 'utf8');
    expect(() => generateHostKey('p256', at('key.pem'))).toThrow(/exists already/);
    expect(readFileSync(at('key.pem'), 'utf8')).toBe(before);
    generateHostKey('p256', at('key.pem'), { force: true });
    expect(readFileSync(at('key.pem'), 'utf8')).not.toBe(before);
  });
});

describe('readHostKey', () => {
  const at = useTemporaryFolder();

  it('makes no key where there is none', () => {
    const read = (): unknown => readHostKey(at('hostkey.pem'), () => {});
    expect(read).toThrow(HostKeyError);
    expect(readdirSync(at(''))).toEqual([]);
  });

  it('does not read for ever', () => {
    expect(() => readHostKey('/dev/zero', () => {})).toThrow(/cannot be read: it is a device/);
  });
});

describe('the token of the inspector', () => {
  const keyOf = (privateKey = generateKeyPairSync('ed25519').privateKey) => ({ privateKey });

  it.each([
    ['ed25519', generateKeyPairSync('ed25519').privateKey],
    ['p256', ec('prime256v1')],
    ['rsa', rsa(2_048)],
  ])('is the same for the same key, of kind %s, however it is written', (_, privateKey) => {
    const token = inspectorToken({ privateKey });
    expect(token).toMatch(/^[\w-]{32}$/);
    const copy = createPrivateKey(privateKey.export(pem.pkcs8));
    expect(inspectorToken({ privateKey: copy })).toBe(token);
  });

  it('is another for another key, and shows nothing of it', () => {
    const [one, other] = [keyOf(), keyOf()];
    expect(inspectorToken(one)).not.toBe(inspectorToken(other));
    const { d = '' } = one.privateKey.export({ format: 'jwk' });
    expect(inspectorToken(one)).not.toContain(d.slice(0, 8));
  });
});
