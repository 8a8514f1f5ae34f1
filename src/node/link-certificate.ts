/**
 * Certificates for links. Node reads certificates and makes none: `asn1js` encodes them, Node makes
 * keys and signs. What others must find in a certificate is said by `peer-certificate.ts`.
 */
import {
  createPublicKey,
  generateKeyPair,
  randomBytes,
  sign,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import {
  BitString,
  Boolean as Asn1Boolean,
  Constructed,
  fromBER,
  GeneralizedTime,
  Integer,
  Null,
  ObjectIdentifier,
  OctetString,
  Sequence,
  Set as Asn1Set,
  UTCTime,
  Utf8String,
  type BaseBlock,
} from 'asn1js';
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

/** What is certified: a key, and whether it may certify others. */
type Subject = {
  readonly commonName: string;
  readonly publicKey: KeyObject;
  readonly isAuthority: boolean;
};

const HOST_NAME = 'hearsay host';
const LEAF_NAME = LEAF_SUBJECT.slice('CN='.length);
/** The quickest to sign and to check (`npm run bench:securing`). */
const LEAF_CURVE = 'P-256';

const OID = {
  commonName: '2.5.4.3',
  basicConstraints: '2.5.29.19',
} as const;

/** How each kind of host key signs; its name in X.509 (RFC 4055, 5758, 8410). */
const SIGNING = {
  rsa: { hash: 'sha256', oid: '1.2.840.113549.1.1.11', parameters: [new Null()] },
  p256: { hash: 'sha256', oid: '1.2.840.10045.4.3.2', parameters: [] },
  ed25519: { hash: null, oid: '1.3.101.112', parameters: [] },
} as const;

/** Both off this thread: RSA takes a while, and a daemon has others to serve. */
const newKeyPair = promisify(generateKeyPair);
const signed = promisify(sign);

const SERIAL_BYTES = 16;
/** From this year on times have four digits for it (RFC 5280, 4.1.2.5). */
const LONG_YEARS_FROM = 2050;

const sequence = (...value: readonly BaseBlock[]): Sequence => new Sequence({ value: [...value] });
const oid = (value: string): ObjectIdentifier => new ObjectIdentifier({ value });
const tagged = (tagNumber: number, block: BaseBlock): Constructed =>
  new Constructed({ idBlock: { tagClass: 3, tagNumber }, value: [block] });
const nameOf = (commonName: string): Sequence =>
  sequence(
    new Asn1Set({
      value: [sequence(oid(OID.commonName), new Utf8String({ value: commonName }))],
    }),
  );

const timeOf = (ms: number): UTCTime | GeneralizedTime => {
  const valueDate = new Date(Math.floor(ms / 1_000) * 1_000);
  return valueDate.getUTCFullYear() < LONG_YEARS_FROM
    ? new UTCTime({ valueDate })
    : new GeneralizedTime({ valueDate });
};

/** A positive number that nobody can foretell. */
const newSerial = (): Integer => {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return new Integer({ valueHex: bytes });
};

/** Critical: whoever cannot read it may not take a leaf for an authority. */
const basicConstraints = (isAuthority: boolean): Sequence => {
  const constraints = isAuthority
    ? sequence(new Asn1Boolean({ value: true }), new Integer({ value: 0 }))
    : sequence();
  return sequence(
    oid(OID.basicConstraints),
    new Asn1Boolean({ value: true }),
    new OctetString({ valueHex: constraints.toBER() }),
  );
};

/** One certificate, version 3 (RFC 5280, 4.1), as PEM with a line feed behind it. */
const certify = async (
  { commonName, publicKey, isAuthority }: Subject,
  { kind, privateKey, notBeforeMs, notAfterMs }: CertificateRequest,
): Promise<string> => {
  const { hash, oid: algorithm, parameters } = SIGNING[kind];
  const signature = sequence(oid(algorithm), ...parameters);
  const content = sequence(
    tagged(0, new Integer({ value: 2 })),
    newSerial(),
    signature,
    nameOf(HOST_NAME),
    sequence(timeOf(notBeforeMs), timeOf(notAfterMs)),
    nameOf(commonName),
    fromBER(publicKey.export({ type: 'spki', format: 'der' })).result,
    tagged(3, sequence(basicConstraints(isAuthority))),
  );
  const bytes = await signed(hash, Buffer.from(content.toBER()), privateKey);
  const whole = sequence(content, signature, new BitString({ valueHex: bytes }));
  return new X509Certificate(Buffer.from(whole.toBER())).toString();
};

/** Makes a key of P-256, and has the host key sign it. */
export const makeLinkCertificate = async (
  request: CertificateRequest,
): Promise<LinkCertificate> => {
  const leaf = await newKeyPair('ec', { namedCurve: LEAF_CURVE });
  const chain = [
    await certify(
      { commonName: LEAF_NAME, publicKey: leaf.publicKey, isAuthority: false },
      request,
    ),
    await certifyHost(request),
  ];
  return {
    key: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    chain: chain.join(''),
  };
};

/** The certificate of a host key by itself: what brings its public half along. */
export const certifyHost = (request: CertificateRequest): Promise<string> =>
  certify(
    { commonName: HOST_NAME, publicKey: createPublicKey(request.privateKey), isAuthority: true },
    request,
  );
