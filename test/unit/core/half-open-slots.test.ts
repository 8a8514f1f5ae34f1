import { HalfOpenSlots, PATIENCE_MS } from '../../../src/core/half-open-slots.js';
import { isLocalRange, networkOf } from '../../../src/core/networks.js';
import { seededRandom } from '../../../src/core/prng.js';

/** How many of `count` connections from `hostOf(at)` get a slot. */
const takeMany = (slots: HalfOpenSlots, count: number, hostOf: (at: number) => string): number =>
  Array.from({ length: count }, (_, at) => slots.take(at, hostOf(at), 0)).filter(Boolean).length;

describe('HalfOpenSlots', () => {
  it('gives 64 slots and refuses the newest beyond', () => {
    const slots = new HalfOpenSlots({ lab: false });
    expect(takeMany(slots, 70, (at) => `20.0.${at}.1`)).toBe(64);
    expect(slots.take(1_000, '30.0.0.1', 0)).toBe(false);
    slots.release(0, 0);
    expect(slots.take(1_000, '30.0.0.1', 0)).toBe(true);
  });

  it('gives 8 slots to a /24', () => {
    const slots = new HalfOpenSlots({ lab: false });
    expect(takeMany(slots, 20, (at) => `20.0.0.${at}`)).toBe(8);
    expect(slots.take(100, '20.0.1.1', 0)).toBe(true);
  });

  it('gives 8 slots to an IPv6 /48', () => {
    const slots = new HalfOpenSlots({ lab: false });
    expect(takeMany(slots, 20, (at) => `2001:db8:1:${at}::1`)).toBe(8);
    expect(slots.take(100, '2001:db8:2::1', 0)).toBe(true);
  });

  it('exempts local ranges from the limit per network in a lab only', () => {
    expect(takeMany(new HalfOpenSlots({ lab: false }), 20, () => '127.0.0.1')).toBe(8);
    expect(takeMany(new HalfOpenSlots({ lab: true }), 20, () => '127.0.0.1')).toBe(20);
    expect(takeMany(new HalfOpenSlots({ lab: true }), 20, () => '20.0.0.1')).toBe(8);
  });

  it('holds everybody to the limit in all, in a lab too', () => {
    expect(takeMany(new HalfOpenSlots({ lab: true }), 100, () => '127.0.0.1')).toBe(64);
  });

  it('tells how many slots and which share of them are taken', () => {
    const slots = new HalfOpenSlots({ lab: false });
    expect([slots.taken, slots.takenShare(0)]).toEqual([0, 0]);
    takeMany(slots, 16, (at) => `20.0.${at}.1`);
    expect([slots.taken, slots.takenShare(0), slots.takenShare(5)]).toEqual([16, 0.25, 0.25]);
  });

  it('weighs a slot by how long it was taken since the interval began', () => {
    const slots = new HalfOpenSlots({ slotsMax: 2, lab: false });
    slots.take(1, '20.0.0.1', 1_000);
    slots.beginInterval(5_000);
    slots.take(2, '20.0.1.1', 7_000);
    slots.release(1, 9_000);
    // Of 2 slots in 10 s: one for the first 4 s, the other for the last 8 s.
    expect(slots.takenShare(15_000)).toBe(12 / 20);
    expect(slots.takenShare(15_000)).toBe(12 / 20);
    slots.beginInterval(15_000);
    expect(slots.takenShare(16_000)).toBe(1 / 2);
  });

  it('ignores the release of a connection without a slot', () => {
    const slots = new HalfOpenSlots({ lab: false });
    slots.take(1, '20.0.0.1', 0);
    slots.release(2, 0);
    slots.release(1, 0);
    slots.release(1, 0);
    expect(slots.taken).toBe(0);
  });

  describe('when all are taken', () => {
    /** 16 networks of 4 connections each, the first of each network the oldest. */
    const crowded = (): HalfOpenSlots => {
      const slots = new HalfOpenSlots({ lab: false });
      for (let at = 0; at < 64; at += 1) slots.take(at, `20.0.${at % 16}.${at}`, at);
      return slots;
    };

    it('gives that of a crowd to one who is alone in its network, the longest silent first', () => {
      const slots = crowded();
      expect(slots.displacedBy('30.0.0.1', 100)).toBe(0);
      expect(slots.take(100, '30.0.0.1', 100)).toBe(true);
      expect(slots.displacedBy('30.0.1.1', 100)).toBe(1);
      expect(slots.taken).toBe(64);
    });

    it('lets nobody displace a smaller network, nor one as large', () => {
      const slots = crowded();
      expect(slots.isFreeFor('20.0.5.200', 100)).toBe(false);
      slots.take(100, '30.0.0.1', 100);
      for (let caller = 0; caller < 40; caller += 1) {
        slots.take(200 + caller, `20.0.${caller % 16}.201`, 101 + caller);
      }
      // The one that was alone has its slot yet.
      expect(() => slots.take(100, '30.0.0.1', 200)).toThrow('holds a half-open slot');
    });

    it('gives that of one who has had time enough, and has not proved its work', () => {
      const slots = new HalfOpenSlots({ slotsMax: 3, lab: false });
      for (const at of [0, 1, 2]) slots.take(at, `20.0.${at}.1`, 10 * at);
      slots.proved(0);
      slots.proved(99);
      expect(slots.take(3, '20.0.3.1', PATIENCE_MS + 9)).toBe(false);
      expect(slots.displacedBy('20.0.3.1', PATIENCE_MS + 10)).toBe(1);
      expect(slots.take(3, '20.0.3.1', PATIENCE_MS + 10)).toBe(true);
      expect(slots.displacedBy('20.0.4.1', PATIENCE_MS + 10)).toBeUndefined();
      expect(slots.displacedBy('20.0.4.1', PATIENCE_MS + 20)).toBe(2);
    });
  });

  it('refuses a second slot for one connection', () => {
    const slots = new HalfOpenSlots({ lab: false });
    slots.take(1, '20.0.0.1', 0);
    expect(() => slots.take(1, '20.0.0.1', 0)).toThrow(RangeError);
  });

  it('keeps its bounds under random operations', () => {
    const random = seededRandom('slots');
    const slots = new HalfOpenSlots({ lab: true });
    const held = new Map<number, string>();
    let refusals = 0;
    for (let step = 0; step < 2_000; step += 1) {
      const connection = random.below(200);
      if (held.has(connection)) {
        slots.release(connection, step);
        held.delete(connection);
      } else {
        const host = `${random.below(2) === 0 ? 10 : 20}.0.${random.below(6)}.${random.below(9)}`;
        const displaced = slots.displacedBy(host, step);
        if (slots.take(connection, host, step)) {
          held.set(connection, host);
          if (displaced !== undefined) held.delete(displaced);
        } else {
          refusals += 1;
        }
      }
      const hosts = [...held.values()];
      expect(slots.taken).toBe(held.size);
      expect(held.size).toBeLessThanOrEqual(64);
      const strangers = hosts.filter((host) => !isLocalRange(host)).map(networkOf);
      const crowd = (network: string) => strangers.filter((other) => other === network).length;
      expect(Math.max(0, ...strangers.map(crowd))).toBeLessThanOrEqual(8);
    }
    expect(refusals).toBeGreaterThan(0);
  });
});
