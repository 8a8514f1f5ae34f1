/** Results for programs: what the table says, and where it comes from. */
import { rowsOf, type Outcome, type Standard } from './rows.js';
import type { Violation } from '../invariants/invariant.js';

export type OutcomeJson = {
  readonly file: string;
  readonly title: string;
  readonly nodes: number;
  readonly seeds: readonly string[];
  readonly measures: readonly {
    readonly label: string;
    readonly unit: string;
    /** Null where there was nothing to measure. */
    readonly mean: number | null;
    readonly halfWidth: number | null;
    readonly values: readonly (number | null)[];
    readonly target: string;
    readonly isReached: boolean | null;
  }[];
  readonly violations: readonly Violation[];
};

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

export const outcomeJson = (outcome: Outcome, standard: Standard): OutcomeJson => {
  const { file, scenario, nodes, runs } = outcome;
  return {
    file,
    title: scenario.title,
    nodes,
    seeds: runs.map(({ seed }) => seed),
    measures: rowsOf(outcome, standard).map(({ label, unit, estimate, target, isReached }, at) => ({
      label,
      unit,
      mean: finite(estimate.mean),
      halfWidth: finite(estimate.halfWidth),
      values: runs.map(({ measures }) => finite(measures[at] ?? NaN)),
      target,
      isReached: isReached ?? null,
    })),
    violations: runs.flatMap(({ violations }) => violations),
  };
};
