import { nodeClock } from '../../../src/node/clock.js';

describe('nodeClock', () => {
  it('fires after the delay by its own monotonic time', async () => {
    const start = nodeClock.monotonicMs();
    await new Promise<void>((resolve) => void nodeClock.setTimeout(() => resolve(), 5));
    expect(nodeClock.monotonicMs() - start).toBeGreaterThanOrEqual(4);
  });

  it('fires nothing that was cleared', async () => {
    const fired: string[] = [];
    const cleared = nodeClock.setTimeout(() => fired.push('cleared'), 1);
    nodeClock.clearTimeout(cleared);
    nodeClock.clearTimeout(undefined);
    await new Promise<void>((resolve) => void nodeClock.setTimeout(() => resolve(), 5));
    expect(fired).toEqual([]);
  });

  it('does not fire at once when the delay is longer than Node can keep', async () => {
    const fired: string[] = [];
    const far = nodeClock.setTimeout(() => fired.push('far'), 2 ** 31);
    await new Promise<void>((resolve) => void nodeClock.setTimeout(() => resolve(), 5));
    nodeClock.clearTimeout(far);
    expect(fired).toEqual([]);
  });

  it('reads the wall clock in milliseconds', () => {
    expect(Math.abs(nodeClock.wallMs() - Date.now())).toBeLessThan(1_000);
  });
});
