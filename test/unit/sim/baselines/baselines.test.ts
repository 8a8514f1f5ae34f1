import { pick, sampled, seededRandom } from '../../../../src/core/prng.js';
import type { BaselineNetwork, BaselineProtocol } from '../../../../src/sim/baselines/baseline.js';
import { BASELINES, baselineNamed } from '../../../../src/sim/baselines/catalogue.js';
import type { SpreadMeasures } from '../../../../src/sim/baselines/spread-record.js';
import { RegionMap } from '../../../../src/sim/regions.js';
import { Scheduler } from '../../../../src/sim/virtual-clock.js';
import { evenLatency, type Latency } from '../../../../src/sim/virtual-network.js';

const NODES = 80;
const DRAIN_MS = 15_000;

/** A network of a baseline that has settled. */
class Settled {
  readonly scheduler = new Scheduler();
  readonly network: BaselineNetwork;
  readonly #random = seededRandom('test');

  constructor(
    protocol: BaselineProtocol,
    options: { seed?: number; latency?: Latency; nodes?: number; validationMs?: number } = {},
  ) {
    const { seed = 1, nodes = NODES, latency = new RegionMap(seed).oneWayMs } = options;
    const { validationMs = 2 } = options;
    const { scheduler } = this;
    this.network = protocol.build({ nodes, seed, scheduler, latency, validationMs });
    scheduler.runUntil(protocol.settleMs(nodes));
  }

  get up(): number[] {
    const all = Array.from({ length: this.network.nodes }, (_, node) => node);
    return all.filter((node) => this.network.isUp(node) && !this.network.isDropper(node));
  }

