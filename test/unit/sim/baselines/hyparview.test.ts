import { seededRandom } from '../../../../src/core/prng.js';
import { Host, HostNetwork } from '../../../../src/sim/baselines/hosts.js';
import {
  Hyparview,
  HYPARVIEW_SETTINGS,
  type HyparviewMessage,
} from '../../../../src/sim/baselines/hyparview.js';
import { RegionMap } from '../../../../src/sim/regions.js';
import { Scheduler } from '../../../../src/sim/virtual-clock.js';

const NODES = 120;
const BETWEEN_JOINS_MS = 20;

class ViewHost extends Host<HyparviewMessage> {
  /** As the listener was told. */
  readonly neighbors = new Set<number>();
  readonly view: Hyparview;

  constructor(network: HostNetwork<HyparviewMessage>, number: number) {
    super(network, number);
    this.view = new Hyparview(this, HYPARVIEW_SETTINGS, seededRandom(`view ${number}`), {
      neighborUp: (peer) => this.neighbors.add(peer),
      neighborDown: (peer) => this.neighbors.delete(peer),
    });
  }

  override linked(peer: number, isCaller: boolean): void {
    if (isCaller) this.view.linked(peer);
  }

  override received(peer: number, message: HyparviewMessage): void {
    this.view.received(peer, message);
  }

  override lost(peer: number): void {
    this.view.lost(peer);
  }

  override unreachable(peer: number): void {
    this.view.unreachable(peer);
  }
}

/** The hosts that can be reached from the first, over active links. */
const reached = (hosts: readonly ViewHost[]): number => {
  const byNumber = new Map(hosts.map((host) => [host.number, host]));
  const found = new Set([hosts[0]?.number ?? 0]);
  for (const number of found) {
    for (const peer of byNumber.get(number)?.view.active ?? []) found.add(peer);
  }
  return found.size;
};

describe('HyParView', () => {
  let scheduler: Scheduler;
  let network: HostNetwork<HyparviewMessage>;
  let hosts: ViewHost[];
  const run = (ms: number): void => scheduler.runUntil(scheduler.nowMs + ms);

  beforeEach(() => {
    scheduler = new Scheduler();
    network = new HostNetwork<HyparviewMessage>(scheduler, new RegionMap(1).oneWayMs);
    const random = seededRandom('contacts');
    hosts = Array.from({ length: NODES }, (_, number) => {
      const host = new ViewHost(network, number);
      network.add(host);
      const contact = number === 0 ? undefined : random.below(number);
      host.view.join(() => contact);
      run(BETWEEN_JOINS_MS);
      return host;
    });
    run(60_000);
  });

  it('keeps five links each, known at both ends, and thirty addresses', () => {
    for (const { view, number, neighbors } of hosts) {
      expect(view.active.size).toBeLessThanOrEqual(5);
      expect(view.passive.size).toBeLessThanOrEqual(30);
      expect([...neighbors].sort()).toEqual([...view.active].sort());
      for (const peer of view.active) expect(hosts[peer]?.view.active).toContain(number);
      for (const peer of view.active) expect(view.passive).not.toContain(peer);
      expect(view.passive).not.toContain(number);
    }
    const links = hosts.reduce((sum, { view }) => sum + view.active.size, 0);
    expect(links).toBeGreaterThan(4.5 * NODES);
    expect(reached(hosts)).toBe(NODES);
  });

  it('mends itself from the passive view when half of all crash', () => {
    for (const { number } of hosts.filter((_, at) => at % 2 === 1)) network.crash(number);
    const left = hosts.filter(({ isStopped }) => !isStopped);
    run(10_000);
    expect(reached(left)).toBe(left.length);
    for (const { view } of left) {
      for (const peer of view.active) expect(hosts[peer]?.isStopped).toBe(false);
    }
  });

  it('asks for another contact when the first does not answer', () => {
    const newcomer = new ViewHost(network, NODES);
    network.add(newcomer);
    network.crash(7);
    const contacts = [7, 8];
    newcomer.view.join(() => contacts.shift());
    run(5_000);
    expect(newcomer.view.active.size).toBeGreaterThan(0);
  });
});
