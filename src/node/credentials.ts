import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { ClockPort, LogPort } from '../runtime/ports.js';
import { describeFailure } from './failure.js';
import type { HostKey } from './host-key.js';
import { makeLinkCertificate, type LinkCertificate } from './link-certificate.js';
import type { LinkSecurity } from './tls-link.js';

/** What certificates are made from and for. */
export type CredentialsOptions = {
  readonly hostKey: HostKey;
  /** How long a certificate is valid (`certificate_lifetime`). */
  readonly lifetimeMs: number;
  readonly clock: ClockPort;
  readonly log: LogPort;
};

/** Our certificate for links, renewed for as long as the daemon runs. */
export type Credentials = LinkSecurity & { close(): Promise<void> };

/**
 * How often the wall clock is looked at: a host that slept, or whose clock was set, notices within
 * this time. Our guess.
 */
const LOOK_MS_MAX = 60_000;

/**
 * Makes a certificate, and a new one with a new key whenever half of its life is over. It is valid
 * from half a life before it was made, so that hosts get along whose clocks differ by that much.
 * While no new one can be made the old one stays, which is logged.
 *
 * @throws Error when the first cannot be made.
 */
export const openCredentials = async ({
  hostKey,
  lifetimeMs,
  clock,
  log,
}: CredentialsOptions): Promise<Credentials> => {
  let madeMs = clock.wallMs();
  let making: Promise<void> | undefined;
  let context: SecureContext;
  let closed = false;
  let timer: unknown;

  const make = async (): Promise<void> => {
    const nowMs = clock.wallMs();
    const made = await makeLinkCertificate({
      kind: hostKey.kind,
      privateKey: hostKey.privateKey,
      notBeforeMs: nowMs - lifetimeMs / 2,
      notAfterMs: nowMs + lifetimeMs,
    });
    context = secureContextOf(made);
    madeMs = nowMs;
  };
  const renew = async (): Promise<void> => {
    try {
      await make();
      log('info', 'certificate renewed', { validSeconds: lifetimeMs / 1_000 });
    } catch (error) {
      log('error', 'certificate not renewed', { reason: describeFailure(error) });
    }
  };
  const look = async (): Promise<void> => {
    // A clock that was put back takes the certificate out of its time too.
    const ageMs = Math.abs(clock.wallMs() - madeMs);
    if (ageMs >= lifetimeMs / 2) await (making = renew());
    if (!closed) timer = clock.setTimeout(() => void look(), Math.min(LOOK_MS_MAX, lifetimeMs / 8));
  };

  await make();
  await look();
  return {
    context: () => context,
    wallMs: () => clock.wallMs(),
    close: async () => {
      closed = true;
      clock.clearTimeout(timer);
      await making;
    },
  };
};

/** Nothing but TLS 1.3, and no session that could be taken up again without a certificate. */
export const secureContextOf = ({ key, chain }: LinkCertificate): SecureContext =>
  createSecureContext({
    key,
    cert: chain,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
