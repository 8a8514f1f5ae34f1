/** What strangers owe: proofs with either hash, each good for one connection and once. */
import { mergeSections } from '../../../src/cli/lab-config.js';
import { ERROR_CODES, type Challenge } from '../../../src/wire/messages.js';
import { newHost } from '../../contract/test-security.js';
import { startDaemon, stopAll, type Daemon } from '../harness/daemon.js';
import { openListener } from '../harness/modules.js';
import { joining, network, QUICK, untilMetrics, untilTuned } from '../harness/network.js';
import {
  callDaemon,
  findNonce,
  meetDaemon,
  verifyWith,
  type RawPeer,
} from '../harness/raw-peer.js';

const TYPE = 5;
/** So hard that a wrong nonce is never right by luck, and still found in a moment. */
const DIFFICULTY = 14;

const withHash = (hash: string) =>
  mergeSections(QUICK, { gossip: { hash, difficulty: DIFFICULTY } });

const expectBadProof = async (peer: RawPeer): Promise<void> => {
  expect((await peer.next('ERROR')).code).toBe(ERROR_CODES.badProof);
  await peer.closed();
};

describe.each(['sha256', 'blake3'])('a network that asks for work with %s', (hash) => {
  afterEach(stopAll);

  it('is one: strangers prove themselves in both directions, items flow', async () => {
    const daemons = await network(3, withHash(hash));
    const listeners = await Promise.all(daemons.map((daemon) => openListener(daemon, TYPE)));
    await untilTuned(daemons);
    await listeners[0]?.client.announce(TYPE, 'paid for');
    await Promise.all(listeners.slice(1).map(({ hears }) => hears('paid for')));
  });
});

describe('daemons with different hashes', () => {
  afterEach(stopAll);

  it('do not link, whoever calls, and say why', async () => {
    const [fast, other] = await Promise.all([
      startDaemon({ config: withHash('sha256') }),
      startDaemon({ config: withHash('blake3') }),
    ]);
    const [fastCaller, otherCaller] = await Promise.all([
      startDaemon({ config: mergeSections(withHash('sha256'), joining([other])) }),
      startDaemon({ config: mergeSections(withHash('blake3'), joining([fast])) }),
    ]);
    await fastCaller.waitForLog(/peer mistrusted .*wants proofs with BLAKE3, which we do not/);
    await otherCaller.waitForLog(/peer mistrusted .*wants proofs with SHA-256, which we do not/);
    for (const daemon of [fast, other]) await untilMetrics(daemon, { links_active: 0 });
  });
});

describe('a daemon whose half-open slots are crowded', () => {
  afterEach(stopAll);

  it('asks for more bit by bit, of newcomers only, and for less when they have gone', async () => {
    const daemon = await startDaemon({
      config: mergeSections(QUICK, {
        gossip: {
          difficulty: 8,
          difficulty_max: 10,
          difficulty_interval: 0.3,
          half_open_max: 6,
        },
      }),
    });
    const call = async (): Promise<[RawPeer, Challenge]> => {
      const peer = await callDaemon(daemon);
      return [peer, await peer.next('CHALLENGE')];
    };
    const crowd = [await call(), await call(), await call(), await call()];
    expect(crowd.map(([, { difficulty }]) => difficulty)).toEqual([8, 8, 8, 8]);
    await untilMetrics(daemon, { difficulty: 10 });
    await daemon.waitForLog(/info .*difficulty changed .*bits=9 .*before=8/);
    await daemon.waitForLog(/info .*difficulty changed .*bits=10 .*before=9/);

    const [late, dear] = await call();
    expect(dear.difficulty).toBe(10);
    late.send(verifyWith(late, findNonce(late, { ...dear, difficulty: 10 })));
    await late.next('OK');
    // What a CHALLENGE asked for holds, though newcomers owe more.
    const [[early, cheap] = await call()] = crowd;
    early.send(verifyWith(early, findNonce(early, cheap)));
    await early.next('OK');

    for (const [peer] of [...crowd, [late]]) peer?.close();
    await untilMetrics(daemon, { half_open: 0, difficulty: 8 });
    const metrics = await daemon.metrics();
    expect(metrics.get('difficulty_changes_total{direction="up"}')).toBe(2);
    expect(metrics.get('difficulty_changes_total{direction="down"}')).toBe(2);
    expect((await call())[1].difficulty).toBe(8);
  });
});

describe.each(['sha256', 'blake3'])('a proof with %s', (hash) => {
  let daemon: Daemon;
  beforeAll(async () => {
    daemon = await startDaemon({ config: withHash(hash) });
  });
  afterAll(stopAll);
  afterEach(() => untilMetrics(daemon, { peer_connections: 0, half_open: 0, links_active: 0 }));

  const call = async (): Promise<[RawPeer, Challenge]> => {
    const peer = await callDaemon(daemon);
    return [peer, await peer.next('CHALLENGE')];
  };

  it('lets a caller in', async () => {
    const peer = await meetDaemon(daemon);
    await untilMetrics(daemon, { peer_connections: 1, half_open: 0 });
    peer.close();
  });

  it('is refused when it was made with the other hash', async () => {
    const [peer, challenge] = await call();
    peer.send(verifyWith(peer, findNonce(peer, { ...challenge, blake3: !challenge.blake3 })));
    await expectBadProof(peer);
  });

  it('is refused when its challenge was that of a connection before', async () => {
    const [before, old] = await call();
    const host = await newHost();
    const peer = await callDaemon(daemon, host);
    const challenge = await peer.next('CHALLENGE');
    // All that can be computed before a connection exists: an answer to some earlier challenge.
    peer.send(verifyWith(peer, findNonce(peer, old)));
    await expectBadProof(peer);
    expect(challenge.challenge).not.toEqual(old.challenge);
    before.close();
  });

  it('is refused on a second connection, while the first is still open', async () => {
    const [first, challenge] = await call();
    const verify = verifyWith(first, findNonce(first, challenge));
    const [second] = await call();
    first.send(verify);
    await first.next('OK');
    second.send(verify);
    await expectBadProof(second);
    first.close();
  });

  it('is good once: the same VERIFY again ends the connection', async () => {
    const [peer, challenge] = await call();
    const verify = verifyWith(peer, findNonce(peer, challenge));
    peer.send(verify);
    await peer.next('OK');
    peer.send(verify);
    await peer.closed();
  });

  it('is refused when somebody else has done the work for another commitment', async () => {
    const [worker, challenge] = await call();
    const nonce = findNonce(worker, challenge);
    const host = await newHost();
    worker.identity = host.identity;
    worker.send(verifyWith(worker, nonce));
    await expectBadProof(worker);
  });

  it('cannot be computed ahead: no challenge and no commitment ever comes twice', async () => {
    const seen = new Set<string>();
    for (let round = 0; round < 60; round += 1) {
      const [peer, { challenge, commitment }] = await call();
      seen.add(challenge.toString('hex')).add(commitment.toString('hex'));
      peer.close();
    }
    expect(seen.size).toBe(120);
  });
});
