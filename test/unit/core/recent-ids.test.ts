import { RecentIds } from '../../../src/core/recent-ids.js';

const MOST = 3;
const KEEP_MS = 10_000;

/** What `add` says of each id, given as id and time. */
const added = (recent: RecentIds, calls: readonly (readonly [string, number])[]): boolean[] =>
  calls.map(([id, nowMs]) => recent.add(id, nowMs));

describe('RecentIds', () => {
  it('takes an id once', () => {
    const recent = new RecentIds(MOST, KEEP_MS);
    expect(
      added(recent, [
        ['a', 0],
        ['b', 0],
        ['a', 1],
      ]),
    ).toEqual([true, true, false]);
    expect(recent.size).toBe(2);
  });

  it('forgets an id when its time is over', () => {
    const recent = new RecentIds(MOST, KEEP_MS);
    recent.add('a', 5);
    expect(recent.add('a', 5 + KEEP_MS - 1)).toBe(false);
    expect(recent.add('a', 5 + KEEP_MS)).toBe(true);
  });

  it('does not remember an id for longer because it came again', () => {
    const recent = new RecentIds(MOST, KEEP_MS);
    recent.add('a', 0);
    for (let nowMs = 1_000; nowMs < KEEP_MS; nowMs += 1_000) {
      expect(recent.add('a', nowMs)).toBe(false);
    }
    expect(recent.add('a', KEEP_MS)).toBe(true);
  });

  it('forgets all that is due, and nothing else', () => {
    const recent = new RecentIds(MOST, KEEP_MS);
    recent.add('a', 0);
    recent.add('b', 1);
    recent.add('c', 2);
    expect(recent.add('d', KEEP_MS + 1)).toBe(true);
    expect(recent.size).toBe(2);
    expect(recent.add('c', KEEP_MS + 1)).toBe(false);
  });

  it('holds no more than its bound: the oldest make room', () => {
    const recent = new RecentIds(MOST, KEEP_MS);
    for (const id of ['a', 'b', 'c', 'd']) recent.add(id, 0);
    expect(recent.size).toBe(MOST);
    expect(['b', 'c', 'd'].map((id) => recent.add(id, 1))).toEqual([false, false, false]);
    expect(recent.add('a', 1)).toBe(true);
    expect(recent.size).toBe(MOST);
  });

  it('stays within its bound under a flood', () => {
    const recent = new RecentIds(MOST, KEEP_MS);
    for (let id = 0; id < 1_000; id += 1) {
      expect(recent.add(String(id), id)).toBe(true);
      expect(recent.size).toBeLessThanOrEqual(MOST);
    }
  });
});
