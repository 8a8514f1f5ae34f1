/**
 * Cuts a scenario in which an invariant was broken down to a small one in which the same is broken:
 * fewer faults, nodes, items. Greedy: each cut is tried, kept when it still breaks, else undone.
 */

/** A scenario as its file has it. */
export type ScenarioJson = {
  readonly [field: string]: unknown;
  readonly items: readonly ItemsJson[];
  readonly faults?: readonly unknown[];
  readonly attackers?: readonly unknown[];
};

type ItemsJson = { readonly name: string; readonly count: number };

/** What is cut: a scenario and its size. */
export type Case = { readonly scenario: ScenarioJson; readonly nodes: number };

export type ShrinkOptions = {
  /** Plays a case once; true: the same invariant is broken. */
  readonly breaks: (candidate: Case) => Promise<boolean>;
  /** Plays at most so often. */
  readonly triesMax: number;
  /** Told of each smaller case. */
  readonly onSmaller?: (smaller: Case) => void;
};

const NODES_MIN = 2;

/** The smallest case that was found; the given one where nothing can be cut. */
export const shrink = async (found: Case, options: ShrinkOptions): Promise<Case> => {
  const { breaks, triesMax, onSmaller } = options;
  let smallest = found;
  let tries = 0;
  for (let hasCut = true; hasCut;) {
    hasCut = false;
    for (const candidate of smallerThan(smallest)) {
      if (tries === triesMax) return smallest;
      tries += 1;
      if (!(await breaks(candidate))) continue;
      smallest = candidate;
      hasCut = true;
      onSmaller?.(smallest);
      break;
    }
  }
  return smallest;
};

/** Every case that is a little smaller, those that save most first. */
function* smallerThan({ scenario, nodes }: Case): Iterable<Case> {
  const withNodes = (fewer: number): Case => ({ scenario, nodes: fewer });
  const half = Math.ceil(nodes / 2);
  if (half >= NODES_MIN && half < nodes) yield withNodes(half);
  for (const list of ['faults', 'attackers'] as const) {
    const entries = scenario[list] ?? [];
    for (const at of entries.keys()) {
      yield { nodes, scenario: { ...scenario, [list]: entries.toSpliced(at, 1) } };
    }
  }
  const { items } = scenario;
  for (const [at, group] of items.entries()) {
    if (items.length > 1) yield { nodes, scenario: withItems(scenario, items.toSpliced(at, 1)) };
    if (group.count === 1) continue;
    const fewer = { ...group, count: Math.ceil(group.count / 2) };
    yield { nodes, scenario: withItems(scenario, items.toSpliced(at, 1, fewer)) };
  }
  const less = nodes - Math.max(1, nodes >> 3);
  if (less >= NODES_MIN && less > half) yield withNodes(less);
}

/** Measures may name a group that is gone; one that names none is enough. */
const withItems = (scenario: ScenarioJson, items: readonly ItemsJson[]): ScenarioJson => ({
  ...scenario,
  items,
  measures: [{ name: 'delivery' }],
});
