import { startDaemon, stopAll, type Daemon } from '../harness/daemon.js';
import { openListener } from '../harness/modules.js';
import {
  network,
  QUICK,
  texts,
  untilMeshed,
  untilMetrics,
  untilTuned,
} from '../harness/network.js';
import {
  callDaemon,
  findNonce,
  joinDaemon,
  meetDaemon,
  proveHonestly,
  verifyWith,
  type RawPeer,
} from '../harness/raw-peer.js';
import { mergeSections } from '../../../src/cli/lab-config.js';
import {
  CHALLENGE_BYTES,
  ERROR_CODES,
  type ErrorName,
  type Spread,
} from '../../../src/wire/messages.js';
import { encodePeer } from '../../../src/wire/peer-codec.js';

const TYPE = 5;
/** So hard that a wrong nonce is never right by luck, and still found in a moment. */
const DIFFICULTY = 16;
const HARD = mergeSections(QUICK, {
  // No shuffle of the daemon's own: after one, a PEER_RESPONSE would be no offence.
  gossip: { difficulty: DIFFICULTY, shuffle_interval: 3_600 },
});

const expectRefusal = async (peer: RawPeer, answer: ErrorName | 'nothing'): Promise<void> => {
  if (answer === 'nothing') {
    await expect(peer.next('ERROR')).rejects.toThrow('ended without ERROR');
  } else {
    const { code } = await peer.next('ERROR');
    expect(code).toBe(ERROR_CODES[answer]);
  }
  await peer.closed();
};

describe('three daemons of a network that asks for work', () => {
  afterEach(stopAll);

  it('prove themselves to each other, strangers in both directions', async () => {
    const daemons = await network(3, HARD);
    const listeners = await Promise.all(daemons.map((daemon) => openListener(daemon, TYPE)));
    await untilTuned(daemons);
    await listeners[0]?.client.announce(TYPE, 'paid for');
    await Promise.all(listeners.slice(1).map(({ hears }) => hears('paid for')));
  });

  it('do not link with one that asks for more than they give', async () => {
    const greedy = await startDaemon({
      config: mergeSections(QUICK, { gossip: { difficulty: 12 } }),
    });
    const stingy = await startDaemon({
      config: mergeSections(QUICK, {
        gossip: { difficulty: 8, difficulty_max: 10, bootstrapper: greedy.p2p },
      }),
    });
    await stingy.waitForLog(/contact does not answer .*asks for 12 bits/);
    await untilMetrics(greedy, { links_active: 0 });
  });
});

/** An item that was never announced, as a SPREAD. */
const spread = (data: string): Spread => ({
  type: 'SPREAD',
  ttl: 0,
  dataType: TYPE,
  expiryMs: Date.now() + 60_000,
  salt: Buffer.alloc(8, 1),
  data: Buffer.from(data),
});

/** What the caller is told: behind OK nothing is said in the clear any more, ERROR included. */
type Answer = ErrorName | 'nothing';
type Offence = readonly [string, Answer, (daemon: Daemon) => Promise<RawPeer>];

