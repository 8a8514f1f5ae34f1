/**
 * How hard a proof is asked of callers (p2p protocol page, "Handshake"): one bit more for each
 * interval in which more than half of the half-open slots were taken, one less for each in which
 * less than a tenth were. One bit doubles the work: a crowd that can pay for the half of the slots
 * cannot in the long run, and when it has gone newcomers soon pay as before.
 */
export type DifficultyRange = {
  /** At rest, and never below: leading zero bits. */
  readonly setting: number;
  /** Never above: what this daemon would itself work for. */
  readonly cap: number;
};

/** Shares of the half-open slots, on average over an interval. Source: p2p protocol page. */
const CROWDED_SHARE = 1 / 2;
const QUIET_SHARE = 1 / 10;

/** The difficulty after an interval with `bits` in which on average `takenShare` was taken. */
export const nextDifficulty = (
  bits: number,
  takenShare: number,
  { setting, cap }: DifficultyRange,
): number => {
  // With a cap below the setting the setting holds.
  if (takenShare > CROWDED_SHARE) return Math.max(bits, Math.min(bits + 1, cap));
  if (takenShare < QUIET_SHARE) return Math.max(bits - 1, setting);
  return bits;
};
