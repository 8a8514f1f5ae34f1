import { seededRandom } from '../../../src/core/prng.js';
import { Scheduler } from '../../../src/sim/virtual-clock.js';
import {
  evenLatency,
  planeLatency,
  VirtualNetwork,
  type EndpointOptions,
  type VirtualEndpoint,
} from '../../../src/sim/virtual-network.js';
import { FRAME_LIMITS, type PeerMessage, type Ping } from '../../../src/wire/messages.js';
import { encodePeer, peerFrameBytes } from '../../../src/wire/peer-codec.js';
import { PeersRecorder } from '../../contract/peers-recorder.js';
import { Samples } from '../wire/samples.js';

const LATENCY_MS = 10;

const ping = (n: number): Ping => ({ type: 'PING', echo: Buffer.alloc(8, n) });
const spread = (dataBytes: number): PeerMessage => ({
  type: 'SPREAD',
  ttl: 0,
  dataType: 1,
  expiryMs: 1_700_000_000_000,
  salt: Buffer.alloc(8),
  data: Buffer.alloc(dataBytes, 7),
});

type Host = { readonly endpoint: VirtualEndpoint; readonly told: PeersRecorder };

describe('virtual network', () => {
  let scheduler: Scheduler;
  let network: VirtualNetwork;
  const open = (host: string, options: EndpointOptions = {}): Host => {
    const told = new PeersRecorder();
    return { endpoint: network.open({ host, port: 6_001 }, told, options), told };
  };
  /** Two hosts, linked: 1 at the caller, 101 at the listener. */
  const link = (options: EndpointOptions = {}): { caller: Host; listener: Host } => {
    const [caller, listener] = [open('10.0.1.1', options), open('10.0.2.1')];
    caller.endpoint.port.dial(1, listener.endpoint.address);
    scheduler.runUntil(scheduler.nowMs + 5 * LATENCY_MS);
    listener.endpoint.port.limitFrames(101, FRAME_LIMITS.established);
    return { caller, listener };
  };

  beforeEach(() => {
    scheduler = new Scheduler();
    network = new VirtualNetwork(scheduler, { latency: evenLatency(LATENCY_MS) });
  });

  it('connects after a round trip, and is accepted half a round trip later', () => {
    const [caller, listener] = [open('10.0.1.1'), open('10.0.2.1')];
    caller.endpoint.port.dial(1, listener.endpoint.address);
    scheduler.runUntil(2 * LATENCY_MS);
    expect(caller.told.all('connected')).toHaveLength(1);
    expect(listener.told.events).toEqual([]);
    scheduler.runUntil(3 * LATENCY_MS);
    expect(listener.told.all('opened')).toHaveLength(1);
  });

  it('delivers one latency later', () => {
    const { caller, listener } = link();
    caller.endpoint.port.send([1], ping(1));
    scheduler.runUntil(scheduler.nowMs + LATENCY_MS - 1);
    expect(listener.told.messages).toEqual([]);
    scheduler.runUntil(scheduler.nowMs + 1);
    expect(listener.told.messages).toEqual([ping(1)]);
  });

  it('takes turns on an uplink, by the bytes of the codec', () => {
    const message = spread(10_000);
    const bytes = encodePeer(message).length;
    const { caller, listener } = link({ uplink: 100 });
    const startMs = scheduler.nowMs;
    caller.endpoint.port.send([1], message);
    expect(caller.endpoint.port.unsentBytes(1)).toBe(bytes);
    scheduler.runUntilHolds(() => listener.told.messages.length === 1, startMs + 1_000);
    expect(scheduler.nowMs - startMs).toBeCloseTo(bytes / 100 + LATENCY_MS);
    expect(caller.endpoint.port.unsentBytes(1)).toBe(0);
  });

  it('lets nothing through a cut path, and all of it, in order, once that is healed', () => {
    const { caller, listener } = link();
    network.cut('10.0.1.1', '10.0.2.1');
    for (const n of [1, 2]) caller.endpoint.port.send([1], ping(n));
    scheduler.runUntil(scheduler.nowMs + 10_000);
    expect(listener.told.messages).toEqual([]);
    expect(caller.endpoint.port.unsentBytes(1)).toBeGreaterThan(0);
    network.heal('10.0.2.1', '10.0.1.1');
    caller.endpoint.port.send([1], ping(3));
    scheduler.runUntil(scheduler.nowMs + LATENCY_MS);
    expect(listener.told.messages).toEqual([ping(1), ping(2), ping(3)]);
  });

  it('fails a dial over a cut path after the time that sockets give it', () => {
    const [caller, listener] = [open('10.0.1.1'), open('10.0.2.1')];
    network.cut('10.0.1.1', '10.0.2.1');
    caller.endpoint.port.dial(1, listener.endpoint.address);
    scheduler.runUntil(5_000);
    expect(caller.told.events).toEqual([
      { type: 'closed', connection: 1, reason: 'no connection within 5000 ms' },
    ]);
  });

  it('gives up a close over a cut path after its grace, and the other end knows nothing', () => {
    const { caller, listener } = link();
    network.cut('10.0.1.1', '10.0.2.1');
    caller.endpoint.port.close(1);
    scheduler.runUntil(scheduler.nowMs + 1_000);
    expect(caller.told.all('closed')).toHaveLength(1);
    network.heal('10.0.1.1', '10.0.2.1');
    scheduler.runUntil(scheduler.nowMs + 10_000);
    expect(listener.told.all('closed')).toEqual([]);
  });

  it('resets the connections of a host that is killed, and tells that host nothing', () => {
    const { caller, listener } = link();
    const before = listener.told.events.length;
    listener.endpoint.kill();
    scheduler.runUntil(scheduler.nowMs + 10_000);
    expect(caller.told.all('closed')).toEqual([
      { type: 'closed', connection: 1, reason: 'read ECONNRESET' },
    ]);
    expect(listener.told.events).toHaveLength(before);
  });

  it('ends a connection whose other side takes nothing for too long', () => {
    const { caller } = link();
    network.cut('10.0.1.1', '10.0.2.1');
    caller.endpoint.port.send([1], ping(1));
    scheduler.runUntil(scheduler.nowMs + 14_999);
    expect(caller.told.all('closed')).toEqual([]);
    scheduler.runUntil(scheduler.nowMs + 1);
    expect(caller.told.all('closed').map(({ reason }) => reason)).toEqual(['does not drain']);
    expect(caller.endpoint.port.waitingBytes('control')).toBe(0);
  });

  it('lets a sign of life overtake items on a slow uplink', () => {
    const { caller, listener } = link({ uplink: 10 });
    for (let n = 0; n < 10; n += 1) caller.endpoint.port.send([1], spread(60_000));
    scheduler.runUntil(scheduler.nowMs + 1);
    caller.endpoint.port.send([1], ping(1));
    scheduler.runUntilHolds(() => listener.told.messages.some(({ type }) => type === 'PING'), 1e6);
    expect(listener.told.messages.slice(0, 2).map(({ type }) => type)).toEqual(['SPREAD', 'PING']);
  });

  it('lets pass one direction of a path that is cut the other way', () => {
    const { caller, listener } = link();
    network.cuts.cutOneWay('10.0.1.1', '10.0.2.1');
    caller.endpoint.port.send([1], ping(1));
    listener.endpoint.port.send([101], ping(2));
    scheduler.runUntil(scheduler.nowMs + 10_000);
    expect([listener.told.messages, caller.told.messages]).toEqual([[], [ping(2)]]);
    network.cuts.healOneWay('10.0.1.1', '10.0.2.1');
    scheduler.runUntil(scheduler.nowMs + LATENCY_MS);
    expect(listener.told.messages).toEqual([ping(1)]);
  });

  it('keeps the order of what is sent, whatever chance says', () => {
    const delays = [50, 10, 30, 1];
    network = new VirtualNetwork(scheduler, {
      latency: { oneWayMs: () => 1, delayMs: () => delays.shift() ?? 1 },
    });
    delays.unshift(1, 1);
    const { caller, listener } = link();
    for (let n = 1; n <= 3; n += 1) {
      caller.endpoint.port.send([1], ping(n));
      scheduler.runUntil(scheduler.nowMs + 1);
    }
    scheduler.runUntil(scheduler.nowMs + 100);
    expect(listener.told.messages).toEqual([ping(1), ping(2), ping(3)]);
  });

  it('breaks a connection whose loss nothing mends, at both ends', () => {
    const { caller, listener } = link();
    const paths = { oneWayMs: () => LATENCY_MS, delayMs: () => Infinity };
    network.paths.delayMs = paths.delayMs;
    caller.endpoint.port.send([1], ping(1));
    scheduler.runUntil(scheduler.nowMs + 100);
    const reasons = [caller, listener].map(({ told }) =>
      told.all('closed').map(({ reason }) => reason),
    );
    expect(reasons).toEqual([['read ECONNRESET'], ['read ECONNRESET']]);
  });

  describe('with a frozen host', () => {
    it('tells it nothing, and everything in order when it goes on', () => {
      const { caller, listener } = link();
      const before = listener.told.events.length;
      listener.endpoint.freeze();
      for (const n of [1, 2]) {
        caller.endpoint.port.send([1], ping(n));
        scheduler.runUntil(scheduler.nowMs + 50);
      }
      caller.endpoint.port.close(1);
      scheduler.runUntil(scheduler.nowMs + 10_000);
      expect(listener.told.events).toHaveLength(before);
      listener.endpoint.thaw();
      scheduler.runUntil(scheduler.nowMs + 2_000);
      expect(listener.told.messages).toEqual([ping(1), ping(2)]);
      expect(listener.told.all('closed')).toHaveLength(1);
    });

    it('accepts its callers as the system does, and serves them when it goes on', () => {
      const [caller, listener] = [open('10.0.1.1'), open('10.0.2.1')];
      listener.endpoint.freeze();
      caller.endpoint.port.dial(1, listener.endpoint.address);
      scheduler.runUntil(1_000);
      expect(caller.told.all('connected')).toHaveLength(1);
      expect(listener.told.events).toEqual([]);
      listener.endpoint.thaw();
      expect(listener.told.all('opened')).toHaveLength(1);
    });

    it('takes no more than a window, and the rest when it goes on', () => {
      const { caller, listener } = link();
      listener.endpoint.freeze();
      for (let n = 0; n < 10; n += 1) {
        caller.endpoint.port.send([1], spread(60_000));
        scheduler.runUntil(scheduler.nowMs + 50);
      }
      expect(caller.endpoint.port.unsentBytes(1)).toBeGreaterThan(200_000);
      listener.endpoint.thaw();
      scheduler.runUntil(scheduler.nowMs + 1_000);
      expect(listener.told.messages).toHaveLength(10);
      expect(caller.endpoint.port.unsentBytes(1)).toBe(0);
    });
  });

  it('tells whoever counts what is sent and what is received', () => {
    const { caller, listener } = link();
    const seen: string[] = [];
    network.tap = {
      sent: (from, to, { type }, bytes) => seen.push(`${from} sends ${to} ${type}, ${bytes} B`),
      received: (from, to, { type }) => seen.push(`${to} has ${type} of ${from}`),
    };
    caller.endpoint.port.send([1], ping(1));
    listener.endpoint.kill();
    caller.endpoint.port.send([1], ping(2));
    scheduler.runUntil(scheduler.nowMs + 1_000);
    expect(seen).toEqual([
      '10.0.1.1 sends 10.0.2.1 PING, 16 B',
      '10.0.1.1 sends 10.0.2.1 PING, 16 B',
    ]);
  });

  it('counts the bytes of every message as the codec makes them', () => {
    const samples = new Samples(7);
    const messages = Array.from({ length: 200 }, () => samples.peerMessages()).flat();
    expect(messages.map(peerFrameBytes)).toEqual(
      messages.map((message) => encodePeer(message).length),
    );
  });

  it('draws the same places from the same seed, within the bounds', () => {
    const hosts = Array.from({ length: 50 }, (_, n) => `10.0.${n}.1`);
    const [one, other] = [1, 1].map(() => planeLatency(seededRandom('map'), 2, 100));
    const all = hosts.map((host) => one?.('10.9.9.9', host) ?? NaN);
    expect(hosts.map((host) => other?.('10.9.9.9', host))).toEqual(all);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...all)).toBeLessThanOrEqual(100);
  });
});
