/** What an item and its first hops say of who announced it: nothing. */
import { mergeSections } from '../../../src/cli/lab-config.js';
import { encodePeer } from '../../../src/wire/peer-codec.js';
import type { Spread } from '../../../src/wire/messages.js';
import { stopAll, type Daemon } from '../harness/daemon.js';
import { openListener } from '../harness/modules.js';
import { listenAt, network, QUICK, texts, untilMetrics, untilTuned } from '../harness/network.js';
import { joinDaemon, type RawPeer } from '../harness/raw-peer.js';

const TYPE = 5;

/** Links with a daemon as one who wants the type. */
const listenTo = async (daemon: Daemon): Promise<RawPeer> => {
  const { peer, answer } = await joinDaemon(daemon);
  expect(answer).toBe('accept');
  peer.send({ type: 'INTEREST', all: false, add: [TYPE], remove: [] });
  return peer;
};

describe('an item', () => {
  afterEach(stopAll);

  it('is the same from its origin and from a relay, byte for byte', async () => {
    const daemons = await network(2, QUICK);
    const [origin, relay] = daemons;
    if (origin === undefined || relay === undefined) throw new Error('two');
    const announcer = await openListener(origin, TYPE);
    await openListener(relay, TYPE);
    await untilTuned(daemons);
    const [atOrigin, atRelay] = [await listenTo(origin), await listenTo(relay)];
    for (const daemon of daemons) await untilMetrics(daemon, { link_interests: 2 });

    await announcer.client.announce(TYPE, 'whose?');
    const [first, second]: Spread[] = [await atOrigin.next('SPREAD'), await atRelay.next('SPREAD')];
    if (first === undefined || second === undefined) throw new Error('two copies');
    expect(encodePeer(second)).toEqual(encodePeer(first));
    expect(first.data.toString()).toBe('whose?');
    // Of the rest only the moment is not chance: nothing of an address, a key or an identity.
    const frame = encodePeer(first).toString('hex');
    for (const { identity, p2p } of daemons) {
      const port = Number(p2p.split(':').at(-1));
      expect(frame).not.toContain(identity.slice(0, 12));
      expect(frame).not.toContain(`7f000001${port.toString(16).padStart(4, '0')}`);
    }
    expect(first.ttl).toBe(0);
  });

  it('takes the stem where the configuration says so, and reaches everybody once', async () => {
    const daemons = await network(4, mergeSections(QUICK, { gossip: { stem: true } }));
    const listeners = await listenAt(daemons, TYPE);
    await untilTuned(daemons);
    for (const [n, { client }] of listeners.entries()) await client.announce(TYPE, `from ${n}`);
    for (const [n, listener] of listeners.entries()) {
      await listener.hearsCount(3);
      const others = [0, 1, 2, 3].filter((other) => other !== n).map((other) => `from ${other}`);
      expect(texts(listener).toSorted()).toEqual(others);
    }
    for (const daemon of daemons) {
      expect((await daemon.metrics()).get('stems_passed_total')).toBeGreaterThan(0);
      await untilMetrics(daemon, { items_on_stem: 0 });
    }
  });

  it('has another salt each time that the same is announced', async () => {
    const [origin] = await network(2, QUICK);
    if (origin === undefined) throw new Error('two');
    const announcer = await openListener(origin, TYPE);
    const peer = await listenTo(origin);
    await untilMetrics(origin, { link_interests: 1 });
    const salts = new Set<string>();
    for (let n = 0; n < 5; n += 1) {
      await announcer.client.announce(TYPE, 'again');
      salts.add((await peer.next('SPREAD')).salt.toString('hex'));
    }
    expect(salts.size).toBe(5);
  });
});
