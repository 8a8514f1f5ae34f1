import { seededRandom } from '../../../src/core/prng.js';
import { DeadlineQueue } from '../../../src/runtime/deadline-queue.js';
import { ManualClock } from './manual-clock.js';

const DURATION_MS = 100;

const queueOf = () => {
  const clock = new ManualClock();
  const due: { readonly atMs: number; readonly keys: readonly string[] }[] = [];
  const queue = new DeadlineQueue(clock, DURATION_MS, (keys) => {
    due.push({ atMs: clock.monotonicMs(), keys });
  });
  return { clock, due, queue };
};

describe('deadline queue', () => {
  it('names a key when its time is over, and not before', () => {
    const { clock, due, queue } = queueOf();
    queue.add('a');
    clock.advance(DURATION_MS - 1);
    expect(due).toEqual([]);
    clock.advance(1);
    expect(due).toEqual([{ atMs: DURATION_MS, keys: ['a'] }]);
    expect(queue.size).toBe(0);
  });

  it('names keys that are due together in one call, in order', () => {
    const { clock, due, queue } = queueOf();
    for (const key of ['b', 'a', 'c']) queue.add(key);
    clock.advance(DURATION_MS);
    expect(due).toEqual([{ atMs: DURATION_MS, keys: ['b', 'a', 'c'] }]);
  });

  it('has one timer, however many wait, and none when nobody does', () => {
    const { clock, queue } = queueOf();
    expect(clock.timers).toBe(0);
    for (let at = 0; at < 1_000; at += 1) {
      queue.add(String(at));
      clock.advance(at % 3 === 0 ? 0.05 : 0);
    }
    expect(clock.timers).toBe(1);
    clock.advance(2 * DURATION_MS);
    expect(clock.timers).toBe(0);
  });

  it('does not name a key that was removed', () => {
    const { clock, due, queue } = queueOf();
    queue.add('a');
    clock.advance(10);
    queue.add('b');
    queue.remove('a');
    queue.remove('unknown');
    clock.advance(DURATION_MS);
    expect(due).toEqual([{ atMs: DURATION_MS + 10, keys: ['b'] }]);
  });

  it('waits anew for a key that is added again', () => {
    const { clock, due, queue } = queueOf();
    queue.add('a');
    clock.advance(60);
    queue.add('a');
    clock.advance(DURATION_MS - 1);
    expect(due).toEqual([]);
    clock.advance(1);
    expect(due).toEqual([{ atMs: 60 + DURATION_MS, keys: ['a'] }]);
  });

  it('takes a key that is added while others are named', () => {
    const clock = new ManualClock();
    const named: string[] = [];
    const queue: DeadlineQueue = new DeadlineQueue(clock, DURATION_MS, (keys) => {
      named.push(...keys);
      if (named.length < 3) queue.add(`${named.length}`);
    });
    queue.add('0');
    clock.advance(10 * DURATION_MS);
    expect(named).toEqual(['0', '1', '2']);
    expect(clock.timers).toBe(0);
  });

  it('forgets everything when it is cleared, its timer included', () => {
    const { clock, due, queue } = queueOf();
    queue.add('a');
    queue.clear();
    expect(clock.timers).toBe(0);
    clock.advance(DURATION_MS);
    expect(due).toEqual([]);
    queue.add('b');
    clock.advance(DURATION_MS);
    expect(due).toMatchObject([{ keys: ['b'] }]);
  });

  it('names every key exactly when it is due, whatever is added and removed', () => {
    const random = seededRandom('deadlines');
    const { clock, due, queue } = queueOf();
    const dueMs = new Map<string, number>();
    const expected: string[] = [];
    for (let step = 0; step < 2_000; step += 1) {
      const key = String(random.below(30));
      if (random.below(3) > 0) {
        dueMs.set(key, clock.monotonicMs() + DURATION_MS);
        queue.add(key);
      } else {
        dueMs.delete(key);
        queue.remove(key);
      }
      clock.advance(random.below(12));
      for (const [one, atMs] of [...dueMs].sort(([, a], [, b]) => a - b)) {
        if (atMs > clock.monotonicMs()) continue;
        expected.push(`${one} at ${atMs}`);
        dueMs.delete(one);
      }
      expect(queue.size).toBe(dueMs.size);
    }
    const named = due.flatMap(({ atMs, keys }) => keys.map((key) => `${key} at ${atMs}`));
    expect(named.sort()).toEqual(expected.sort());
    expect(named.length).toBeGreaterThan(50);
  });
});
