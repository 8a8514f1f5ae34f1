/**
 * How much of a daemon's time watching it may take: watching must never cost a module a
 * notification. So it pays with time that the event loop had left over, and is broke rather than
 * in the way; and while a module is behind, it does nothing at all.
 *
 * Time is paid in advance, a little in each window: what was not spent is kept for a while, what
 * was spent too much is owed.
 */
import type { ClockPort } from '../runtime/ports.js';
import type { AwayReason } from './protocol.js';

/** Of a daemon's time, watching may take so much at most. Our guess. */
export const SHARE_MAX = 0.05;
/** And so much of the time that the event loop had nothing to do. Our guess. */
const IDLE_SHARE_MAX = 0.25;
/** Time for which shares are kept, and time for which they are owed at most. Our guess. */
const KEPT_MS = 1_000;
/** A module with so full a queue is behind. Our guess: half of it for bursts. */
export const PRESSURE_MAX = 0.5;
/** Who is broke still sees so many records … */
const BROKE_RECORDS = 30;
/** … once in so many windows, so that a busy daemon is not a dark one. Our guess. */
const BROKE_WINDOWS = 5;
/**
 * What XState itself pays for telling us one piece of an event. Measured: an event costs 7 to 12 µs
 * more with a callback that does nothing, and is told in four or five pieces; on a machine that has
 * other things to do it costs more.
 */
const TOLD_COST_MS = 0.003;
/** Pieces between two looks at the modules. */
const TOLD_PER_LOOK = 64;

export type BudgetOptions = {
  readonly clock: Pick<ClockPort, 'monotonicMs'>;
  /** Milliseconds in which the event loop had nothing to do, since some moment. */
  readonly idleMs: () => number;
  /** How full the fullest queue of a module is, 0 to 1. */
  readonly pressure: () => number;
  /** Default: `SHARE_MAX`. */
  readonly shareMax?: number;
};

export class Budget {
  readonly #options: BudgetOptions;
  readonly #shareMax: number;
  #creditMs: number;
  #beganMs: number;
  #idleMs: number;
  #isBehind = false;
  #told = 0;
  /** Records that may be told in this window although there is no time left for it. */
  #alms = BROKE_RECORDS;
  #brokeWindows = 0;
  #isSpending = false;

  constructor(options: BudgetOptions) {
    this.#options = options;
    this.#shareMax = options.shareMax ?? SHARE_MAX;
    this.#creditMs = this.#shareMax * KEPT_MS;
    this.#beganMs = options.clock.monotonicMs();
    this.#idleMs = options.idleMs();
  }

  /** Why not to look at the daemon, `records` having been told in this window; undefined: look. */
  refusal(records: number): AwayReason | undefined {
    if (this.#isBehind) return 'module behind';
    return this.#creditMs > 0 || records < this.#alms ? undefined : 'busy';
  }

  /** The next window begins. */
  begin(): void {
    const { clock, idleMs, pressure } = this.#options;
    const [nowMs, idleUntilNowMs] = [clock.monotonicMs(), idleMs()];
    const elapsedMs = Math.max(0, nowMs - this.#beganMs);
    const idle = Math.max(0, idleUntilNowMs - this.#idleMs);
    this.#beganMs = nowMs;
    this.#idleMs = idleUntilNowMs;
    const keptMs = this.#shareMax * KEPT_MS;
    const earnedMs = Math.min(this.#shareMax * elapsedMs, IDLE_SHARE_MAX * idle);
    this.#creditMs = Math.max(-keptMs, Math.min(keptMs, this.#creditMs + earnedMs));
    this.#isBehind = pressure() >= PRESSURE_MAX;
    this.#brokeWindows = this.#creditMs > 0 ? 0 : this.#brokeWindows + 1;
    this.#alms = this.#brokeWindows % BROKE_WINDOWS === 0 ? BROKE_RECORDS : 0;
  }

  /** Does this, and pays for the time that it takes; done within another, it is paid for there. */
  spend(look: () => void): void {
    if (this.#isSpending) return look();
    const { clock } = this.#options;
    const startMs = clock.monotonicMs();
    this.#isSpending = true;
    try {
      look();
    } finally {
      this.#isSpending = false;
      this.#creditMs -= clock.monotonicMs() - startMs;
    }
  }

  /** XState has told us something. */
  countTold(): void {
    this.#creditMs -= TOLD_COST_MS;
    this.#told += 1;
    if (this.#told % TOLD_PER_LOOK !== 0) return;
    this.#isBehind ||= this.#options.pressure() >= PRESSURE_MAX;
  }
}
