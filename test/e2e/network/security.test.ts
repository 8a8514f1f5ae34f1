/** Who links are made with: nobody who does not prove to be who it says it is. */
import { createSecureContext, type SecureContext } from 'node:tls';
import { join } from 'node:path';
import { mergeSections } from '../../../src/cli/lab-config.js';
import { secureContextOf } from '../../../src/node/credentials.js';
import { generateHostKey, HOST_KEY_KINDS } from '../../../src/node/host-key.js';
import { ERROR_CODES, type ErrorName } from '../../../src/wire/messages.js';
import { newHost, partsOf, type TestHost } from '../../contract/test-security.js';
import { temporaryFolder } from '../harness/cleanup.js';
import { startDaemon, stopAll, type Daemon } from '../harness/daemon.js';
import { openListener } from '../harness/modules.js';
import { joining, QUICK, untilMeshed, untilMetrics, untilTuned } from '../harness/network.js';
import { acceptCall, challengeOf, listenAsPeer } from '../harness/raw-listener.js';
import { callDaemon, proveWork, type RawPeer } from '../harness/raw-peer.js';
import { tapDaemon } from '../harness/tap.js';

const TYPE = 5;
/** Where the flags of a CHALLENGE are, header included (docs/PROTOCOL.md). */
const FLAGS_LOW_BYTE = 11;
const TLS_FLAG = 1;

const expectError = async (peer: RawPeer, error: ErrorName): Promise<void> => {
  const { code } = await peer.next('ERROR');
  expect(code).toBe(ERROR_CODES[error]);
  await peer.closed();
};

/** The leaf of one host, with its key, before the host certificate of another. */
const mixed = (own: TestHost, stolenFrom: TestHost): SecureContext => {
  const [[leaf = ''], [, host = '']] = [own, stolenFrom].map(({ certificate }) =>
    partsOf(certificate),
  ) as [string[], string[]];
  return secureContextOf({ key: own.certificate.key, chain: `${leaf}\n${host}` });
};

/** The same leaf with the last bit of its signature changed. */
const tampered = ({ certificate }: TestHost): SecureContext => {
  const [leaf = '', host = ''] = partsOf(certificate);
  const der = Buffer.from(leaf.replace(/-----[^-]+-----/g, ''), 'base64');
  der.writeUInt8(der.readUInt8(der.length - 1) ^ 1, der.length - 1);
  const body = der.toString('base64').replace(/.{64}/g, '$&\n');
  const bent = `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`;
  return secureContextOf({ key: certificate.key, chain: `${bent}\n${host}` });
};

describe('daemons with host keys of every kind', () => {
  afterEach(stopAll);

  it('link with each other, RSA of 4,096 bits as VoidPhone has them included', async () => {
    const daemons: Daemon[] = [];
    for (const kind of HOST_KEY_KINDS) {
      const dir = temporaryFolder();
      const hostkey = join(dir, `${kind}.pem`);
      generateHostKey(kind, hostkey);
      const config = mergeSections({ hostkey }, joining(daemons.slice(0, 1)));
      daemons.push(await startDaemon({ dir, config }));
    }
    await untilMeshed(daemons);
    const listeners = await Promise.all(daemons.map((daemon) => openListener(daemon, TYPE)));
    await untilTuned(daemons);
    for (const [at, { client }] of listeners.entries()) await client.announce(TYPE, `from ${at}`);
    for (const [at, { hears }] of listeners.entries()) {
      const others = [0, 1, 2].filter((other) => other !== at);
      await Promise.all(others.map((other) => hears(`from ${other}`)));
    }
  });
});