const OFFENCES: readonly Offence[] = [
  [
    'whose proof is wrong',
    'badProof',
    async (daemon) => {
      const peer = await callDaemon(daemon);
      const challenge = await peer.next('CHALLENGE');
      peer.send(verifyWith(peer, findNonce(peer, challenge, false)));
      return peer;
    },
  ],
  [
    'who repeats the proof of another connection',
    'badProof',
    async (daemon) => {
      const honest = await callDaemon(daemon);
      const nonce = findNonce(honest, await honest.next('CHALLENGE'));
      const peer = await callDaemon(daemon);
      await peer.next('CHALLENGE');
      // The same commitment and nonce; only the challenge of the connection is another.
      peer.send({ ...verifyWith(honest, nonce), type: 'VERIFY' });
      return peer;
    },
  ],
  [
    'who repeats the proof on the same connection',
    'nothing',
    async (daemon) => {
      const peer = await callDaemon(daemon);
      const challenge = await peer.next('CHALLENGE');
      const verify = verifyWith(peer, findNonce(peer, challenge));
      peer.send(verify, verify);
      return peer;
    },
  ],
  [
    'who asks for a harder proof than it gave',
    'difficultyRefused',
    async (daemon) => {
      const peer = await callDaemon(daemon);
      const challenge = await peer.next('CHALLENGE');
      const verify = verifyWith(peer, findNonce(peer, challenge));
      peer.send({ ...verify, difficulty: DIFFICULTY + 1 });
      return peer;
    },
  ],
  [
    'who greets without a proof',
    'protocolViolation',
    async (daemon) => {
      const peer = await callDaemon(daemon);
      peer.send({
        type: 'HELLO',
        identity: peer.identity,
        salt: peer.salt,
        transcript: Buffer.alloc(32),
        address: { family: 4, host: '127.0.0.1', port: 1 },
        features: 0,
        agent: 'in a hurry',
      });
      return peer;
    },
  ],
  [
    'who speaks HTTP',
    'protocolViolation',
    async (daemon) => {
      const peer = await callDaemon(daemon);
      peer.write(Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'));
      return peer;
    },
  ],
  [
    'who sends zeros',
    'protocolViolation',
    async (daemon) => {
      const peer = await callDaemon(daemon);
      peer.write(Buffer.alloc(400));
      return peer;
    },
  ],
  [
    'who sends more than a stranger may',
    'protocolViolation',
    async (daemon) => {
      const peer = await callDaemon(daemon);
      peer.send(spread('x'.repeat(600)));
      return peer;
    },
  ],
  [
    'who plays the listener',
    'protocolViolation',
    async (daemon) => {
      const peer = await callDaemon(daemon);
      peer.send({
        type: 'CHALLENGE',
        version: 1,
        difficulty: 0,
        tls: true,
        blake3: false,
        challenge: Buffer.alloc(CHALLENGE_BYTES),
        commitment: peer.commitment,
      });
      return peer;
    },
  ],
  [
    'whose HELLO shows another identity than it committed to',
    'identityMismatch',
    async (daemon) => {
      const peer = await callDaemon(daemon);
      const hello = await proveHonestly(peer);
      peer.send({ ...hello, identity: Buffer.from(daemon.identity, 'hex') });
      return peer;
    },
  ],
  [
    'whose HELLO tells of another handshake',
    'identityMismatch',
    async (daemon) => {
      const peer = await callDaemon(daemon);
      peer.send({ ...(await proveHonestly(peer)), transcript: Buffer.alloc(32, 1) });
      return peer;
    },
  ],
  [
    'who sends an item before it is a link',
    'protocolViolation',
    async (daemon) => {
      const peer = await meetDaemon(daemon);
      peer.send(spread('too early'));
      return peer;
    },
  ],
  [
    'who answers what nobody asked',
    'protocolViolation',
    async (daemon) => {
      const { peer } = await joinDaemon(daemon);
      peer.send({ type: 'PEER_RESPONSE', peers: [], sharing: 0 });
      return peer;
    },
  ],
  [
    'who greets twice',
    'protocolViolation',
    async (daemon) => {
      const peer = await callDaemon(daemon);
      const hello = await proveHonestly(peer);
      peer.send(hello, hello);
      return peer;
    },
  ],
  [
    'who offers more ids than a HAVE may hold',
    'protocolViolation',
    async (daemon) => {
      const { peer } = await joinDaemon(daemon);
      const frame = encodePeer({ type: 'HAVE', ids: [Buffer.alloc(20)] });
      const tooMany = Buffer.concat([frame, Buffer.alloc(256 * 20)]);
      tooMany.writeUInt32BE(tooMany.length, 0);
      tooMany.writeUInt16BE(257, 8);
      peer.write(tooMany);
      return peer;
    },
  ],
];

describe('a caller', () => {
  let daemons: Daemon[] = [];

  beforeAll(async () => {
    daemons = await network(2, HARD);
  });
  afterAll(stopAll);

  it.each(OFFENCES)('%s is told %s, while honest items flow', async (title, answer, offend) => {
    const [daemon, honest] = daemons;
    if (daemon === undefined || honest === undefined) throw new Error('two');
    const listener = await openListener(daemon, TYPE);
    await untilMetrics(honest, { link_interests: 1 });
    const announcer = await openListener(honest, TYPE + 1);

    await announcer.client.announce(TYPE, `before: ${title}`);
    const offender = await offend(daemon);
    await announcer.client.announce(TYPE, `meanwhile: ${title}`);
    await expectRefusal(offender, answer);
    await announcer.client.announce(TYPE, `after: ${title}`);
    await listener.hears(`after: ${title}`);

    const own = texts(listener).filter((text) => text.endsWith(title));
    expect(own).toEqual(['before', 'meanwhile', 'after'].map((when) => `${when}: ${title}`));
    await untilMeshed(daemons);
    await listener.client.close();
    await announcer.client.close();
    await untilMetrics(honest, { link_interests: 0 });
  });
});

describe('a daemon under callers that never finish', () => {
  afterEach(stopAll);

  it('refuses a caller who gives no proof in time', async () => {
    const daemon = await startDaemon({
      config: { gossip: { difficulty: DIFFICULTY, proof_timeout: 0.3 } },
    });
    const peer = await callDaemon(daemon);
    await peer.next('CHALLENGE');
    await expectRefusal(peer, 'timeout');
    await untilMetrics(daemon, { half_open: 0, peer_connections: 0 });
  });

  it('refuses the ninth half-open connection of a network, until one of them is gone', async () => {
    const daemon = await startDaemon({ config: { gossip: { lab: false, difficulty: 8 } } });
    const idle = await Promise.all(Array.from({ length: 8 }, () => callDaemon(daemon)));
    await Promise.all(idle.map((peer) => peer.next('CHALLENGE')));
    await expectRefusal(await callDaemon(daemon), 'busy');
    await untilMetrics(daemon, { half_open: 8, callers_refused_total: 1 });

    idle[0]?.close();
    await untilMetrics(daemon, { half_open: 7 });
    // Who finishes its handshake holds no slot any more.
    await meetDaemon(daemon);
    await untilMetrics(daemon, { half_open: 7, peer_connections: 8 });
    await meetDaemon(daemon);
    await untilMetrics(daemon, { half_open: 7, callers_refused_total: 1 });
  });
});

describe('a daemon with as many links as it may have', () => {
  afterEach(stopAll);

  it('refuses who asks with low priority, and displaces no newcomer for high', async () => {
    const daemon = await startDaemon({
      config: { gossip: { degree: 2, min_connections: 1, max_connections: 2 } },
    });
    const linked = [await joinDaemon(daemon), await joinDaemon(daemon, { word: 'low' })];
    expect(linked.map(({ answer }) => answer)).toEqual(['accept', 'accept']);
    const { answer } = await joinDaemon(daemon, { word: 'low' });
    expect(answer).toBe('refuse');
    await untilMetrics(daemon, { links_active: 2 });

    const urgent = await joinDaemon(daemon, { word: 'high' });
    expect(urgent.answer).toBe('refuse');
    await untilMetrics(daemon, { links_active: 2 });
  });
});
