/**
 * Who is at the other end of a TLS connection, by the certificates that it showed: a leaf whose key
 * it has, signed by a host key, whose public half is in a second certificate. No authority is
 * asked: the host key itself is the identity (p2p protocol page, "Handshake", 4).
 */
import { createHash, type KeyObject, type X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** The subject of every leaf: nothing else that a host key may have signed passes for one. */
export const LEAF_SUBJECT = 'CN=hearsay/1 link';

/** What a certificate proves, or why it proves nothing. */
export type Proven =
  | { readonly ok: true; readonly identity: Buffer }
  | { readonly ok: false; readonly reason: string };

const nothing = (reason: string): Proven => ({ ok: false, reason });

/** SHA-256 of a public key as DER SubjectPublicKeyInfo: 32 B. */
export const identityOfKey = (key: KeyObject): Buffer =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();

/** RSA, Ed25519 or P-256, as a host key may be; a leaf is one of the last two. */
const kindOf = ({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject) => {
  if (type === 'rsa' || type === 'ed25519') return type;
  return type === 'ec' && details?.namedCurve === 'prime256v1' ? 'p256' : undefined;
};

/** The identity that the peer of a finished TLS handshake has proven, at `nowMs` since 1970. */
export const provenIdentity = (tls: TLSSocket, nowMs: number): Proven => {
  if (tls.getProtocol() !== 'TLSv1.3') return nothing('not TLS 1.3');
  // In a resumed session no certificate is shown; ours are none that could be resumed.
  if (tls.isSessionReused()) return nothing('a resumed session proves nothing');
  return identityOfChain(tls.getPeerX509Certificate(), nowMs);
};

/** The same, of a leaf that is known to be the peer's and brings its issuer along. */
export const identityOfChain = (leaf: X509Certificate | undefined, nowMs: number): Proven => {
  const host = leaf?.issuerCertificate;
  if (leaf === undefined) return nothing('it shows no certificate');
  if (host === undefined) return nothing('its certificate comes without that of its host key');
  if (leaf.subject !== LEAF_SUBJECT) return nothing('its certificate is not for links');
  const leafKind = kindOf(leaf.publicKey);
  if (leafKind === undefined || leafKind === 'rsa') {
    return nothing('the key of its certificate is neither P-256 nor Ed25519');
  }
  const hostKey = host.publicKey;
  if (kindOf(hostKey) === undefined) return nothing('its host key is of a kind that none may be');
  if (!leaf.verify(hostKey)) return nothing('its certificate is not signed by its host key');
  const [fromMs, toMs] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
  // Written so that a time that cannot be read is no time at which it is valid.
  if (!(fromMs <= nowMs)) return nothing(`its certificate is not valid before ${leaf.validFrom}`);
  if (!(nowMs <= toMs)) return nothing(`its certificate was valid until ${leaf.validTo}`);
  return { ok: true, identity: identityOfKey(hostKey) };
};
