import type { ClockPort } from '../runtime/ports.js';

/** The longest delay that Node keeps; anything longer would fire at once (Node documentation). */
const DELAY_MS_MAX = 2 ** 31 - 1;

/**
 * The real clock. Delays are in milliseconds and cut to 2^31 - 1 (24.8 days). Timers keep the
 * process alive, as the daemon's work should.
 */
export const nodeClock: ClockPort = {
  setTimeout: (fire, delayMs) => setTimeout(fire, Math.min(delayMs, DELAY_MS_MAX)),
  // Only what the line above returned comes back here; `unknown` is XState's type, not a doubt.
  clearTimeout: (id) => clearTimeout(id as NodeJS.Timeout | undefined),
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** Milliseconds in which the event loop of this thread had nothing to do, since it began. */
export const loopIdleMs = (): number => performance.eventLoopUtilization().idle;
