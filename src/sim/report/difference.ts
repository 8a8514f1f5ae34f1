/** What differs between two revisions, measure by measure, as a text for reviewers. */
import type { Unit } from '../measures/catalogue.js';
import type { OutcomeJson } from './json.js';
import { figureText } from './rows.js';

type MeasureJson = OutcomeJson['measures'][number];

const PERCENT = 100;

/** The same scenario in the same size, by name. */
const nameOf = ({ file, nodes }: OutcomeJson): string => `${file}, ${nodes} nodes`;

/** One block for each scenario in which something differs; a line for each such measure. */
export const differenceText = (
  before: readonly OutcomeJson[],
  after: readonly OutcomeJson[],
): string => {
  const earlier = new Map(before.map((outcome) => [nameOf(outcome), outcome]));
  const blocks = after.flatMap((outcome) => {
    const name = nameOf(outcome);
    const old = earlier.get(name);
    earlier.delete(name);
    if (old === undefined) return [`${name}: new`];
    const lines = [...violationLines(old, outcome), ...measureLines(old, outcome)];
    return lines.length === 0 ? [] : [[name, ...lines.map((line) => `  ${line}`)].join('\n')];
  });
  const gone = [...earlier.keys()].map((name) => `${name}: not played any more`);
  const all = [...blocks, ...gone];
  return all.length === 0 ? 'nothing differs' : all.join('\n');
};

const violationLines = (before: OutcomeJson, after: OutcomeJson): string[] => {
  const [old, now] = [before.violations.length, after.violations.length];
  return old === 0 && now === 0 ? [] : [`invariants broken: ${old} -> ${now}`];
};

const measureLines = (before: OutcomeJson, after: OutcomeJson): string[] => {
  const labels = [...before.measures, ...after.measures].map(({ label }) => label);
  const width = Math.max(0, ...labels.map((label) => label.length));
  const line = (label: string, text: string): string => `${label.padEnd(width)}  ${text}`;
  return [...new Set(labels)].flatMap((label) => {
    const [old, now] = [before, after].map(({ measures }) =>
      measures.find((measure) => measure.label === label),
    );
    if (now === undefined) return [line(label, 'not measured any more')];
    if (old === undefined) return [line(label, `new: ${shown(now)}`)];
    if (old.mean === now.mean) return [];
    return [line(label, `${shown(old)} -> ${shown(now)}${changeText(old, now)}`)];
  });
};

const shown = ({ mean, unit }: MeasureJson): string => figureText(mean ?? NaN, unit as Unit);

/** By how much, and whether it is more than the seeds differ among themselves. */
const changeText = (before: MeasureJson, after: MeasureJson): string => {
  if (before.mean === null || after.mean === null) return '';
  const change = after.mean - before.mean;
  const share = before.mean === 0 ? '' : `${signed((change / before.mean) * PERCENT)} %`;
  const noise = Math.hypot(before.halfWidth ?? Infinity, after.halfWidth ?? Infinity);
  const isClear = Math.abs(change) > noise;
  const parts = [share, isClear ? 'more than chance' : ''].filter((part) => part !== '');
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
};

const signed = (value: number): string => `${value > 0 ? '+' : ''}${value.toFixed(1)}`;