describe('a daemon', () => {
  let daemon: Daemon;
  let honest: TestHost;
  beforeAll(async () => {
    daemon = await startDaemon({ config: QUICK });
    honest = await newHost();
  });
  afterAll(stopAll);

  const CALLERS: readonly (readonly [string, RegExp, (own: TestHost) => SecureContext])[] = [
    [
      'whose certificate is vouched for by somebody else',
      /not signed by its host key/,
      (own) => mixed(own, honest),
    ],
    ['whose certificate was tampered with', /not signed by its host key/, tampered],
    [
      'who shows no certificate',
      /shows no certificate/,
      () => createSecureContext({ minVersion: 'TLSv1.3' }),
    ],
    [
      'who shows a certificate without that of its host key',
      /without that of its host key/,
      ({ certificate }) =>
        secureContextOf({ key: certificate.key, chain: partsOf(certificate)[0] ?? '' }),
    ],
  ];
  it.each(CALLERS)('tells a caller %s that it is mistrusted', async (_, reason, contextOf) => {
    const own = await newHost();
    const peer = await callDaemon(daemon, own);
    const hello = await proveWork(peer);
    await peer.secure({ context: contextOf(own) });
    peer.send(hello);
    await expectError(peer, 'identityMismatch');
    await daemon.waitForLog((line) => /warn {2}peer mistrusted/.test(line) && reason.test(line));
    await untilMetrics(daemon, { links_active: 0, peer_connections: 0, half_open: 0 });
  });

  it('does not take a caller for somebody whom it has paid and spoken for', async () => {
    const impostor = await newHost();
    const peer = await callDaemon(daemon, impostor);
    peer.identity = honest.identity;
    const hello = await proveWork(peer);
    await peer.secure();
    peer.send(hello);
    await expectError(peer, 'identityMismatch');
    await daemon.waitForLog(/peer mistrusted .*another identity than the certificate proves/);
  });

  it('takes no certificate that is out of its time', async () => {
    const late = await newHost('p256', { untilMs: -1_000 });
    const peer = await callDaemon(daemon, late);
    await proveWork(peer);
    await peer.secure();
    await expectError(peer, 'identityMismatch');
    await daemon.waitForLog(/peer mistrusted .*was valid until/);
  });

  it('says nothing in the clear to a caller that goes on in the clear', async () => {
    const peer = await callDaemon(daemon);
    peer.send(await proveWork(peer));
    await expect(peer.next('HELLO')).rejects.toThrow('ended without HELLO');
    await daemon.waitForLog(/peer mistrusted .*peer\.hello in the clear instead of TLS/);
    await untilMetrics(daemon, { links_active: 0, peer_connections: 0 });
  });

  it('hears why a caller finds fault with it behind OK', async () => {
    const peer = await callDaemon(daemon);
    await proveWork(peer);
    peer.send({ type: 'ERROR', code: ERROR_CODES.badProof, text: 'no proof' });
    await peer.closed();
    await untilMetrics(daemon, { peer_connections: 0 });
  });
});

