import { Host, HostNetwork, hostName } from '../../../../src/sim/baselines/hosts.js';
import { Scheduler } from '../../../../src/sim/virtual-clock.js';
import { evenLatency } from '../../../../src/sim/virtual-network.js';
import { World } from '../../../../src/sim/world.js';

const LATENCY_MS = 10;

/** Writes down what it is told, and when. */
class Recorder extends Host<string> {
  readonly told: string[] = [];

  override linked(peer: number, isCaller: boolean): void {
    this.#note(`${isCaller ? 'has called' : 'was called by'} ${peer}`);
  }

  override received(peer: number, message: string): void {
    this.#note(`${peer} says ${message}`);
  }

  override lost(peer: number): void {
    this.#note(`lost ${peer}`);
  }

  override unreachable(peer: number): void {
    this.#note(`unreachable ${peer}`);
  }

  #note(what: string): void {
    this.told.push(`${this.network.scheduler.nowMs} ${what}`);
  }
}

describe('hosts of a baseline', () => {
  let scheduler: Scheduler;
  let network: HostNetwork<string>;
  const start = (number: number): Recorder => {
    const host = new Recorder(network, number);
    network.add(host);
    return host;
  };
  const linked = (): readonly [Recorder, Recorder] => {
    const pair = [start(0), start(1)] as const;
    network.dial(pair[0], 1);
    scheduler.runUntil(3 * LATENCY_MS);
    return pair;
  };

  beforeEach(() => {
    scheduler = new Scheduler();
    network = new HostNetwork<string>(scheduler, evenLatency(LATENCY_MS));
  });

  it('are linked after a round trip, and half a one later at the listener', () => {
    const [caller, listener] = linked();
    expect(caller.told).toEqual(['20 has called 1']);
    expect(listener.told).toEqual(['30 was called by 0']);
    expect([network.degree(0), network.degree(1)]).toEqual([1, 1]);
  });

  it('hear the caller after they were told of it, and in order', () => {
    const caller = start(0);
    const listener = start(1);
    caller.linked = () => {
      for (const text of ['a', 'b']) network.send(caller, 1, text);
    };
    network.dial(caller, 1);
    scheduler.runUntil(100);
    expect(listener.told).toEqual(['30 was called by 0', '30 0 says a', '30 0 says b']);
  });

  it('share one connection when both have dialled at once', () => {
    const [one, other] = [start(0), start(1)];
    network.dial(one, 1);
    network.dial(other, 0);
    scheduler.runUntil(100);
    network.send(one, 1, 'ping');
    network.send(other, 0, 'pong');
    scheduler.runUntil(200);
    expect(one.told).toEqual(['20 has called 1', '110 1 says pong']);
    expect(other.told).toEqual(['20 has called 0', '110 0 says ping']);
  });

  it('cannot reach who is not up, and send nothing without a connection', () => {
    const caller = start(0);
    network.dial(caller, 1);
    network.send(caller, 1, 'lost');
    scheduler.runUntil(100);
    expect(caller.told).toEqual(['20 unreachable 1']);
  });

  it('see a crash as a reset one trip later, behind what had been sent', () => {
    const [caller, listener] = linked();
    network.send(caller, 1, 'last words');
    network.crash(0);
    expect(network.running).toEqual([1]);
    scheduler.runUntil(100);
    expect(listener.told.slice(1)).toEqual(['40 0 says last words', '40 lost 0']);
    expect(network.degree(1)).toBe(0);
  });

  it('are not told of an end of their own making', () => {
    const [caller, listener] = linked();
    network.send(caller, 1, 'bye');
    network.close(caller, 1);
    network.send(listener, 0, 'too late');
    scheduler.runUntil(100);
    expect(listener.told.slice(1)).toEqual(['40 0 says bye', '40 lost 0']);
    expect(caller.told).toEqual(['20 has called 1']);
  });

  it('hear nothing that was meant for the process before them', () => {
    const [caller] = linked();
    network.send(caller, 1, 'to the dead');
    network.crash(1);
    const restarted = start(1);
    scheduler.runUntil(100);
    expect(restarted.told).toEqual([]);
    expect(caller.told.at(-1)).toBe('40 lost 1');
  });

  it('take a message without a connection after three trips', () => {
    const [sender, receiver] = [start(0), start(1)];
    network.sendOnce(sender, 1, 'once');
    scheduler.runUntil(100);
    expect(receiver.told).toEqual(['30 0 says once']);
    expect(network.degree(0)).toBe(0);
  });

  it('stand where the daemons of a world stand', () => {
    const world = new World(1);
    const hosts = Array.from({ length: 300 }, (_, n) => world.addressOf(String(n)).host);
    expect(hosts).toEqual(hosts.map((_, n) => hostName(n)));
  });
});
