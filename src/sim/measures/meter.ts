/**
 * Counts what becomes of announced items at every node: who had it when, over how many hops, in how
 * many copies. It knows no protocol: whoever simulates one tells it what passes. What it counts of
 * hops is the simulator's secret, and never on a wire.
 */
import { Histogram } from './histogram.js';

/** Names a node or an item of a run: they are numbered from 0 as they come. */
export type NodeIndex = number;
export type ItemIndex = number;

/** What passes between nodes, by purpose. */
export type Purpose = 'item' | 'have' | 'want' | 'other';

/** One announced item. The arrays have a place for every node that ever had to do with it. */
export type MeteredItem = {
  readonly index: ItemIndex;
  /** Of the scenario's item groups. */
  readonly group: number;
  readonly dataType: number;
  readonly announcer: NodeIndex;
  readonly atMs: number;
  /** Bits of `MARK`. */
  marks: Uint8Array;
  /** Hops that its first copy had come; 0 at the announcer, `NO_HOP` where it never was. */
  hops: Uint8Array;
  /** Copies received, at most 255. */
  copies: Uint8Array;
};

/** What is known of an item at a node. */
export const MARK = {
  /** A module there has been notified. */
  delivered: 1,
  /** The node may relay it: its module has announced it, or found it valid. */
  validated: 2,
  /** A copy has come only over links that were there before `markLinks`. */
  oldLinks: 4,
} as const;

export const NO_HOP = 255;

/** Whoever stays up so long after an announce is to have the item. Our guess. */
export const STAYED_MS = 5_000;

/** From a start to an end; `downMs` undefined: it is up. */
type Life = { readonly upMs: number; downMs: number | undefined };

type MeteredNode = {
  readonly name: string;
  readonly types: ReadonlySet<number>;
  /** Its lives, the last one at the end. */
  readonly lives: Life[];
  /** An attacker has it: what it has or hears does not count. */
  isTurned: boolean;
};

/** Counters of a group of items. */
export type GroupTotals = {
  /** Of nodes that were up at the announce, and have been since. */
  readonly latency: Histogram;
  deliveries: number;
  received: number;
};

export class Meter {
  readonly items: MeteredItem[] = [];
  readonly groups: GroupTotals[] = [];
  /** Messages and bytes sent since `begin`, by purpose. */
  readonly messages: Record<Purpose, number> = { item: 0, have: 0, want: 0, other: 0 };
  readonly bytes: Record<Purpose, number> = { item: 0, have: 0, want: 0, other: 0 };
  readonly #nodes: MeteredNode[] = [];
  /** Pairs of nodes that were linked at `markLinks`. */
  #oldLinks: ReadonlySet<number> | undefined;
  #isCounting = false;

  /** From now on traffic counts; what came before was the warm-up. */
  begin(): void {
    this.#isCounting = true;
  }

  // ------------------------------------------------------------------ nodes