  /** So many of those that are up, by chance. */
  some(count: number): readonly number[] {
    return sampled(this.up, count, this.#random);
  }

  /** Announces items a second apart, and tells what became of them. */
  announce(count: number): SpreadMeasures {
    const before = this.network.items.length;
    for (let item = 0; item < count; item += 1) {
      this.network.publish(pick(this.up, this.#random) ?? 0);
      this.scheduler.runUntil(this.scheduler.nowMs + 1_000);
    }
    this.scheduler.runUntil(this.scheduler.nowMs + DRAIN_MS);
    return this.network.measure(this.network.items.slice(before));
  }
}

const everyFirst = ({ network }: Settled): unknown =>
  network.items.map(({ firstMs, copies, hops }) => [[...firstMs], [...copies], [...hops]]);

describe.each(BASELINES.map((protocol) => [protocol.name, protocol] as const))(
  '%s',
  (_, protocol) => {
    it('brings every item to every node', () => {
      const { delivered, expected, maxMs } = new Settled(protocol).announce(5);
      expect(expected).toBe(5 * (NODES - 1));
      expect(delivered).toBe(expected);
      expect(maxMs).toBeLessThan(DRAIN_MS);
    });

    it('goes the same way for the same seed, and another way for another', () => {
      const [one, again, other] = [1, 1, 2].map((seed) => {
        const settled = new Settled(protocol, { seed });
        settled.announce(2);
        return everyFirst(settled);
      });
      expect(again).toEqual(one);
      expect(other).not.toEqual(one);
    });

    it('takes a trip and a validation for every hop', () => {
      const settled = new Settled(protocol, { latency: evenLatency(10), validationMs: 7 });
      settled.announce(1);
      const [item] = settled.network.items;
      const eager = [...(item?.firstMs ?? [])].flatMap((firstMs, node) => {
        const hops = item?.hops[node] ?? 0;
        return hops === 0 ? [] : [[hops, firstMs - (item?.sentMs ?? 0)] as const];
      });
      expect(eager).toHaveLength(NODES - 1);
      for (const [hops, latencyMs] of eager) {
        expect(latencyMs).toBeGreaterThanOrEqual(10 * hops + 7 * (hops - 1));
      }
      expect(Math.min(...eager.map(([, latencyMs]) => latencyMs))).toBe(10);
    });

    it('goes on among those that are left when a third has crashed, and takes them back', () => {
      const settled = new Settled(protocol);
      const gone = settled.some(NODES / 3);
      for (const node of gone) settled.network.crash(node);
      const left = NODES - gone.length;
      settled.scheduler.runUntil(settled.scheduler.nowMs + 70_000);
      const without = settled.announce(3);
      expect(without.expected).toBe(3 * (left - 1));
      expect(without.delivered).toBe(without.expected);
      for (const node of gone) settled.network.restart(node);
      settled.scheduler.runUntil(settled.scheduler.nowMs + 70_000);
      const again = settled.announce(3);
      expect(again.expected).toBe(3 * (NODES - 1));
      expect(again.delivered).toBe(again.expected);
    });

    it('asks of a node that has come back only what was said since', () => {
      const settled = new Settled(protocol);
      const [node = 0] = settled.some(1);
      settled.network.crash(node);
      expect(() => settled.network.publish(node)).toThrow(RangeError);
      const { expected } = settled.announce(1);
      settled.network.restart(node);
      expect(() => settled.network.restart(node)).toThrow(RangeError);
      expect(settled.network.measure().expected).toBe(expected);
    });

    it('passes nothing on through droppers, which are not asked what they have', () => {
      const settled = new Settled(protocol);
      const droppers = settled.some(NODES - 2);
      for (const node of droppers) settled.network.makeDropper(node);
      const [one = 0, other = 0] = settled.up;
      const { network, scheduler } = settled;
      const item = network.publish(one);
      scheduler.runUntil(scheduler.nowMs + DRAIN_MS);
      expect(network.measure().expected).toBe(1);
      // What droppers hold they hold from an honest node, over one link or two.
      const holders = droppers.filter((node) => (item.hops[node] ?? 0) > 0);
      expect(holders.length).toBeGreaterThan(0);
      for (const node of holders) expect(item.hops[node]).toBeLessThanOrEqual(2);
      expect(item.hops[other]).toBeLessThanOrEqual(1);
    });
  },
);

describe('the baselines', () => {
  it('have each a name and a sentence, and are found by name', () => {
    expect(new Set(BASELINES.map(({ name }) => name)).size).toBe(BASELINES.length);
    for (const baseline of BASELINES) {
      expect(baselineNamed(baseline.name)).toBe(baseline);
      expect(baseline.doc).toMatch(/\.$/);
    }
    expect(() => baselineNamed('carrier-pigeon')).toThrow(/no baseline carrier-pigeon.*flooding/);
  });

  it('have gossipsub send over a mesh of 6 to 12, and less of it with IDONTWANT', () => {
    const copies = ['gossipsub', 'gossipsub-idontwant'].map(
      (name) => new Settled(baselineNamed(name)).announce(10).copiesPerDelivery,
    );
    expect(copies[0]).toBeGreaterThan(5);
    expect(copies[0]).toBeLessThan(11);
    expect(copies[1]).toBeLessThan(copies[0] ?? 0);
  });

  it('have gossipsub ask by IWANT for what the mesh did not bring, after a heartbeat', () => {
    const settled = new Settled(baselineNamed('gossipsub'), { nodes: 200 });
    for (const node of settled.some(130)) settled.network.makeDropper(node);
    const { delivered, expected, maxMs } = settled.announce(20);
    expect(delivered).toBe(expected);
    expect(maxMs).toBeGreaterThan(300);
  });

  it('have plumtree prune its links to a tree, and mend it by GRAFT', () => {
    const settled = new Settled(baselineNamed('hyparview-plumtree-wide'));
    const first = settled.announce(1).copiesPerDelivery;
    settled.announce(30);
    const later = settled.announce(5).copiesPerDelivery;
    expect(first).toBeGreaterThan(3);
    expect(later).toBeLessThan(1.3);
    for (const node of settled.some(NODES / 4)) settled.network.crash(node);
    const afterCrash = settled.announce(1);
    expect(afterCrash.delivered).toBe(afterCrash.expected);
  });
});
