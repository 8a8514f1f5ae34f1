/**
 * Certificates for links, made with @peculiar/x509. Loading that costs 20 MB, so a daemon has it
 * done in a thread that ends (`credentials.ts`). What others must find in a certificate is said by
 * `peer-certificate.ts`.
 */
import 'reflect-metadata';
import { createPublicKey, generateKeyPairSync, webcrypto, type KeyObject } from 'node:crypto';
import { BasicConstraintsExtension, X509CertificateGenerator } from '@peculiar/x509';
import type { HostKeyKind } from './host-key.js';
import { LEAF_SUBJECT } from './peer-certificate.js';

/** Who vouches, and for how long. */
export type CertificateRequest = {
  readonly kind: HostKeyKind;
  /** Of the host. */
  readonly privateKey: KeyObject;
  /** Milliseconds since 1970; X.509 has whole seconds. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
};

/** A fresh key, and what the host key says of it. */
export type LinkCertificate = {
  /** PEM, PKCS#8. */
  readonly key: string;
  /** PEM: the leaf, then the certificate with the public half of the host key. */
  readonly chain: string;
};

const HOST_SUBJECT = 'CN=hearsay host';
/** The quickest to sign and to check (`npm run bench:securing`). */
const LEAF_CURVE = { name: 'ECDSA', namedCurve: 'P-256' };
const { subtle } = webcrypto;

/** How each kind of host key is read, and signs. */
const SIGNING = {
  rsa: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  ed25519: { name: 'Ed25519' },
  p256: { ...LEAF_CURVE, hash: 'SHA-256' },
} as const;

const readPrivate = async (key: KeyObject, kind: HostKeyKind) => {
  const der = key.export({ type: 'pkcs8', format: 'der' });
  try {
    return await subtle.importKey('pkcs8', der, SIGNING[kind], false, ['sign']);
  } finally {
    der.fill(0);
  }
};

const readPublic = (key: KeyObject, algorithm: (typeof SIGNING)[HostKeyKind] | typeof LEAF_CURVE) =>
  subtle.importKey('spki', key.export({ type: 'spki', format: 'der' }), algorithm, true, [
    'verify',
  ]);

/** Makes a key of P-256, and has the host key sign it. */
export const makeLinkCertificate = async ({
  kind,
  privateKey,
  notBeforeMs,
  notAfterMs,
}: CertificateRequest): Promise<LinkCertificate> => {
  const leaf = generateKeyPairSync('ec', { namedCurve: LEAF_CURVE.namedCurve });
  const signed = {
    issuer: HOST_SUBJECT,
    notBefore: new Date(notBeforeMs),
    notAfter: new Date(notAfterMs),
    signingKey: await readPrivate(privateKey, kind),
    signingAlgorithm: SIGNING[kind],
  };
  const leafCertificate = await X509CertificateGenerator.create({
    ...signed,
    subject: LEAF_SUBJECT,
    publicKey: await readPublic(leaf.publicKey, LEAF_CURVE),
    extensions: [new BasicConstraintsExtension(false, undefined, true)],
  });
  const hostCertificate = await X509CertificateGenerator.create({
    ...signed,
    subject: HOST_SUBJECT,
    publicKey: await readPublic(createPublicKey(privateKey), SIGNING[kind]),
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  });
  return {
    key: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    chain: `${leafCertificate.toString('pem')}\n${hostCertificate.toString('pem')}\n`,
  };
};