  /** A node has come that wants items of these types. */
  addNode(name: string, types: readonly number[], atMs: number): NodeIndex {
    this.#nodes.push({
      name,
      types: new Set(types),
      lives: [{ upMs: atMs, downMs: undefined }],
      isTurned: false,
    });
    return this.#nodes.length - 1;
  }

  /** It is gone, or such that nothing is expected of it. */
  nodeDown(node: NodeIndex, atMs: number): void {
    const life = this.#nodes[node]?.lives.at(-1);
    if (life !== undefined) life.downMs = atMs;
  }

  /** It is an attacker's from now on. */
  nodeTurned(node: NodeIndex, atMs: number): void {
    this.nodeDown(node, atMs);
    const known = this.#nodes[node];
    if (known !== undefined) known.isTurned = true;
  }

  /** It is back. What was announced meanwhile counts as missed. */
  nodeUp(node: NodeIndex, atMs: number): void {
    this.#nodes[node]?.lives.push({ upMs: atMs, downMs: undefined });
  }

  nameOf(node: NodeIndex): string {
    return this.#nodes[node]?.name ?? `node ${node}`;
  }

  wants(node: NodeIndex, dataType: number): boolean {
    return this.#nodes[node]?.types.has(dataType) === true;
  }

  /**
   * Whom an item was to reach: who wanted it, was up at its announce and for `STAYED_MS` at least,
   * whatever became of it later; its announcer aside.
   */
  expected({ dataType, announcer, atMs }: MeteredItem): NodeIndex[] {
    const expected: NodeIndex[] = [];
    const wasThere = ({ upMs, downMs }: Life): boolean =>
      upMs <= atMs && (downMs === undefined || downMs > atMs + STAYED_MS);
    for (const [node, { types, lives }] of this.#nodes.entries()) {
      if (node !== announcer && types.has(dataType) && lives.some(wasThere)) expected.push(node);
    }
    return expected;
  }

  /** The links that there are now, as pairs: copies over them are told from those over others. */
  markLinks(pairs: Iterable<readonly [NodeIndex, NodeIndex]>): void {
    this.#oldLinks = new Set([...pairs].map(([one, other]) => pairKey(one, other)));
  }

  /** Whether `markLinks` was ever called: without it no copy is told from another. */
  get hasOldLinks(): boolean {
    return this.#oldLinks !== undefined;
  }

  // ------------------------------------------------------------------ items

  /** A module announces an item; returns its number. */
  announced(group: number, dataType: number, announcer: NodeIndex, atMs: number): ItemIndex {
    const places = this.#nodes.length;
    const item: MeteredItem = {
      ...{ index: this.items.length, group, dataType, announcer, atMs },
      marks: new Uint8Array(places),
      hops: new Uint8Array(places).fill(NO_HOP),
      copies: new Uint8Array(places),
    };
    item.hops[announcer] = 0;
    item.marks[announcer] = MARK.validated | MARK.oldLinks;
    this.items.push(item);
    this.#groupOf(item);
    return item.index;
  }

  /** A message was sent. */
  sent(purpose: Purpose, bytes: number): void {
    if (!this.#isCounting) return;
    this.messages[purpose] += 1;
    this.bytes[purpose] += bytes;
  }

  /** A copy of an item has come to a node. */
  received(index: ItemIndex, from: NodeIndex | undefined, to: NodeIndex): void {
    const item = this.#withRoom(index, to);
    if (item === undefined) return;
    this.#groupOf(item).received += 1;
    item.copies[to] = Math.min(255, (item.copies[to] ?? 0) + 1);
    if (from === undefined) return;
    const hops = item.hops[from] ?? NO_HOP;
    if (item.hops[to] === NO_HOP && hops < NO_HOP - 1) item.hops[to] = hops + 1;
    const isOld = this.#oldLinks?.has(pairKey(from, to)) === true;
    if (isOld && this.has(item, from, MARK.oldLinks)) this.#mark(item, to, MARK.oldLinks);
  }

  /** A module at a node was notified of an item. */
  delivered(index: ItemIndex, node: NodeIndex, atMs: number): void {
    const item = this.#withRoom(index, node);
    if (item === undefined) return;
    const isCounted = this.#nodes[node]?.isTurned === false && node !== item.announcer;
    if (!isCounted || this.has(item, node, MARK.delivered)) return;
    this.#mark(item, node, MARK.delivered);
    const group = this.#groupOf(item);
    group.deliveries += 1;
    // Whoever came later has it late, and no path was slow.
    const wasThere = (this.#nodes[node]?.lives.at(-1)?.upMs ?? Infinity) <= item.atMs;
    if (wasThere) group.latency.add(atMs - item.atMs);
  }

  /** A module at a node has found an item valid. */
  validated(index: ItemIndex, node: NodeIndex): void {
    const item = this.#withRoom(index, node);
    if (item !== undefined) this.#mark(item, node, MARK.validated);
  }

  has(item: MeteredItem, node: NodeIndex, mark: number): boolean {
    return ((item.marks[node] ?? 0) & mark) !== 0;
  }

  /** The item, with a place for a node that may have come after its announce. */
  #withRoom(index: ItemIndex, node: NodeIndex): MeteredItem | undefined {
    const item = this.items[index];
    if (item === undefined || node < item.marks.length) return item;
    const places = Math.max(this.#nodes.length, node + 1);
    item.marks = grown(item.marks, places, 0);
    item.hops = grown(item.hops, places, NO_HOP);
    item.copies = grown(item.copies, places, 0);
    return item;
  }

  #mark({ marks }: MeteredItem, node: NodeIndex, mark: number): void {
    marks[node] = (marks[node] ?? 0) | mark;
  }

  #groupOf({ group }: MeteredItem): GroupTotals {
    const known = this.groups[group];
    if (known !== undefined) return known;
    const made = { latency: new Histogram(), deliveries: 0, received: 0 };
    this.groups[group] = made;
    return made;
  }
}

const NODES_MAX = 2 ** 24;

const pairKey = (one: NodeIndex, other: NodeIndex): number =>
  one < other ? one * NODES_MAX + other : other * NODES_MAX + one;

const grown = (old: Uint8Array, places: number, empty: number): Uint8Array => {
  const array = new Uint8Array(places).fill(empty);
  array.set(old);
  return array;
};
