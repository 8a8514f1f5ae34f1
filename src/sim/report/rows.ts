/** What several runs of a scenario say, measure by measure, beside what was to be reached. */
import { MEASURES, type Unit } from '../measures/catalogue.js';
import { estimate, type Estimate } from '../measures/statistics.js';
import type { RunResult } from '../run/result.js';
import type { Bound, MeasureEntry, Scenario } from '../scenario/schema.js';

/** All runs of a scenario at one size. */
export type Outcome = {
  /** Name of the file, without its folder. */
  readonly file: string;
  readonly scenario: Scenario;
  readonly nodes: number;
  readonly runs: readonly RunResult[];
};

/** One measure over all runs. */
export type Row = {
  readonly label: string;
  readonly unit: Unit;
  readonly doc: string;
  /** The best figure that anybody has published; empty where none is named. */
  readonly anchor: string;
  readonly estimate: Estimate;
  /** "≥ 0.9999"; empty where nothing is asked of this size. */
  readonly target: string;
  /** Undefined where nothing is asked. */
  readonly isReached: boolean | undefined;
};

/** Which bounds the rows are held to: those of the quick simulation, or the targets of the size. */
export type Standard = 'quick' | 'targets';

export const rowsOf = ({ scenario, nodes, runs }: Outcome, standard: Standard): Row[] =>
  scenario.measures.map((entry, at) => {
    const measure = MEASURES.get(entry.name);
    const own = entry.params;
    const found = estimate(runs.map(({ measures }) => measures[at] ?? NaN));
    const bound = standard === 'quick' ? own.quick : own.targets.find((t) => t.nodes === nodes);
    return {
      label: own.label ?? labelOf(entry),
      unit: measure?.unit ?? 'count',
      doc: measure?.doc ?? '',
      anchor: own.anchor ?? '',
      estimate: found,
      target: bound === undefined ? '' : boundText(bound),
      isReached: bound === undefined ? undefined : isWithin(found.mean, bound),
    };
  });

const labelOf = ({ name, params }: MeasureEntry): string => {
  const { items } = params;
  return typeof items === 'string' && items !== 'all' ? `${name}, ${items}` : name;
};

const boundText = ({ atLeast, atMost }: Bound): string =>
  [
    ...(atLeast === undefined ? [] : [`≥ ${atLeast}`]),
    ...(atMost === undefined ? [] : [`≤ ${atMost}`]),
  ].join(', ');

/** Means of floating-point sums may miss a bound by a hair. */
const HAIR = 1e-12;

const isWithin = (mean: number, { atLeast, atMost }: Bound): boolean =>
  (atLeast === undefined || mean >= atLeast - HAIR) &&
  (atMost === undefined || mean <= atMost + HAIR);

const DIGITS: Readonly<Record<Unit, number>> = { share: 6, ms: 1, count: 2, bytes: 0 };

/** A figure in its unit, without digits that mean nothing. */
export const figureText = (value: number, unit: Unit): string => {
  if (Number.isNaN(value)) return '-';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '-';
  const text = value.toFixed(DIGITS[unit]);
  const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return unit === 'ms' ? `${short} ms` : unit === 'bytes' ? `${short} B` : short;
};

/** "± 0.1"; empty for a single run. */
export const widthText = ({ halfWidth }: Estimate, unit: Unit): string =>
  Number.isNaN(halfWidth) ? '' : `± ${figureText(halfWidth, unit)}`;

/** "✓", "✗", or empty where nothing is asked. */
export const markOf = ({ isReached }: Row): string =>
  isReached === undefined ? '' : isReached ? '✓' : '✗';
