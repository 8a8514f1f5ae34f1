/**
 * What securing a link costs: TLS 1.3 with a certificate at both ends, each a leaf of P-256 that a
 * host key of each kind has signed, next to certificates of RSA-4096 themselves. Both ends are in
 * this process; prints CPU for the two together, and asserts nothing.
 *
 *     npm run bench:securing -- [ROUNDS]
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { secureContextOf } from '../src/node/credentials.js';
import { HOST_KEY_KINDS, type HostKeyKind } from '../src/node/host-key.js';
import {
  certifyHost,
  makeLinkCertificate,
  type CertificateRequest,
} from '../src/node/link-certificate.js';
import { beginTls } from '../src/node/tls-link.js';
import { quantile } from './network.js';

const ROUNDS = Number(process.argv[2] ?? 60);
const WARM_UP_ROUNDS = 10;
const HOUR_MS = 3_600_000;
const RSA_BITS = 4_096;

const newKey = (kind: HostKeyKind): KeyObject => {
  if (kind === 'ed25519') return generateKeyPairSync('ed25519').privateKey;
  if (kind === 'p256') return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  return generateKeyPairSync('rsa', { modulusLength: RSA_BITS }).privateKey;
};

const requestOf = (kind: HostKeyKind): CertificateRequest => ({
  kind,
  privateKey: newKey(kind),
  notBeforeMs: Date.now() - HOUR_MS,
  notAfterMs: Date.now() + HOUR_MS,
});

const leafBy = async (kind: HostKeyKind): Promise<SecureContext> =>
  secureContextOf(await makeLinkCertificate(requestOf(kind)));

/** The host key itself as the key of the connection. */
const rsaItself = async (): Promise<SecureContext> => {
  const request = requestOf('rsa');
  return createSecureContext({
    key: request.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    cert: await certifyHost(request),
    minVersion: 'TLSv1.3',
  });
};

const server = createServer();
await once(server.listen(0, '127.0.0.1'), 'listening');
const { port } = server.address() as AddressInfo;

/** One TLS handshake, until both ends have looked at the certificate of the other. */
const secure = async (context: SecureContext): Promise<void> => {
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const caller = createConnection(port, '127.0.0.1');
  const [called] = await accepted;
  const ends = [
    [caller, 'client'],
    [called, 'server'],
  ] as const;
  const security = { context: () => context, wallMs: Date.now };
  const links = ends.map(([socket, role]) => {
    let tell = (): void => {};
    const told = new Promise<void>((resolve) => (tell = resolve));
    // What RSA itself proves is nothing to us, but it has been looked at.
    const owner = { secured: tell, unsecured: tell };
    return { tls: beginTls(socket, Buffer.alloc(0), role, security, owner), told };
  });
  await Promise.all(links.map(({ told }) => told));
  for (const { tls } of links) tls.destroy();
};

/** Milliseconds of CPU for both ends, median. */
const costOf = async (context: SecureContext): Promise<number> => {
  const costs: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    const before = process.cpuUsage();
    await secure(context);
    const { user, system } = process.cpuUsage(before);
    if (round >= WARM_UP_ROUNDS) costs.push((user + system) / 1_000);
  }
  return quantile(costs, 0.5);
};

const contexts = [
  ...(await Promise.all(
    HOST_KEY_KINDS.map(
      async (kind) => [`leaf of P-256, host ${kind}`, await leafBy(kind)] as const,
    ),
  )),
  ['RSA-4096 itself', await rsaItself()] as const,
];
for (const [name, context] of contexts) {
  console.log(`${name.padEnd(26)} ${(await costOf(context)).toFixed(2).padStart(6)} ms of CPU`);
}
server.close();