describe('a daemon that calls', () => {
  afterEach(stopAll);

  it('refuses a listener that wants a link without TLS, and says so', async () => {
    const listener = await listenAsPeer(await newHost());
    const daemon = await startDaemon({
      config: mergeSections(QUICK, { gossip: { known_peers: listener.p2p } }),
    });
    const call = await listener.nextCall();
    call.send(challengeOf(call, { tls: false }));
    await expectError(call, 'invalidRequest');
    await daemon.waitForLog(/peer mistrusted .*wants a link without TLS/);
  });

  it('does not follow a flag that somebody changed on its way', async () => {
    const called = await startDaemon({ config: QUICK });
    const tap = await tapDaemon(called, {
      alterDown: (chunk, at) => {
        const altered = Buffer.from(chunk);
        if (at === 0) {
          altered.writeUInt8(altered.readUInt8(FLAGS_LOW_BYTE) & ~TLS_FLAG, FLAGS_LOW_BYTE);
        }
        return altered;
      },
    });
    const daemon = await startDaemon({
      config: mergeSections(QUICK, { gossip: { known_peers: tap.p2p } }),
    });
    await daemon.waitForLog(/peer mistrusted .*wants a link without TLS/);
    await untilMetrics(daemon, { links_active: 0 });
    await untilMetrics(called, { links_active: 0 });
  });

  it('refuses a listener with the identity of another', async () => {
    const [honest, impostor] = await Promise.all([newHost(), newHost()]);
    const listener = await listenAsPeer(impostor);
    const daemon = await startDaemon({
      config: mergeSections(QUICK, { gossip: { known_peers: listener.p2p } }),
    });
    const first = await listener.nextCall();
    first.identity = honest.identity;
    const hello = await acceptCall(first);
    await first.secure({ role: 'server' });
    first.send(hello);
    await expectError(first, 'identityMismatch');

    const second = await listener.nextCall();
    second.identity = honest.identity;
    await acceptCall(second);
    await second.secure({ role: 'server', context: mixed(impostor, honest) });
    await expectError(second, 'identityMismatch');
    await daemon.waitForLog(/peer mistrusted .*not signed by its host key/);
    await untilMetrics(daemon, { links_active: 0 });
  });

  it('links with an honest listener of this test, so that the others mean something', async () => {
    const listener = await listenAsPeer(await newHost());
    const daemon = await startDaemon({
      config: mergeSections(QUICK, { gossip: { known_peers: listener.p2p } }),
    });
    const call = await listener.nextCall();
    const hello = await acceptCall(call);
    await call.secure({ role: 'server' });
    call.send(hello);
    expect((await call.next('HELLO')).identity.toString('hex')).toBe(daemon.identity);
    await call.next('NEIGHBOR');
    call.send({ type: 'NEIGHBOR', word: 'accept' });
    await untilMetrics(daemon, { links_active: 1 });
  });
});

describe('daemons of a lab without TLS', () => {
  afterEach(stopAll);
  const PLAIN = mergeSections(QUICK, { gossip: { transport: 'plain' } });

  it('say so when they start, and link with each other', async () => {
    const first = await startDaemon({ config: PLAIN });
    const second = await startDaemon({ config: mergeSections(PLAIN, joining([first])) });
    await Promise.all(
      [first, second].map((daemon) => daemon.waitForLog(/warn .*neither encrypted nor/)),
    );
    await untilMeshed([first, second]);
  });

  it('do not link with one that has TLS, whoever calls', async () => {
    const [plain, secure] = await Promise.all([
      startDaemon({ config: PLAIN }),
      startDaemon({ config: QUICK }),
    ]);
    const [plainCaller, secureCaller] = await Promise.all([
      startDaemon({ config: mergeSections(PLAIN, joining([secure])) }),
      startDaemon({ config: joining([plain]) }),
    ]);
    await plainCaller.waitForLog(/peer mistrusted .*wants TLS, which we do not/);
    await secureCaller.waitForLog(/peer mistrusted .*wants a link without TLS/);
    await untilMetrics(plain, { links_active: 0 });
    await untilMetrics(secure, { links_active: 0 });
  });
});

describe('a certificate', () => {
  afterEach(stopAll);

  it('is renewed while links go on, and new ones are made with it', async () => {
    const config = mergeSections(QUICK, { gossip: { certificate_lifetime: 4 } });
    const first = await startDaemon({ config });
    const second = await startDaemon({ config: mergeSections(config, joining([first])) });
    await untilMeshed([first, second]);
    await first.waitForLog(/info {2}certificate renewed/);
    const third = await startDaemon({ config: mergeSections(config, joining([first])) });
    await untilMeshed([first, second, third]);
    const listeners = await Promise.all(
      [first, second, third].map((daemon) => openListener(daemon, TYPE)),
    );
    await untilTuned([first, second, third]);
    await listeners[0]?.client.announce(TYPE, 'still here');
    await Promise.all(listeners.slice(1).map(({ hears }) => hears('still here')));
    // Two that dialled each other at once give up one of their links: that is no loss.
    for (const daemon of [first, second]) {
      expect(daemon.stderr.filter((line) => line.includes('mistrusted'))).toEqual([]);
    }
  });
});
