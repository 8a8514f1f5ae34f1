import { Budget, PRESSURE_MAX, IDLE_SHARE } from '../../../src/inspector/budget.js';

const WINDOW_MS = 100;
/** What a new budget has put by: the share of a second. */
const SAVED_MS = IDLE_SHARE * 1_000;

/** A budget in a world where nothing happens unless a test says so. */
const setUp = () => {
  const world = { nowMs: 0, idleMs: 0, pressure: 0 };
  const budget = new Budget({
    clock: { monotonicMs: () => world.nowMs },
    idleMs: () => world.idleMs,
    pressure: () => world.pressure,
  });
  return {
    world,
    budget,
    /** Looks for so long. */
    spend: (ms: number) => budget.spend(() => void (world.nowMs += ms)),
    /** Windows go by in which the loop is idle for this share of the time. */
    pass: (windows: number, idle = 1) => {
      for (let n = 0; n < windows; n += 1) {
        world.nowMs += WINDOW_MS;
        world.idleMs += idle * WINDOW_MS;
        budget.begin();
      }
    },
  };
};
const MANY = 1_000;

describe('the budget of watching', () => {
  it('lasts for ever where watching takes less than its share', () => {
    const { budget, spend, pass } = setUp();
    for (let n = 0; n < 1_000; n += 1) {
      spend(0.9 * IDLE_SHARE * WINDOW_MS);
      pass(1);
      expect(budget.refusal(MANY)).toBe(undefined);
    }
  });

  it('is spent by what takes longer, and comes back with time', () => {
    const { budget, spend, pass } = setUp();
    spend(SAVED_MS + 1);
    expect(budget.refusal(MANY)).toBe('busy');
    pass(1);
    expect(budget.refusal(MANY)).toBe(undefined);
  });

  it('is in debt for a second at most, whatever one look took', () => {
    const { budget, spend, pass } = setUp();
    spend(60_000);
    pass(1);
    expect(budget.refusal(MANY)).toBe('busy');
    pass(20);
    expect(budget.refusal(MANY)).toBe(undefined);
  });

  it('pays for a look within another once', () => {
    const { world, budget } = setUp();
    budget.spend(() => {
      budget.spend(() => void (world.nowMs += 0.6 * SAVED_MS));
    });
    expect(budget.refusal(MANY)).toBe(undefined);
  });

  it('pays for a look that fails', () => {
    const { world, budget } = setUp();
    const fail = (): never => {
      world.nowMs += SAVED_MS + 1;
      throw new Error('broken');
    };
    expect(() => budget.spend(fail)).toThrow('broken');
    expect(budget.refusal(MANY)).toBe('busy');
  });

  it('gets a part of what the event loop has left, and no more', () => {
    const { budget, spend, pass } = setUp();
    const idle = 0.1;
    const earnedMs = idle * WINDOW_MS * IDLE_SHARE;
    spend(SAVED_MS);
    for (let n = 0; n < 100; n += 1) {
      pass(1, idle);
      expect(budget.refusal(MANY)).toBe(undefined);
      spend(earnedMs);
    }
    pass(1, idle);
    spend(1.1 * earnedMs);
    expect(budget.refusal(MANY)).toBe('busy');
    pass(100, 0);
    expect(budget.refusal(MANY)).toBe('busy');
  });

  it('pays for no more than a short look can have taken', () => {
    const { world, budget } = setUp();
    for (let n = 0; n < 0.9 * SAVED_MS; n += 1) budget.spend(() => void (world.nowMs += 50), 1);
    expect(budget.refusal(MANY)).toBe(undefined);
  });

  it('gives alms to the broke: a few records, in one window of five', () => {
    const { budget, spend, pass } = setUp();
    spend(2 * SAVED_MS);
    const refusals = Array.from({ length: 20 }, () => {
      pass(1, 0);
      return budget.refusal(0);
    });
    expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(4);
    while (budget.refusal(0) !== undefined) pass(1, 0);
    expect([29, 30].map((records) => budget.refusal(records))).toEqual([undefined, 'busy']);
  });

  it('is closed while a module is behind, however rich', () => {
    const { world, budget, pass } = setUp();
    world.pressure = PRESSURE_MAX;
    pass(10);
    expect(budget.refusal(0)).toBe('module behind');
    world.pressure = PRESSURE_MAX / 2;
    expect(budget.refusal(0)).toBe('module behind');
    pass(1);
    expect(budget.refusal(MANY)).toBe(undefined);
  });

  it('is closed amidst a window when a module falls behind', () => {
    const { world, budget } = setUp();
    world.pressure = 1;
    for (let n = 0; n < 100 && budget.refusal(0) === undefined; n += 1) budget.countTold();
    expect(budget.refusal(0)).toBe('module behind');
  });

  it('counts what telling costs those who tell', () => {
    const { budget } = setUp();
    for (let n = 0; n < 100_000; n += 1) budget.countTold();
    expect(budget.refusal(MANY)).toBe('busy');
  });
});
