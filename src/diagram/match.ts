/** Which transition of one revision is which of the other. */
import type { ChartTransition } from './chart.js';

/** A transition that is in both, changed or not, with its place in each. */
export type Pair = {
  readonly before: ChartTransition;
  readonly after: ChartTransition;
  readonly from: number;
  readonly to: number;
};

export type Matched = {
  /** In the order of `after`. */
  readonly pairs: readonly Pair[];
  readonly lost: readonly ChartTransition[];
  readonly gained: readonly { readonly transition: ChartTransition; readonly index: number }[];
};

/** True when two parts of a chart say the same: charts are plain JSON, written in one order. */
export const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** What two transitions must have in common to be one, from the surest to the least sure. */
const LIKENESSES: readonly (readonly (keyof ChartTransition)[])[] = [
  ['source', 'event', 'targets', 'guard', 'actions', 'reenter'],
  ['source', 'event', 'targets', 'guard'],
  ['source', 'event', 'targets', 'actions'],
  ['source', 'event', 'targets'],
  ['source', 'event', 'guard'],
  // Another timer that does the same in its place.
  ['source', 'kind', 'targets', 'guard', 'actions'],
];

/** Whether a likeness is about this transition; two events that do alike are still two. */
const counts = (likeness: readonly (keyof ChartTransition)[], { kind }: ChartTransition): boolean =>
  likeness.includes('event') || kind === 'after';

/** Pairs the transitions of two revisions, each with at most one. */
export const matchTransitions = (
  before: readonly ChartTransition[],
  after: readonly ChartTransition[],
): Matched => {
  const pairs: Pair[] = [];
  const free = { before: new Set(before.keys()), after: new Set(after.keys()) };
  for (const likeness of LIKENESSES) {
    for (const to of free.after) {
      const candidate = after[to];
      if (candidate === undefined || !counts(likeness, candidate)) continue;
      for (const from of free.before) {
        const old = before[from];
        if (old === undefined) continue;
        if (!likeness.every((property) => isSame(old[property], candidate[property]))) continue;
        pairs.push({ before: old, after: candidate, from, to });
        free.before.delete(from);
        free.after.delete(to);
        break;
      }
    }
  }
  const rest = <Value>(list: readonly Value[], indices: Iterable<number>) =>
    [...indices].flatMap((index) => {
      const transition = list[index];
      return transition === undefined ? [] : [{ transition, index }];
    });
  return {
    pairs: pairs.sort((one, other) => one.to - other.to),
    lost: rest(before, free.before).map(({ transition }) => transition),
    gained: rest(after, free.after),
  };
};
