/** Peers that do not begin TLS as they should, byte by byte. */
import { connect as connectTls, createSecureContext, type TLSSocket } from 'node:tls';
import { once } from 'node:events';
import { secureContextOf } from '../../../src/node/credentials.js';
import { listenPeers, type PeersLimits } from '../../../src/node/peers.js';
import type { Ok, Ping } from '../../../src/wire/messages.js';
import { encodePeer } from '../../../src/wire/peer-codec.js';
import { PeersRecorder } from '../../contract/peers-recorder.js';
import { RawSocket } from '../../contract/raw-socket.js';
import { newHost, partsOf, type TestHost } from '../../contract/test-security.js';
import { flood } from './flood.js';

const ping: Ping = { type: 'PING', echo: Buffer.from('12345678') };
const okay: Ok = { type: 'OK', nonce: undefined };

describe('a link that is to be secured', () => {
  let hosts: readonly [TestHost, TestHost];
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    hosts = await Promise.all([newHost(), newHost()]);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  const open = async (limits: Partial<PeersLimits> = {}) => {
    const told = new PeersRecorder();
    const options = { address: { host: '127.0.0.1', port: 0 }, security: hosts[0], ...limits };
    const peers = await listenPeers(options, told, () => undefined);
    closing.push(() => peers.close());
    return { ...peers, told };
  };
  /** Ours is the server, and waits for TLS. */
  const securing = async () => {
    const peers = await open();
    const client = await RawSocket.open(peers.address);
    closing.push(() => client.destroy());
    await peers.told.first('opened');
    peers.port.secure(101, 'server');
    return { ...peers, client };
  };
  const beginTls = async (
    { socket }: RawSocket,
    secureContext = secureContextOf(hosts[1].certificate),
  ): Promise<TLSSocket> => {
    const tls = connectTls({ socket, secureContext, rejectUnauthorized: false });
    tls.on('error', () => undefined);
    tls.resume();
    await new Promise((resolve) => tls.once('secureConnect', resolve).once('close', resolve));
    return tls;
  };

  it('is secured by a client of Node itself, of TLS 1.3', async () => {
    const { client, told } = await securing();
    const tls = await beginTls(client);
    expect(tls.getProtocol()).toBe('TLSv1.3');
    expect((await told.first('secured')).identity).toEqual(hosts[1].identity);
    tls.write(encodePeer(ping));
    await told.first('received');
    expect(told.messages).toEqual([ping]);
  });

  it('takes frames that come with the last flight of TLS, in one piece', async () => {
    const { client, told } = await securing();
    const tls = connectTls({
      socket: client.socket,
      secureContext: secureContextOf(hosts[1].certificate),
      rejectUnauthorized: false,
    });
    tls.write(Buffer.concat([encodePeer(ping), encodePeer(ping)]));
    await told.until(() => told.messages.length === 2);
    expect(told.events.map(({ type }) => type)).toEqual(['opened', 'secured', 'received']);
  });

  it('lets nothing that was slipped in before TLS stand before what TLS brings', async () => {
    const { client, told, port } = await securing();
    // A frame and the beginning of another, as somebody on the wire would add them to the bytes of
    // an honest caller.
    client.write(Buffer.concat([encodePeer(ping), encodePeer(ping).subarray(0, 8)]));
    await told.first('received');
    const beginning = beginTls(client);
    await told.until(() => told.all('secured').length + told.all('malformed').length > 0);
    port.close(101);
    await told.first('closed');
    expect((await beginning).destroyed).toBe(true);
    expect(told.all('secured')).toEqual([]);
  });

  it.each([
    [
      'no certificate',
      () => createSecureContext({ minVersion: 'TLSv1.3' }),
      /shows no certificate/,
    ],
    [
      'the host certificate of another',
      () => {
        const [leaf = ''] = partsOf(hosts[1].certificate);
        const [, stolen = ''] = partsOf(hosts[0].certificate);
        const { key } = hosts[1].certificate;
        return secureContextOf({ key, chain: `${leaf}\n${stolen}` });
      },
      /not signed by its host key/,
    ],
    [
      'a leaf alone',
      () => {
        const [leaf = ''] = partsOf(hosts[1].certificate);
        return secureContextOf({ key: hosts[1].certificate.key, chain: leaf });
      },
      /comes without that of its host key/,
    ],
  ])(
    'is not secured by a caller with %s, who is told so within TLS',
    async (_, context, reason) => {
      const { client, told, port } = await securing();
      const tls = connectTls({
        socket: client.socket,
        secureContext: context(),
        rejectUnauthorized: false,
      });
      const heard: Buffer[] = [];
      tls.on('data', (chunk: Buffer) => heard.push(chunk));
      tls.write(encodePeer(ping));
      expect((await told.first('unsecured')).reason).toMatch(reason);
      port.send([101], { type: 'ERROR', code: 10, text: 'who are you?' });
      port.close(101);
      await once(tls, 'end');
      tls.end();
      await told.first('closed');
      expect(Buffer.concat(heard).toString('latin1')).toContain('who are you?');
      expect(told.messages).toEqual([]);
    },
  );

  it('is not secured by TLS 1.2', async () => {
    const { client, told } = await securing();
    const { key, chain } = hosts[1].certificate;
    await beginTls(client, createSecureContext({ key, cert: chain, maxVersion: 'TLSv1.2' }));
    expect((await told.first('unsecured')).reason).toMatch(/^TLS failed: /);
    expect((await told.first('closed')).reason).toMatch(/^TLS failed: /);
  });

  it('gives a session to nobody who could come back without a certificate', async () => {
    const { client, told } = await securing();
    const tls = connectTls({
      socket: client.socket,
      secureContext: secureContextOf(hosts[1].certificate),
      rejectUnauthorized: false,
    });
    let session: Buffer | undefined;
    tls.on('session', (ticket: Buffer) => (session = ticket));
    await told.first('secured');
    const again = await securing();
    const resumed = connectTls({
      socket: again.client.socket,
      // Without a certificate of its own: only the old session could speak for it.
      secureContext: createSecureContext({ minVersion: 'TLSv1.3' }),
      rejectUnauthorized: false,
      ...(session && { session }),
    });
    resumed.on('error', () => undefined);
    expect((await again.told.first('unsecured')).reason).toMatch(/shows no certificate/);
  });

  it('ends when a record is changed on its way, at either end', async () => {
    const { client, told } = await securing();
    const tls = await beginTls(client);
    await told.first('secured');
    // A record of the right form that no key of this connection has made.
    const forged = Buffer.concat([Buffer.from('1703030020', 'hex'), Buffer.alloc(32, 7)]);
    client.socket.write(forged);
    expect((await told.first('closed')).reason).toMatch(/bad record mac|decryption failed/i);
    expect(told.messages).toEqual([]);
    tls.destroy();
  });

  it('hands to TLS what comes behind OK, and reads none of it as frames', async () => {
    const server = await open();
    const peers = await open();
    peers.port.dial(1, server.address);
    await Promise.all([peers.told.first('connected'), server.told.first('opened')]);
    peers.told.onReceived = () => peers.port.secure(1, 'client');
    // Both in one write: the listener speaks in the clear where TLS is due.
    server.port.send([101], okay);
    server.port.send([101], ping);
    expect((await peers.told.first('unsecured')).reason).toMatch(/^TLS failed: /);
    expect(peers.told.messages).toEqual([okay]);
  });

  it('keeps no more than one read of what comes behind OK while nobody asks for TLS', async () => {
    const server = await open({ stallTimeoutMs: 300 });
    const peers = await open();
    peers.port.dial(1, server.address);
    await Promise.all([peers.told.first('connected'), server.told.first('opened')]);
    server.port.send([101], okay);
    await peers.told.first('received');
    flood(server.port, 101);
    // The buffers of the system fill up, and then nobody takes what the sender still has.
    const { told } = server;
    await told.until(() => told.all('closed').length + told.all('drained').length > 0);
    expect(told.all('drained')).toEqual([]);
    expect(peers.told.messages).toEqual([okay]);
  });

  it('leaves no socket behind, whichever end goes first', async () => {
    const sockets = (): number =>
      process.getActiveResourcesInfo().filter((name) => /^T(CPSocket|LS)Wrap$/.test(name)).length;
    const before = sockets();
    const first = await securing();
    const theirs = await beginTls(first.client);
    theirs.once('end', () => theirs.end());
    await first.told.first('secured');
    expect(sockets()).toBeGreaterThan(before);
    first.port.close(101);
    await first.told.first('closed');

    const second = await securing();
    const other = await beginTls(second.client);
    await second.told.first('secured');
    other.destroy();
    await second.told.first('closed');
    await Promise.all([first, second].map(({ client }) => client.destroy()));
    expect(sockets()).toBe(before);
  });

  it('is closed, and not asked to speak TLS, where there is no certificate', async () => {
    const told = new PeersRecorder();
    const address = { host: '127.0.0.1', port: 0 };
    const peers = await listenPeers({ address }, told, () => undefined);
    closing.push(() => peers.close());
    const client = await RawSocket.open(peers.address);
    closing.push(() => client.destroy());
    await told.first('opened');
    peers.port.secure(101, 'server');
    expect((await told.first('closed')).reason).toBe('there is no certificate for TLS');
  });
});
