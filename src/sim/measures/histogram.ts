/** Durations counted in bins: as many as there are, in a few kilobytes. */

/** Below it a bin is a quarter of a millisecond wide, above it a thousandth of its place. */
const FINE_UP_TO_MS = 1_000;
const BINS_PER_MS = 4;
const GROWTH = 1.001;
const FINE_BINS = FINE_UP_TO_MS * BINS_PER_MS;

/** One bin that is not empty, for JSON. */
export type Bin = { readonly ms: number; readonly count: number };

/** Milliseconds, with percentiles to a quarter of one, or a thousandth. */
export class Histogram {
  readonly #counts = new Map<number, number>();
  #count = 0;
  #maxMs = 0;

  get count(): number {
    return this.#count;
  }

  /** Exact; 0 when nothing was counted. */
  get maxMs(): number {
    return this.#maxMs;
  }

  add(ms: number, times = 1): void {
    const bin = binOf(ms);
    this.#counts.set(bin, (this.#counts.get(bin) ?? 0) + times);
    this.#count += times;
    this.#maxMs = Math.max(this.#maxMs, ms);
  }

  /** The least duration that so large a share does not exceed; NaN when nothing was counted. */
  percentileMs(share: number): number {
    let left = Math.ceil(share * this.#count);
    for (const { ms, count } of this.bins()) {
      left -= count;
      if (left <= 0) return Math.min(ms, this.#maxMs);
    }
    return NaN;
  }

  /** How many were at most so long, to the width of a bin. */
  countUpTo(ms: number): number {
    const last = binOf(ms);
    let total = 0;
    for (const [bin, count] of this.#counts) if (bin <= last) total += count;
    return total;
  }

  /** Every bin that is not empty, by its upper edge, the shortest first. */
  bins(): Bin[] {
    return [...this.#counts]
      .sort(([a], [b]) => a - b)
      .map(([bin, count]) => ({ ms: upperEdge(bin), count }));
  }
}

const binOf = (ms: number): number =>
  ms < FINE_UP_TO_MS
    ? Math.floor(ms * BINS_PER_MS)
    : FINE_BINS + Math.floor(Math.log(ms / FINE_UP_TO_MS) / Math.log(GROWTH));

const upperEdge = (bin: number): number =>
  bin < FINE_BINS ? (bin + 1) / BINS_PER_MS : FINE_UP_TO_MS * GROWTH ** (bin - FINE_BINS + 1);

/** Puts bins into one histogram; the longest duration is the last bin's edge. */
export const histogramOf = (bins: readonly Bin[]): Histogram => {
  const histogram = new Histogram();
  // An upper edge belongs to the next bin: the middle of a fine bin does not.
  for (const { ms, count } of bins) {
    const inside = ms <= FINE_UP_TO_MS ? ms - 0.5 / BINS_PER_MS : ms / Math.sqrt(GROWTH);
    histogram.add(inside, count);
  }
  return histogram;
};
