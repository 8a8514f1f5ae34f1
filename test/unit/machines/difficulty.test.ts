import { difficultyMachine, type DifficultyInput } from '../../../machines/difficulty.js';
import { Moment } from './moment.js';

const INTERVAL_MS = 10_000;
const SETTING = 20;
const taken = { type: 'caller.admitted' } as const;

/** A difficulty that finds the slots taken as the test says. */
const begun = (changes: Partial<DifficultyInput> = {}) => {
  const slots = { share: 0 };
  const moment = Moment.begin(difficultyMachine, {
    setting: SETTING,
    cap: SETTING + 2,
    difficultyIntervalMs: INTERVAL_MS,
    takenShare: () => slots.share,
    ...changes,
  });
  return { slots, moment };
};

describe('difficulty', () => {
  it('rests at the setting while nobody calls, and no timer runs', () => {
    const { moment } = begun();
    expect([moment.value, moment.context.bits, moment.timers.size]).toEqual([
      'resting',
      SETTING,
      0,
    ]);
  });

  it('weighs an interval as soon as somebody calls', () => {
    const weighing = begun().moment.on(taken);
    expect([weighing.value, [...weighing.timers.values()]]).toEqual(['weighing', [INTERVAL_MS]]);
    expect(weighing.asked('beginInterval')).toHaveLength(1);
    // Another caller does not put the end of the interval off.
    expect(weighing.on(taken).effects).toEqual([]);
  });

  it('rises and says so at each crowded interval, and not above the cap', () => {
    const { slots, moment } = begun();
    slots.share = 0.6;
    let now = moment.on(taken);
    for (const bits of [SETTING + 1, SETTING + 2]) {
      now = now.elapse('difficultyInterval');
      expect(now.told).toEqual([{ to: 'parent', event: { type: 'difficulty.changed', bits } }]);
      expect([now.value, now.asked('beginInterval').length]).toEqual(['weighing', 1]);
    }
    now = now.elapse('difficultyInterval');
    expect([now.told, now.context.bits]).toEqual([[], SETTING + 2]);
  });

  it('falls again when the crowd has gone, and rests at last', () => {
    const { slots, moment } = begun();
    slots.share = 0.6;
    const risen = moment.on(taken).elapse('difficultyInterval');
    slots.share = 0.2;
    const held = risen.elapse('difficultyInterval');
    expect([held.told, held.context.bits]).toEqual([[], SETTING + 1]);
    slots.share = 0;
    const fallen = held.elapse('difficultyInterval');
    expect(fallen.told).toMatchObject([{ event: { bits: SETTING } }]);
    expect(fallen.elapse('difficultyInterval').value).toBe('resting');
  });

  it('goes on weighing while there are callers at all', () => {
    const { slots, moment } = begun();
    slots.share = 0.05;
    expect(moment.on(taken).elapse('difficultyInterval').value).toBe('weighing');
  });
});
