import type { Scheduler } from '../../src/sim/virtual-clock.js';

/**
 * One virtual event after the other until the promise has resolved, or nothing is left to happen.
 */
export const drive = async <Value>(
  scheduler: Scheduler,
  promise: Promise<Value>,
): Promise<Value> => {
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  promise.then(settle, settle);
  for (;;) {
    // What waits for an event goes on in microtasks, which have all run by then.
    await new Promise(setImmediate);
    if (isSettled) return await promise;
    if (!scheduler.step()) throw new Error('nothing is left that could happen');
  }
};
