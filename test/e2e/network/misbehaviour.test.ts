/** A peer that misbehaves again and again is put aside, over a restart, until it is forgiven. */
import type { NeighborWord } from '../../../src/wire/messages.js';
import { mergeSections } from '../../../src/cli/lab-config.js';
import { newHost, type TestHost } from '../../contract/test-security.js';
import { startDaemon, stopAll, type Daemon } from '../harness/daemon.js';
import { QUICK } from '../harness/network.js';
import { callDaemon, proveHonestly, type RawPeer } from '../harness/raw-peer.js';
import { command, inspectorOf } from '../inspector/http.js';

const config = mergeSections(QUICK, {
  inspector: { address: '127.0.0.1:0', control: true },
});

/** Calls as this host and asks to be a neighbor. */
const join = async (
  daemon: Daemon,
  host: TestHost,
): Promise<{ readonly peer: RawPeer; readonly word: NeighborWord }> => {
  const peer = await callDaemon(daemon, host);
  peer.send(await proveHonestly(peer));
  await peer.next('HELLO');
  peer.send({ type: 'NEIGHBOR', word: 'high' });
  return { peer, word: (await peer.next('NEIGHBOR')).word };
};

/** Becomes a link, and says what it must not. */
const misbehave = async (daemon: Daemon, host: TestHost): Promise<void> => {
  const { peer, word } = await join(daemon, host);
  expect(word).toBe('accept');
  peer.send({ type: 'OK', nonce: undefined });
  await peer.next('ERROR');
  await peer.closed();
};

const wordFor = async (daemon: Daemon, host: TestHost): Promise<NeighborWord> => {
  const { peer, word } = await join(daemon, host);
  peer.close();
  return word;
};

describe('a peer that misbehaves', () => {
  afterEach(stopAll);

  it('is put aside at the third time, and no other is', async () => {
    const daemon = await startDaemon({ config });
    const [bad, good] = [await newHost(), await newHost()];
    for (let times = 1; times <= 3; times += 1) await misbehave(daemon, bad);
    const metrics = await daemon.metrics();
    expect(metrics.get('offences_total{offence="protocol error"}')).toBe(3);
    expect(metrics.get('peers_put_aside_total')).toBe(1);
    await daemon.waitForLog(/peer put aside .*reason="protocol error"/);
    expect([await wordFor(daemon, bad), await wordFor(daemon, good)]).toEqual(['refuse', 'accept']);
  });

  it('is still so after a restart, until somebody forgives it', async () => {
    const daemon = await startDaemon({ config });
    const bad = await newHost();
    for (let times = 1; times <= 3; times += 1) await misbehave(daemon, bad);
    await daemon.restart();
    expect(await wordFor(daemon, bad)).toBe('refuse');
    const forgive = {
      do: 'forgive',
      daemon: daemon.identity.slice(0, 8),
      identity: bad.identity.toString('hex'),
    };
    const url = await inspectorOf(daemon);
    expect((await command(url, forgive)).status).toBe(200);
    expect((await command(url, forgive)).status).toBe(404);
    expect(await wordFor(daemon, bad)).toBe('accept');
  });
});
