import type { Socket } from 'node:net';
import { connect, TLSSocket, type SecureContext } from 'node:tls';
import type { SecurityRole } from '../runtime/ports.js';
import { describeFailure, failureCode } from './failure.js';
import { provenIdentity } from './peer-certificate.js';

/** What an end brings to TLS. */
export type LinkSecurity = {
  /** Our present certificate and its key. */
  context(): SecureContext;
  /** Milliseconds since 1970, for the time in which a certificate is valid. */
  wallMs(): number;
};

/** What came of it: exactly one of the two is told, unless the socket closes first. */
export type SecurityOwner = {
  /** What the peer's certificate proves, 32 B. */
  secured(identity: Buffer): void;
  unsecured(reason: string): void;
};

/** First byte of a TLS record that a client begins with. No frame begins so: it would be 369 MB. */
const TLS_HANDSHAKE = 0x16;
/** A failure of TLS, not of the network below it: codes of Node's errors. */
const TLS_FAILURE = /^(ERR_SSL_|ERR_TLS_|EPROTO$)/;

/** True for the first bytes of a TLS client. */
export const beginsTls = (bytes: Buffer): boolean => bytes[0] === TLS_HANDSHAKE;

/**
 * Begins TLS 1.3 on a connected socket, of which nobody else may read or write any more. `early` is
 * what has been read of it already and belongs to TLS. The socket that is returned may be written
 * to once `secured` or `unsecured` has been told; destroying it destroys the one below.
 */
export const beginTls = (
  socket: Socket,
  early: Buffer,
  role: SecurityRole,
  { context, wallMs }: LinkSecurity,
  owner: SecurityOwner,
): TLSSocket => {
  socket.pause();
  if (early.length > 0) socket.unshift(early);
  const secureContext = context();
  // Whoever has proven its work may speak TLS with us; who it is we judge ourselves, by a
  // certificate that no authority has signed.
  const tls =
    role === 'server'
      ? new TLSSocket(socket, {
          isServer: true,
          secureContext,
          requestCert: true,
          rejectUnauthorized: false,
        })
      : connect({ socket, secureContext, rejectUnauthorized: false });
  // A TLSSocket that no tls.Server made keeps its later errors to itself, and would live on.
  tls.on('_tlsError', (error: Error) => tls.destroy(error));
  const fail = (error: Error): void => {
    const isTls = TLS_FAILURE.test(failureCode(error) ?? '');
    if (isTls) owner.unsecured(`TLS failed: ${describeFailure(error)}`);
  };
  tls.once('error', fail);
  tls.once(role === 'server' ? 'secure' : 'secureConnect', () => {
    tls.off('error', fail);
    const proven = provenIdentity(tls, wallMs());
    if (proven.ok) owner.secured(proven.identity);
    else owner.unsecured(proven.reason);
  });
  return tls;
};
