import { DeadlineLadder } from '../../../src/runtime/deadline-ladder.js';
import { ManualClock } from './manual-clock.js';

const setUp = () => {
  const clock = new ManualClock();
  const due: string[] = [];
  const ladder = new DeadlineLadder(clock, [10, 100], (keys) => void due.push(...keys));
  return { clock, due, ladder };
};

describe('a ladder of deadlines', () => {
  it('rounds a wait up to a rung, and down only to the last', () => {
    const { clock, due, ladder } = setUp();
    ladder.add('short', 1);
    ladder.add('longer', 11);
    ladder.add('longest', 5_000);
    clock.advance(10);
    expect(due).toEqual(['short']);
    clock.advance(90);
    expect(due).toEqual(['short', 'longer', 'longest']);
    expect(ladder.size).toBe(0);
  });

  it('starts a wait anew, on whatever rung', () => {
    const { clock, due, ladder } = setUp();
    ladder.add('a', 10);
    ladder.add('a', 100);
    clock.advance(99);
    expect(due).toEqual([]);
    clock.advance(1);
    expect(due).toEqual(['a']);
  });

  it('forgets one, and all', () => {
    const { clock, due, ladder } = setUp();
    for (const key of ['a', 'b']) ladder.add(key, 10);
    ladder.remove('a');
    ladder.remove('unknown');
    expect(ladder.size).toBe(1);
    ladder.clear();
    clock.advance(1_000);
    expect(due).toEqual([]);
  });
});
