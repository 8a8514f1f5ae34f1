import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { secureContextOf } from '../../src/node/credentials.js';
import type { HostKeyKind } from '../../src/node/host-key.js';
import { makeLinkCertificate, type LinkCertificate } from '../../src/node/link-certificate.js';
import type { LinkSecurity } from '../../src/node/tls-link.js';

/** A host of the tests: its certificate for links, and the identity that it proves. */
export type TestHost = LinkSecurity & {
  readonly identity: Buffer;
  readonly privateKey: KeyObject;
  readonly certificate: LinkCertificate;
};

const LIFETIME_MS = 3_600_000;

const newKey = (kind: HostKeyKind): KeyObject => {
  if (kind === 'ed25519') return generateKeyPairSync('ed25519').privateKey;
  if (kind === 'p256') return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  return generateKeyPairSync('rsa', { modulusLength: 4_096 }).privateKey;
};

/** The credentials of a certificate, whatever it is worth. */
export const securityOf = (certificate: LinkCertificate): LinkSecurity => {
  const context = secureContextOf(certificate);
  return { context: () => context, wallMs: () => Date.now() };
};

/** A new host, whose certificate is valid from and until an hour from now, or as told. */
export const newHost = async (
  kind: HostKeyKind = 'ed25519',
  { fromMs = -LIFETIME_MS, untilMs = LIFETIME_MS } = {},
): Promise<TestHost> => {
  const privateKey = newKey(kind);
  const nowMs = Date.now();
  const certificate = await makeLinkCertificate({
    kind,
    privateKey,
    notBeforeMs: nowMs + fromMs,
    notAfterMs: nowMs + untilMs,
  });
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const identity = createHash('sha256').update(publicKey).digest();
  return { ...securityOf(certificate), identity, privateKey, certificate };
};

/** The certificates of a chain, as PEM: the leaf, then the one of the host key. */
export const partsOf = ({ chain }: LinkCertificate): readonly string[] =>
  [...chain.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)].map(
    ([pem]) => pem,
  );
