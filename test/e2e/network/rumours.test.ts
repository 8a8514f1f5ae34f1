import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { newHost } from '../../contract/test-security.js';
import { onStopAll } from '../harness/cleanup.js';
import { startDaemon, stopAll, type Daemon } from '../harness/daemon.js';
import { untilMetrics } from '../harness/network.js';
import { acceptCall, listenAsPeer } from '../harness/raw-listener.js';
import { joinDaemon, type RawPeer } from '../harness/raw-peer.js';
import { IDENTITY_BYTES, type PeerAddress } from '../../../src/wire/messages.js';

/** An address where somebody listens who says nothing, and counts who calls. */
type Doorbell = {
  readonly address: PeerAddress;
  readonly rung: () => number;
  /** Resolves at the first call, past or to come. */
  readonly ring: Promise<void>;
};

const doorbell = async (host = '127.0.0.1'): Promise<Doorbell> => {
  let rung = 0;
  let onRing = (): void => {};
  const ring = new Promise<void>((resolve) => (onRing = resolve));
  const server = createServer((socket) => {
    rung += 1;
    onRing();
    socket.on('error', () => socket.destroy());
    onStopAll(async () => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onStopAll(async () => void server.close());
  const { port } = server.address() as AddressInfo;
  return { address: { family: 4, host, port }, rung: () => rung, ring };
};

/** The end of a PEER_JOIN walk: the daemon learns of a peer, and dials it if it wants links. */
const tellOf = (
  peer: RawPeer,
  address: PeerAddress,
  identity: Buffer = randomBytes(IDENTITY_BYTES),
): void =>
  peer.send({ type: 'PEER_JOIN', peer: { address, identity, ageSeconds: 0 }, hopsLeft: 0 });

const selfCalls = ({ stderr }: Daemon): number =>
  stderr.filter((line) => /connection ended .*direction=outbound .*reason=self/.test(line)).length;

describe('a daemon that is told of a peer', () => {
  afterEach(stopAll);

  it('calls it when it lacks links', async () => {
    const daemon = await startDaemon();
    const { peer } = await joinDaemon(daemon);
    const bell = await doorbell();
    tellOf(peer, bell.address);
    await bell.ring;
    expect(bell.rung()).toBe(1);
  });

  it('calls itself once at most when the peer is itself under another address', async () => {
    const daemon = await startDaemon({
      config: { gossip: { p2p_address: '0.0.0.0:0' }, log: { level: 'debug' } },
    });
    const port = Number(daemon.p2p.slice(daemon.p2p.lastIndexOf(':') + 1));
    const { peer } = await joinDaemon({ p2p: `127.0.0.1:${port}` });
    tellOf(peer, { family: 4, host: '127.0.0.1', port });
    await daemon.waitForLog(/connection ended .*direction=outbound .*reason=self/);
    // Each piece of news is an occasion to dial whatever the address book has.
    const bells = [await doorbell(), await doorbell()];
    for (const { address, ring } of bells) {
      tellOf(peer, address);
      await ring;
    }
    expect(selfCalls(daemon)).toBe(1);
  });
});

describe('a daemon whom a peer greets, and then hangs up on', () => {
  afterEach(stopAll);

  it.each(['told of', 'a contact'])(
    'does not call it again at once when it was %s',
    async (how) => {
      const host = await newHost();
      const listener = await listenAsPeer(host);
      const port = Number(listener.p2p.slice(listener.p2p.lastIndexOf(':') + 1));
      const known = how === 'a contact' ? { known_peers: listener.p2p } : {};
      const daemon = await startDaemon({ config: { gossip: known } });
      const { peer } = await joinDaemon(daemon);
      if (how === 'told of') tellOf(peer, { family: 4, host: '127.0.0.1', port }, host.identity);
      const call = await listener.nextCall();
      const hello = await acceptCall(call);
      await call.secure({ role: 'server' });
      call.send(hello);
      await call.next('NEIGHBOR');
      call.close();
      await daemon.waitForLog(/peer hung up/);
      // Each piece of news is an occasion to dial whoever may be dialled.
      for (const { address, ring } of [await doorbell(), await doorbell(), await doorbell()]) {
        tellOf(peer, address);
        await ring;
      }
      expect(listener.waiting()).toBeLessThanOrEqual(how === 'a contact' ? 1 : 0);
    },
  );
});

describe('a daemon that loses links', () => {
  afterEach(stopAll);

  it('calls back at once who vanished, and not who said that it leaves', async () => {
    const daemon = await startDaemon();
    const [leaverBell, vanisherBell] = [await doorbell(), await doorbell()];
    const leaver = await joinDaemon(daemon, { address: leaverBell.address });
    const vanisher = await joinDaemon(daemon, { address: vanisherBell.address });
    await untilMetrics(daemon, { links_active: 2 });

    leaver.peer.send({ type: 'PEER_LEAVE', reason: 0 });
    await leaver.peer.closed();
    await untilMetrics(daemon, { links_active: 1 });
    vanisher.peer.close();
    await vanisherBell.ring;
    expect(leaverBell.rung()).toBe(0);
  });

  it('lets nobody rest whose address a leaver only claims', async () => {
    const daemon = await startDaemon();
    const bell = await doorbell('127.0.0.2');
    const leaver = await joinDaemon(daemon, { address: bell.address });
    leaver.peer.send({ type: 'PEER_LEAVE', reason: 0 });
    await leaver.peer.closed();
    const { peer } = await joinDaemon(daemon);
    tellOf(peer, bell.address);
    await bell.ring;
    expect(bell.rung()).toBe(1);
  });

  it('tells nobody of who said that it leaves', async () => {
    const daemon = await startDaemon();
    const [leaverBell, stayerBell] = [await doorbell(), await doorbell()];
    const leaver = await joinDaemon(daemon, { address: leaverBell.address });
    await joinDaemon(daemon, { address: stayerBell.address });
    const asker = await joinDaemon(daemon);
    const ports = async (): Promise<number[]> => {
      asker.peer.send({ type: 'PEER_REQUEST', max: 32, sample: [], types: [] });
      const { peers } = await asker.peer.next('PEER_RESPONSE');
      return peers.map(({ address }) => address.port).toSorted();
    };
    const both = [leaverBell, stayerBell].map(({ address }) => address.port).toSorted();
    expect(await ports()).toEqual(both);
    leaver.peer.send({ type: 'PEER_LEAVE', reason: 0 });
    await leaver.peer.closed();
    expect(await ports()).toEqual([stayerBell.address.port]);
  });

  it('drops a peer that no longer answers its PINGs', async () => {
    const daemon = await startDaemon({
      config: { gossip: { ping_interval: 0.2, ping_timeout: 1.5 }, log: { level: 'debug' } },
    });
    const { peer } = await joinDaemon(daemon);
    peer.send({ type: 'PONG', echo: (await peer.next('PING')).echo });
    // The second PING comes because the first was answered; this one is not.
    await peer.next('PING');
    const { text } = await peer.next('ERROR');
    expect(text).toBe('no PONG in time');
    await untilMetrics(daemon, { links_active: 0 });
  });
});
