/** docs/pictures/difficulty.svg shows the rule at work; `npm run golden` draws it anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nextDifficulty } from '../../src/core/difficulty.js';
import { scatterPlot, type LabelledPoint } from '../../src/sim/report/scatter.js';

const PICTURE = fileURLToPath(new URL('../../docs/pictures/difficulty.svg', import.meta.url));
const RANGE = { setting: 20, cap: 26 };
const INTERVAL_S = 10;

/** A day of a listener in short: the share of its half-open slots, and for how many intervals. */
const PRESSURE: readonly (readonly [share: number, intervals: number])[] = [
  [0.02, 2],
  [0.9, 3],
  [0.3, 3],
  [1, 4],
  [0.05, 14],
];

const picture = (): string => {
  const shares = PRESSURE.flatMap(([share, intervals]) =>
    Array.from({ length: intervals }, () => share),
  );
  let bits = RANGE.setting;
  const asked: LabelledPoint[] = [{ x: 0, y: bits, label: `${bits}` }];
  const taken: LabelledPoint[] = [];
  for (const [at, share] of shares.entries()) {
    const before = bits;
    bits = nextDifficulty(bits, share, RANGE);
    asked.push({ x: (at + 1) * INTERVAL_S, y: bits, label: bits === before ? '' : `${bits}` });
    for (const x of [at, at + 1]) taken.push({ x: x * INTERVAL_S, y: 10 * share, label: '' });
  }
  return `${scatterPlot({
    title: 'What is asked of callers while others crowd the half-open slots',
    xLabel: 'seconds',
    yLabel: 'bits; tenths of the slots',
    series: [
      { name: 'leading zero bits asked', points: asked },
      { name: 'half-open slots taken, in tenths', points: taken },
    ],
  })}\n`;
};

describe('docs/pictures/difficulty.svg', () => {
  it('is drawn from the rule', () => {
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(PICTURE, picture());
    expect(readFileSync(PICTURE, 'utf8')).toBe(picture());
  });
});
