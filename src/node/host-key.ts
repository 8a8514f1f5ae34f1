import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { existsSync } from 'node:fs';
import type { LogPort } from '../runtime/ports.js';
import { writeAtomicallySync } from './atomic-write.js';
import { readBoundedFile } from './bounded-file.js';
import { describeFailure } from './failure.js';

/** The kinds of host key that a peer may have (module API page, "Configuration"). */
export const HOST_KEY_KINDS = ['ed25519', 'p256', 'rsa'] as const;
export type HostKeyKind = (typeof HOST_KEY_KINDS)[number];

/** Who this daemon is. */
export type HostKey = {
  readonly kind: HostKeyKind;
  readonly privateKey: KeyObject;
  /** DER, SubjectPublicKeyInfo. */
  readonly publicKeyDer: Buffer;
  /** SHA-256 of `publicKeyDer`, 32 B (p2p protocol page, "Handshake"). */
  readonly identity: Buffer;
};

/** The host key cannot be read, made or used. The message is one sentence for the operator. */
export class HostKeyError extends Error {
  override readonly name = 'HostKeyError';
}

/** VoidPhone's size. */
const RSA_BITS = 4_096;
/** Shorter keys are broken or soon will be (NIST SP 800-57); they work, with a warning. */
const RSA_BITS_ADVISED = 2_048;
const BY_OTHERS = 0o077;
const PERMISSIONS = 0o777;
const ROOT = 0;
/** Far above any key. Our guess. */
const KEY_FILE_BYTES_MAX = 65_536;
/** Of the token that is derived: more than anybody tries. */
const TOKEN_BYTES = 24;
/** Keeps what is derived for one purpose from being good for another. */
const TOKEN_PURPOSE = 'hearsay inspector token';

/**
 * Reads the private key at `path`, as `readHostKey`. Where there is none, an Ed25519 key is made
 * and written first, with mode 0600.
 *
 * @throws HostKeyError when the file cannot be read or written, or holds anything else.
 */
export const loadHostKey = (path: string, log: LogPort): HostKey => {
  if (!existsSync(path)) {
    generateHostKey('ed25519', path);
    log('info', 'host key made', { path, kind: 'ed25519' });
  }
  return readHostKey(path, log);
};

/**
 * Reads the private key at `path`: PEM, PKCS#8 or PKCS#1 / SEC 1, RSA or Ed25519 or P-256.
 *
 * @throws HostKeyError when the file cannot be read, is open to others, or holds anything else.
 */
export const readHostKey = (path: string, log: LogPort): HostKey => {
  const { pem, mode, owner } = readKeyFile(path);
  // Everywhere that this program runs there are users; for the compiler's sake.
  const user = process.getuid?.() ?? owner;
  const exposure = exposureOf({ path, mode, owner, user });
  if (exposure !== undefined) throw new HostKeyError(exposure);
  // Only root comes so far: it reads everything, and may have mounted the file from elsewhere.
  if (owner !== user && owner !== ROOT) {
    log('warn', 'host key belongs to another user', { path, owner, user });
  }
  const privateKey = parsePrivateKey(pem, path);
  const kind = kindOf(privateKey, path);
  const bits = privateKey.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && bits < RSA_BITS_ADVISED) {
    log('warn', 'host key is short', { path, bits, advised: RSA_BITS_ADVISED });
  }
  const publicKeyDer = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const identity = createHash('sha256').update(publicKeyDer).digest();
  return { kind, privateKey, publicKeyDer, identity };
};

/** A file, and who wants to use it: user ids and mode as `stat` has them. */
export type KeyFile = {
  readonly path: string;
  readonly mode: number;
  readonly owner: number;
  readonly user: number;
};

/**
 * Why a key is not used, as a sentence for the operator; undefined: nothing is wrong. As for ssh,
 * nobody but its owner may do anything with the file: a key that others can read is theirs too.
 * The owner is we ourselves or root, unless we are root.
 */
export const exposureOf = ({ path, mode, owner, user }: KeyFile): string | undefined => {
  if ((mode & BY_OTHERS) !== 0) {
    const octal = (mode & PERMISSIONS).toString(8).padStart(4, '0');
    return `The host key ${path} is open to others (mode ${octal}): chmod 600 it.`;
  }
  return owner === user || owner === ROOT || user === ROOT
    ? undefined
    : `The host key ${path} belongs to user ${owner}, and this is user ${user}: chown it.`;
};

/**
 * A token that only whoever can read the host key knows, the same at every start: 32 characters of
 * base64url (HKDF-SHA-256, RFC 5869). It says nothing of the key.
 */
export const inspectorToken = ({ privateKey }: Pick<HostKey, 'privateKey'>): string => {
  const key = privateKey.export({ type: 'pkcs8', format: 'der' });
  return Buffer.from(hkdfSync('sha256', key, '', TOKEN_PURPOSE, TOKEN_BYTES)).toString('base64url');
};

/**
 * Makes a host key and writes it to `path`: PEM, PKCS#8, mode 0600, atomically; parent folders are
 * made. RSA keys have 4,096 bits.
 *
 * @throws HostKeyError when a file is there already and `force` is not set, or when it cannot be
 * written.
 */
export const generateHostKey = (
  kind: HostKeyKind,
  path: string,
  { force = false }: { readonly force?: boolean } = {},
): void => {
  if (!force && existsSync(path)) {
    throw new HostKeyError(`The host key ${path} exists already and is not replaced.`);
  }
  const pem = makePrivateKey(kind).export({ type: 'pkcs8', format: 'pem' });
  try {
    writeAtomicallySync(path, pem.toString());
  } catch (error) {
    throw new HostKeyError(`The host key ${path} cannot be written: ${describeFailure(error)}.`, {
      cause: error,
    });
  }
};

const makePrivateKey = (kind: HostKeyKind): KeyObject => {
  switch (kind) {
    case 'ed25519':
      return generateKeyPairSync('ed25519').privateKey;
    case 'p256':
      return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
    case 'rsa':
      return generateKeyPairSync('rsa', { modulusLength: RSA_BITS }).privateKey;
  }
};

const readKeyFile = (
  path: string,
): { readonly pem: string; readonly mode: number; readonly owner: number } => {
  try {
    const { content, mode, owner } = readBoundedFile(path, KEY_FILE_BYTES_MAX);
    return { pem: content.toString('utf8'), mode, owner };
  } catch (error) {
    throw new HostKeyError(`The host key ${path} cannot be read: ${describeFailure(error)}.`, {
      cause: error,
    });
  }
};

const parsePrivateKey = (pem: string, path: string): KeyObject => {
  if (/BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(pem)) {
    throw new HostKeyError(
      `The host key ${path} is encrypted; a daemon cannot ask for a password.`,
    );
  }
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new HostKeyError(`The host key ${path} holds no private key in PEM form.`, {
      cause: error,
    });
  }
};

const kindOf = (key: KeyObject, path: string): HostKeyKind => {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa' || type === 'ed25519') return type;
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return 'p256';
  const found = details?.namedCurve ?? type ?? 'unknown';
  throw new HostKeyError(
    `The host key ${path} is of kind ${found}; RSA, Ed25519 and P-256 are supported.`,
  );
};
