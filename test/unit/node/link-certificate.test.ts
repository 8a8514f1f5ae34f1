import { createPublicKey, X509Certificate } from 'node:crypto';
import { HOST_KEY_KINDS } from '../../../src/node/host-key.js';
import { identityOfChain, LEAF_SUBJECT } from '../../../src/node/peer-certificate.js';
import { newHost, partsOf, type TestHost } from '../../contract/test-security.js';

/** A leaf, and who is said to have issued it: what TLS brings. */
const chain = (leaf: TestHost, issuer: TestHost | undefined): X509Certificate => {
  const certificate = new X509Certificate(partsOf(leaf.certificate)[0] ?? '');
  const issuerCertificate = issuer && new X509Certificate(partsOf(issuer.certificate)[1] ?? '');
  return Object.defineProperty(certificate, 'issuerCertificate', { value: issuerCertificate });
};

describe.each(HOST_KEY_KINDS)('a certificate of a host key of kind %s', (kind) => {
  let host: TestHost;
  beforeAll(async () => {
    host = await newHost(kind);
  });

  it('proves the identity of that key', () => {
    expect(identityOfChain(chain(host, host), Date.now())).toEqual({
      ok: true,
      identity: host.identity,
    });
  });

  it('has a fresh key of P-256, and names neither host nor identity', () => {
    const leaf = chain(host, host);
    expect(leaf.subject).toBe(LEAF_SUBJECT);
    expect(leaf.issuer).toBe('CN=hearsay host');
    expect(leaf.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(createPublicKey(host.certificate.key).equals(leaf.publicKey)).toBe(true);
    expect(leaf.ca).toBe(false);
  });

  it('is valid from and until when it was told to be, to the second', () => {
    const leaf = chain(host, host);
    const nowMs = Date.now();
    expect(Math.abs(Date.parse(leaf.validFrom) + 3_600_000 - nowMs)).toBeLessThan(60_000);
    expect(Math.abs(Date.parse(leaf.validTo) - 3_600_000 - nowMs)).toBeLessThan(60_000);
  });
});

describe('a chain', () => {
  let host: TestHost;
  let other: TestHost;
  beforeAll(async () => {
    [host, other] = await Promise.all([newHost('ed25519'), newHost('ed25519')]);
  });
  const judged = (leaf: X509Certificate | undefined, nowMs = Date.now()): unknown => {
    const proven = identityOfChain(leaf, nowMs);
    return proven.ok ? proven.identity : proven.reason;
  };

  it('that is not there proves nothing', () => {
    expect(judged(undefined)).toBe('it shows no certificate');
  });

  it('without the certificate of the host key proves nothing', () => {
    expect(judged(chain(host, undefined))).toMatch(/comes without that of its host key/);
  });

  it('whose leaf another host key has signed proves nothing', () => {
    expect(judged(chain(other, host))).toMatch(/not signed by its host key/);
    expect(judged(chain(host, other))).toMatch(/not signed by its host key/);
  });

  it('with one bit changed proves nothing', () => {
    const { raw } = chain(host, host);
    for (let at = raw.length - 64; at < raw.length; at += 9) {
      const bent = Buffer.from(raw);
      bent[at] = (bent[at] ?? 0) ^ 1;
      const leaf = Object.defineProperty(new X509Certificate(bent), 'issuerCertificate', {
        value: new X509Certificate(partsOf(host.certificate)[1] ?? ''),
      });
      expect(judged(leaf)).toMatch(/not signed by its host key/);
    }
  });

  it('whose leaf is for something else proves nothing: the host certificate itself', () => {
    const [, own = ''] = partsOf(host.certificate);
    const certificate = Object.defineProperty(new X509Certificate(own), 'issuerCertificate', {
      value: new X509Certificate(own),
    });
    expect(judged(certificate)).toMatch(/not for links/);
  });

  it('proves nothing out of its time, whichever way a clock is wrong', () => {
    const leaf = chain(host, host);
    expect(judged(leaf, Date.now() - 7_200_000)).toMatch(/not valid before/);
    expect(judged(leaf, Date.now() + 7_200_000)).toMatch(/was valid until/);
    expect(judged(leaf, Number.NaN)).toMatch(/not valid before/);
  });
});
