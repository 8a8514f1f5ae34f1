import { seededRandom } from '../../../src/core/prng.js';
import { Scheduler, VirtualClock, type Timer } from '../../../src/sim/virtual-clock.js';

describe('scheduler', () => {
  it('fires in order of time, ties in order of creation, whatever was cancelled', () => {
    const random = seededRandom('heap');
    const scheduler = new Scheduler();
    const fired: number[] = [];
    const expected: { readonly dueMs: number; readonly order: number }[] = [];
    const timers: Timer[] = [];
    for (let order = 0; order < 5_000; order += 1) {
      const dueMs = random.below(200);
      timers.push(scheduler.after(dueMs, () => fired.push(order)));
      expected.push({ dueMs, order });
    }
    const gone = new Set<number>();
    for (let n = 0; n < 4_000; n += 1) gone.add(random.below(5_000));
    for (const order of gone) {
      const timer = timers[order];
      if (timer !== undefined) scheduler.cancel(timer);
    }
    expect(scheduler.waiting).toBe(5_000 - gone.size);
    scheduler.runUntil(1_000);
    const left = expected.filter(({ order }) => !gone.has(order));
    left.sort((a, b) => a.dueMs - b.dueMs || a.order - b.order);
    expect(fired).toEqual(left.map(({ order }) => order));
  });

  it('fires what is due by then, and what that sets, and no more', () => {
    const scheduler = new Scheduler();
    const fired: string[] = [];
    scheduler.after(10, () => {
      fired.push('ten');
      scheduler.after(0, () => fired.push('ten again'));
      scheduler.after(1, () => fired.push('eleven'));
    });
    scheduler.runUntil(10);
    expect(fired).toEqual(['ten', 'ten again']);
    expect([scheduler.nowMs, scheduler.nextDueMs]).toEqual([10, 11]);
  });

  it('goes from one timer to the next by steps, until there is none', () => {
    const scheduler = new Scheduler();
    scheduler.cancel(scheduler.after(5, () => undefined));
    scheduler.after(7, () => undefined);
    expect(scheduler.step()).toBe(true);
    expect(scheduler.nowMs).toBe(7);
    expect(scheduler.step()).toBe(false);
    expect([scheduler.waiting, scheduler.fired]).toEqual([0, 1]);
  });

  it('stops as soon as what is waited for holds', () => {
    const scheduler = new Scheduler();
    let count = 0;
    const tick = (): void => {
      count += 1;
      scheduler.after(1, tick);
    };
    scheduler.after(1, tick);
    expect(scheduler.runUntilHolds(() => count === 3, 100)).toBe(true);
    expect(scheduler.nowMs).toBe(3);
    expect(scheduler.runUntilHolds(() => count > 1_000, 100)).toBe(false);
    expect(scheduler.nowMs).toBe(100);
  });

  it('does not call what was cancelled by what fired at the same moment', () => {
    const scheduler = new Scheduler();
    const fired: string[] = [];
    scheduler.after(1, () => scheduler.cancel(second));
    const second = scheduler.after(1, () => fired.push('second'));
    scheduler.runUntil(1);
    scheduler.cancel(second);
    expect([fired, scheduler.waiting]).toEqual([[], 0]);
  });
});

describe('virtual clock', () => {
  it('tells the wall time of its host, skew included, and monotonic time of the world', () => {
    const scheduler = new Scheduler();
    const clock = new VirtualClock(scheduler, { epochMs: 1_000_000, skewMs: -250 });
    scheduler.runUntil(40.6);
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([999_790, 40.6]);
  });

  it('fires none of its timers once it has stopped, and all of the others', () => {
    const scheduler = new Scheduler();
    const fired: string[] = [];
    const [dead, living] = [1, 2].map(() => new VirtualClock(scheduler, { epochMs: 0 }));
    dead?.setTimeout(() => fired.push('dead'), 1);
    living?.setTimeout(() => fired.push('living'), 1);
    dead?.stop();
    scheduler.runUntil(1);
    expect(fired).toEqual(['living']);
  });

  it('forgets a cleared timer, and ignores ids that it never gave', () => {
    const scheduler = new Scheduler();
    const clock = new VirtualClock(scheduler, { epochMs: 0 });
    const fired: string[] = [];
    clock.clearTimeout(clock.setTimeout(() => fired.push('cleared'), 1));
    clock.clearTimeout(undefined);
    scheduler.runUntil(2);
    expect(fired).toEqual([]);
  });

  it('holds its timers while its host stands still, and fires those due when it goes on', () => {
    const scheduler = new Scheduler();
    const clock = new VirtualClock(scheduler, { epochMs: 0 });
    const fired: string[] = [];
    clock.setTimeout(() => {
      fired.push('first');
      clock.clearTimeout(second);
    }, 10);
    const second = clock.setTimeout(() => fired.push('second'), 20);
    clock.setTimeout(() => fired.push('third'), 30);
    clock.setTimeout(() => fired.push('late'), 2_000);
    clock.freeze();
    scheduler.runUntil(1_000);
    expect(fired).toEqual([]);
    clock.thaw();
    expect(fired).toEqual(['first', 'third']);
    expect(scheduler.waiting).toBe(1);
    scheduler.runUntil(2_000);
    expect(fired).toEqual(['first', 'third', 'late']);
  });

  it('is set ahead and back by hand, its monotonic time and its timers are not', () => {
    const scheduler = new Scheduler();
    const clock = new VirtualClock(scheduler, { epochMs: 1_000 });
    const fired: number[] = [];
    clock.setTimeout(() => fired.push(clock.monotonicMs()), 50);
    clock.shiftWall(-600);
    scheduler.runUntil(100);
    expect([clock.wallMs(), clock.monotonicMs(), fired]).toEqual([500, 100, [50]]);
  });
});
