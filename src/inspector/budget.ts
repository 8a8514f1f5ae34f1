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

/** Of the time in which the event loop had nothing to do, watching gets so much. Our guess. */
export const IDLE_SHARE = 0.1;
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
  /** Default: `IDLE_SHARE`. */
  readonly share?: number;
};

/** What the observer asks of a budget. */
export type LookBudget = Pick<Budget, 'refusal' | 'begin' | 'spend' | 'countTold'>;

/** Where time is not real, watching takes none. */
export const FREE: LookBudget = {
  refusal: () => undefined,
  begin: () => {},
  spend: (look) => look(),
  countTold: () => {},
};

export class Budget {
  readonly #options: BudgetOptions;
  readonly #share: number;
  #creditMs: number;
  #idleMs: number;
  #isBehind = false;
  #told = 0;
  /** Records that may be told in this window although there is no time left for it. */
  #alms = BROKE_RECORDS;
  #brokeWindows = 0;
  #isSpending = false;

  constructor(options: BudgetOptions) {
    this.#options = options;
    this.#share = options.share ?? IDLE_SHARE;
    this.#creditMs = this.#share * KEPT_MS;
    this.#idleMs = options.idleMs();
  }

  /** Why not to look at the daemon, `records` having been told in this window; undefined: look. */
  refusal(records: number): AwayReason | undefined {
    if (this.#isBehind) return 'module behind';
    return this.#creditMs > 0 || records < this.#alms ? undefined : 'busy';
  }

  /** The next window begins. */
  begin(): void {
    const idleMs = this.#options.idleMs();
    const earnedMs = this.#share * Math.max(0, idleMs - this.#idleMs);
    this.#idleMs = idleMs;
    const keptMs = this.#share * KEPT_MS;
    this.#creditMs = Math.max(-keptMs, Math.min(keptMs, this.#creditMs + earnedMs));
    this.#isBehind = this.#options.pressure() >= PRESSURE_MAX;
    this.#brokeWindows = this.#creditMs > 0 ? 0 : this.#brokeWindows + 1;
    this.#alms = this.#brokeWindows % BROKE_WINDOWS === 0 ? BROKE_RECORDS : 0;
  }

  /**
   * Does this, and pays for the time that it takes, `mostMs` at most: a short look that took long
   * was interrupted by other processes. Done within another, it is paid for there.
   */
  spend(look: () => void, mostMs = Number.POSITIVE_INFINITY): void {
    if (this.#isSpending) return look();
    const { clock } = this.#options;
    const startMs = clock.monotonicMs();
    this.#isSpending = true;
    try {
      look();
    } finally {
      this.#isSpending = false;
      this.#creditMs -= Math.min(mostMs, clock.monotonicMs() - startMs);
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
