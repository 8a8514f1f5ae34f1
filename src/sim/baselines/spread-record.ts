/** What became of the items of a baseline, item by item and node by node. */

/** Is told of every copy of an item that comes to a node, from whom. */
export type CopyListener = (item: BaselineItem, from: number, to: number) => void;

/** An item on its way. The arrays have a place for every node. */
export class BaselineItem {
  /** Counts up from 0 in the order of publication. */
  readonly number: number;
  readonly origin: number;
  readonly sentMs: number;
  /** When a node had its first copy; NaN: it has none. */
  readonly firstMs: Float64Array;
  /** Over how many links the first copy came. */
  readonly hops: Uint8Array;
  /** Copies received, the first included. */
  readonly copies: Uint16Array;
  readonly #onCopy: CopyListener | undefined;

  constructor(
    number: number,
    origin: number,
    sentMs: number,
    nodes: number,
    onCopy?: CopyListener,
  ) {
    this.number = number;
    this.origin = origin;
    this.sentMs = sentMs;
    this.firstMs = new Float64Array(nodes).fill(Number.NaN);
    this.hops = new Uint8Array(nodes);
    this.copies = new Uint16Array(nodes);
    this.#onCopy = onCopy;
  }

  /** A copy has come to a node over its link with `from`. */
  received(node: number, from: number, hops: number, nowMs: number): void {
    this.#onCopy?.(this, from, node);
    this.copies[node] = (this.copies[node] ?? 0) + 1;
    if (!Number.isNaN(this.firstMs[node])) return;
    this.firstMs[node] = nowMs;
    this.hops[node] = hops;
  }
}

/** What all items together came to. Latencies in ms, from publication to a node's first copy. */
export type SpreadMeasures = {
  /** Pairs of an item and a node that was to have it. */
  readonly expected: number;
  readonly delivered: number;
  /** Copies that came to the audience and to the origin, per delivery. */
  readonly copiesPerDelivery: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** The longest way of a first copy, in links: of each item, then the mean. */
  readonly lastHop: number;
};

/**
 * Measures what came to an item's audience. `hears` says whether a node was to have an item; its
 * origin never is.
 */
export const measureSpread = (
  items: readonly BaselineItem[],
  hears: (node: number, item: BaselineItem) => boolean,
): SpreadMeasures => {
  const latencies: number[] = [];
  let [expected, copies, lastHops] = [0, 0, 0];
  for (const item of items) {
    copies += item.copies[item.origin] ?? 0;
    let lastHop = 0;
    for (const [node, firstMs] of item.firstMs.entries()) {
      if (node === item.origin || !hears(node, item)) continue;
      expected += 1;
      copies += item.copies[node] ?? 0;
      if (Number.isNaN(firstMs)) continue;
      latencies.push(firstMs - item.sentMs);
      lastHop = Math.max(lastHop, item.hops[node] ?? 0);
    }
    lastHops += lastHop;
  }
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return {
    expected,
    delivered: sorted.length,
    copiesPerDelivery: copies / sorted.length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
    lastHop: lastHops / items.length,
  };
};
