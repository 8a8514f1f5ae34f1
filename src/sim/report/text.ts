/** An outcome as a table to be read in a terminal. */
import type { Violation } from '../invariants/invariant.js';
import { figureText, markOf, rowsOf, widthText, type Outcome, type Standard } from './rows.js';

const MS_PER_S = 1_000;

/** "Nothing goes wrong (no-fault.json): 100 nodes, 2 seeds, 49 s". */
export const headingOf = ({ file, scenario, nodes, runs }: Outcome): string => {
  const seeds = runs.length === 1 ? `seed ${runs[0]?.seed ?? ''}` : `${runs.length} seeds`;
  const seconds = Math.round((runs[0]?.virtualMs ?? 0) / MS_PER_S);
  return `${scenario.title} (${file}): ${nodes} nodes, ${seeds}, ${seconds} s`;
};

/** The heading and a line for each measure. */
export const outcomeText = (outcome: Outcome, standard: Standard): string => {
  const cells = rowsOf(outcome, standard).map((row) => [
    row.label,
    figureText(row.estimate.mean, row.unit),
    widthText(row.estimate, row.unit),
    row.target,
    markOf(row),
  ]);
  const head = ['measure', 'mean', '95 %', standard === 'quick' ? 'bound' : 'target', ''];
  const all = cells.some(([, , , target]) => target !== '') ? [head, ...cells] : cells;
  const widths = head.map((_, column) =>
    Math.max(...all.map((row) => [...(row[column] ?? '')].length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const gap = ' '.repeat((widths[column] ?? 0) - [...cell].length);
        return column === 1 ? gap + cell : cell + gap;
      })
      .join('  ')
      .trimEnd();
  return [headingOf(outcome), ...all.map((row) => `  ${line(row)}`)].join('\n');
};

/** What was found wrong, with what came before it. */
export const violationText = (violation: Violation): string => {
  const { invariant, detail, seed, nodes, atMs, step, tail } = violation;
  return [
    `invariant ${invariant} is broken: ${detail}`,
    `  seed ${seed}, ${nodes} nodes, step ${step}, at ${atMs.toFixed(1)} ms; before that:`,
    ...tail.map((line) => `  ${line}`),
  ].join('\n');
};
