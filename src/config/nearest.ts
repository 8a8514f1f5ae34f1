/** More slips than this, and two words have nothing to do with each other. */
const DISTANCE_MAX = 3;

/**
 * The candidate nearest to a misspelt `word`, or undefined when none is near: at most three letters
 * inserted, left out or replaced, and fewer than half of the word. The first of equals wins.
 */
export const nearest = (word: string, candidates: readonly string[]): string | undefined => {
  const from = word.toLowerCase();
  let limit = Math.min(DISTANCE_MAX, Math.ceil(word.length / 2) - 1);
  let best: string | undefined;
  for (const candidate of candidates) {
    const longer = candidate.length - from.length;
    if (longer > limit || -longer > limit) continue;
    const steps = distance(from, candidate, limit);
    if (steps > limit) continue;
    best = candidate;
    limit = steps - 1;
  }
  return best;
};

/** Levenshtein distance, one row of the table at a time; some number over `limit` when over it. */
const distance = (from: string, to: string, limit: number): number => {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let index = 0; index < from.length; index += 1) {
    const next = [index + 1];
    let least = index + 1;
    for (let column = 0; column < to.length; column += 1) {
      let steps = (row[column] ?? 0) + (from[index] === to[column] ? 0 : 1);
      const inserted = (next[column] ?? 0) + 1;
      const leftOut = (row[column + 1] ?? 0) + 1;
      if (inserted < steps) steps = inserted;
      if (leftOut < steps) steps = leftOut;
      if (steps < least) least = steps;
      next.push(steps);
    }
    if (least > limit) return least;
    row = next;
  }
  return row[to.length] ?? 0;
};
