/** What the plots need of a meter, as plain data. */
import type { Bin } from '../measures/histogram.js';
import { histogramOf } from '../measures/histogram.js';
import { MARK, type Meter } from '../measures/meter.js';

export type Summary = {
  readonly latency: readonly Bin[];
  readonly expected: number;
  readonly missing: number;
  readonly copies: readonly number[];
};

/** Copies beyond this are counted as this many. */
const COPIES_SHOWN_MAX = 64;

export const summarize = (meter: Meter): Summary => {
  const copies: number[] = [];
  let [expected, missing] = [0, 0];
  for (const item of meter.items) {
    for (const node of meter.expected(item)) {
      expected += 1;
      if (!meter.has(item, node, MARK.delivered)) missing += 1;
      const received = Math.min(COPIES_SHOWN_MAX, item.copies[node] ?? 0);
      while (copies.length <= received) copies.push(0);
      copies[received] = (copies[received] ?? 0) + 1;
    }
  }
  const bins = meter.groups.flatMap((group) => group?.latency.bins() ?? []);
  return { latency: histogramOf(bins).bins(), expected, missing, copies };
};
