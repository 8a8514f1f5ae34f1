/** What several runs say together. */

/** A mean, and how far the true one may be from it: half the width of the 95 % interval. */
export type Estimate = {
  readonly mean: number;
  /** 0 when all runs agree; NaN with a single run, which says nothing of the others. */
  readonly halfWidth: number;
  readonly runs: number;
};

/**
 * Two-sided 95 % quantiles of Student's t for 1, 2, ... degrees of freedom; beyond the table the
 * normal distribution's 1.96 is near enough. Any table of statistics has them.
 */
const STUDENT_T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
  2.045, 2.042,
];
const NORMAL = 1.96;

/** Mean and 95 % confidence interval; values that are no number are left out. */
export const estimate = (values: readonly number[]): Estimate => {
  const known = values.filter((value) => !Number.isNaN(value));
  const runs = known.length;
  const mean = known.reduce((sum, value) => sum + value, 0) / runs;
  if (runs < 2) return { mean, halfWidth: NaN, runs };
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (runs - 1));
  const quantile = STUDENT_T[runs - 2] ?? NORMAL;
  return { mean, halfWidth: (quantile * deviation) / Math.sqrt(runs), runs };
};
