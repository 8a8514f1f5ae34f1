/**
 * The chart of a machine as the interpreter needs it: every set of active states that comes up, and
 * what each transition does to it, worked out once for all actors of all daemons of the process.
 * The rules are those of SCXML as XState 5 has them, in the same order; `docs/decisions/0015` says
 * why they stand here again.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition, StateValue } from 'xstate';

/** An action of the definition: its name, its params, and what it is when that is known already. */
export type Prepared = {
  readonly type: string;
  /** A function, or one of XState's own actions; undefined: an effect, looked up by its name. */
  readonly known: unknown;
  readonly params: unknown;
};

export type Transitions = readonly AnyTransitionDefinition[];

/** What some transitions, enabled together, do to a configuration. */
export type Step = {
  /** Exits from the inside out, the transitions' own, entries from the outside in. */
  readonly actions: readonly Prepared[];
  readonly next: Configuration;
  /** The state with which the machine is done. */
  readonly completed: AnyStateNode | undefined;
  /** Exits of a machine that is done. */
  readonly farewell: readonly Prepared[];
};

/** What may answer an event: transitions of the regions; if none does, the first candidate. */
export type Choice = {
  readonly regions: readonly Choice[];
  readonly candidates: Transitions;
  /** What answers in any case, since no guard is asked; undefined: that depends. */
  readonly sure: Transitions | undefined;
};

/** Event types remembered per configuration: some have the id of an actor in them (our guess). */
export const CHOICES_MAX = 4_096;

/** A set of states that are active together. Equal ones are the same object. */
export class Configuration {
  /** In the order in which XState would have them. */
  readonly nodes: AnyStateNode[];
  readonly value: StateValue;
  readonly tags: Set<string>;
  /** The `always` transitions: of each list the first that may. */
  readonly eventless: readonly Transitions[];
  readonly #chart: Chart;
  readonly #choices = new Map<string, Choice>();
  readonly #steps = new Map<AnyTransitionDefinition, Step>();

  constructor(chart: Chart, nodes: AnyStateNode[]) {
    this.#chart = chart;
    this.nodes = nodes;
    this.value = valueOf(chart.root, nodes);
    this.tags = new Set(nodes.flatMap(({ tags }) => tags));
    this.eventless = nodes
      .filter(isAtomic)
      .map((node) => [node, ...ancestorsOf(node)].flatMap(({ always }) => always ?? []))
      .filter(({ length }) => length > 0);
  }

  choiceFor(eventType: string): Choice {
    const known = this.#choices.get(eventType);
    if (known !== undefined) return known;
    if (this.#choices.size >= CHOICES_MAX) this.#choices.clear();
    const made = choiceOf(this.#chart.root, this.nodes, eventType);
    this.#choices.set(eventType, made);
    return made;
  }

  /** What these transitions do; at least one, as they were enabled. */
  step(transitions: Transitions): Step {
    const [first] = transitions;
    // Regions that answer the same event are rare: what they do together is not remembered.
    if (first === undefined || transitions.length > 1) return this.#plan(transitions);
    const known = this.#steps.get(first);
    if (known !== undefined) return known;
    const step = this.#plan(transitions);
    this.#steps.set(first, step);
    return step;
  }

  #plan(transitions: Transitions): Step {
    const active = new Set(this.nodes);
    const enabled = withoutConflicts(transitions, active);
    const left = exitSet(enabled, active).sort((a, b) => b.order - a.order);
    for (const node of left) active.delete(node);
    const entered = entrySet(enabled).sort((a, b) => a.order - b.order);
    for (const node of entered) active.add(node);
    const completed = entered.find(({ type }) => type === 'final');
    const nodes = [...active];
    const isSame = nodes.length === this.nodes.length && this.nodes.every((it) => active.has(it));
    if (completed !== undefined) nodes.sort((a, b) => b.order - a.order);
    const { root } = this.#chart;
    return {
      actions: preparedAll(
        [
          ...left.flatMap(({ exit }) => exit),
          ...enabled.flatMap(({ actions }) => actions),
          ...entered.flatMap(({ entry }) => entry),
        ],
        root,
      ),
      next: isSame ? this : this.#chart.configuration(nodes),
      completed,
      farewell:
        completed === undefined
          ? []
          : preparedAll(
              nodes.flatMap(({ exit }) => exit),
              root,
            ),
    };
  }
}

/** A machine's definition, whatever its effects are. */
export class Chart {
  readonly root: AnyStateNode;
  readonly #configurations = new Map<string, Configuration>();
  /** Snapshots that XState has spread carry the nodes alone. */
  readonly #byNodes = new WeakMap<readonly AnyStateNode[], Configuration>();
  /** Before anything has happened. */
  readonly nowhere: Configuration;
  #beginning: Step | undefined;

  constructor(root: AnyStateNode) {
    this.root = root;
    this.nowhere = this.configuration([root]);
  }

  configuration(nodes: AnyStateNode[]): Configuration {
    const key = nodes.map(({ order }) => order).join(' ');
    const known = this.#configurations.get(key) ?? new Configuration(this, nodes);
    this.#configurations.set(key, known);
    this.#byNodes.set(known.nodes, known);
    return known;
  }

  /** Where a snapshot stands, by its `_nodes`. */
  configurationOf(nodes: AnyStateNode[]): Configuration {
    return this.#byNodes.get(nodes) ?? this.configuration(nodes);
  }

  /** Enters the initial states. */
  get beginning(): Step {
    return (this.#beginning ??= this.#begin());
  }

  #begin(): Step {
    const nodes = [...new Set([this.root, ...descendantsToEnter(this.root, new Set())])];
    nodes.sort((a, b) => a.order - b.order);
    const actions = preparedAll(
      nodes.flatMap(({ entry }) => entry),
      this.root,
    );
    return { actions, next: this.configuration(nodes), completed: undefined, farewell: [] };
  }
}

const charts = new WeakMap<AnyStateNode, Chart>();

/**
 * The chart of a machine, the same for all that share its definition; undefined for one that has
 * what no machine of ours has: history, invoked actors, actions of an initial transition, a final
 * state below the top.
 */
export const chartOf = ({ root, options }: AnyStateMachine): Chart | undefined => {
  const known = charts.get(root);
  if (known !== undefined) return known;
  const isPlain = (options.maxIterations ?? Infinity) === Infinity;
  if (!isPlain || !allNodes(root).every(isKnownKind)) return undefined;
  const chart = new Chart(root);
  charts.set(root, chart);
  return chart;
};

const allNodes = (node: AnyStateNode): AnyStateNode[] => [
  node,
  ...childrenOf(node).flatMap(allNodes),
];

const isKnownKind = (node: AnyStateNode): boolean =>
  node.type !== 'history' &&
  node.invoke.length === 0 &&
  (node.type !== 'compound' || node.initial.actions.length === 0) &&
  (node.type !== 'final' || (node.parent?.type === 'compound' && !node.parent.parent)) &&
  node.config.route === undefined;

/** Actions with what the definition itself says of them; only effects may be said otherwise. */
export const preparedAll = (actions: readonly unknown[], root: AnyStateNode): Prepared[] =>
  actions.map((action) => {
    if (typeof action === 'function') {
      return { type: action.name || '(anonymous)', known: action, params: undefined };
    }
    const { type, params } = (typeof action === 'string' ? { type: action } : action) as {
      readonly type: string;
      readonly params?: unknown;
    };
    const declared: unknown = root.machine.implementations.actions[type];
    return { type, known: isBuiltin(declared) ? declared : undefined, params };
  });

/** True for `assign`, `sendTo` and the like: what is the machine's own, not its runner's. */
export const isBuiltin = (action: unknown): boolean =>
  typeof action === 'function' && 'resolve' in action;

// ----------------------------------------------------------------------------- the tree

const childrenOf = (node: AnyStateNode): AnyStateNode[] => Object.values(node.states);

const isAtomic = ({ type }: AnyStateNode): boolean => type === 'atomic' || type === 'final';

/** Proper ancestors up to `until`, which is left out; the nearest first. */
const ancestorsOf = (node: AnyStateNode, until?: AnyStateNode): AnyStateNode[] => {
  const ancestors: AnyStateNode[] = [];
  if (node === until) return ancestors;
  for (let at = node.parent; at !== undefined && at !== until; at = at.parent) ancestors.push(at);
  return ancestors;
};

/** Everything, the root too, lies below an undefined state. */
const isBelow = (node: AnyStateNode, other: AnyStateNode | undefined): boolean =>
  other === undefined || ancestorsOf(node).includes(other);

const valueOf = (node: AnyStateNode, nodes: readonly AnyStateNode[]): StateValue => {
  const active = nodes.filter(({ parent }) => parent === node);
  const [only] = active;
  if (node.type === 'compound' && only !== undefined && isAtomic(only)) return only.key;
  return Object.fromEntries(active.map((child) => [child.key, valueOf(child, nodes)]));
};

// ----------------------------------------------------------------------------- events

const choice = (regions: readonly Choice[], candidates: Transitions): Choice => {
  const [first] = candidates;
  const isSure = regions.length === 0 && first?.guard === undefined;
  return { regions, candidates, sure: isSure ? candidates.slice(0, 1) : undefined };
};

const NO_CHOICE = choice([], []);

/** From the inside out: what an inner state answers, the outer ones do not hear of. */
const choiceOf = (node: AnyStateNode, nodes: readonly AnyStateNode[], type: string): Choice => {
  const regions = nodes
    .filter(({ parent }) => parent === node)
    .map((child) => choiceOf(child, nodes, type))
    .filter((inner) => inner !== NO_CHOICE);
  const candidates = candidatesOf(node, type);
  const [only] = regions;
  if (only === undefined) return candidates.length === 0 ? NO_CHOICE : choice([], candidates);
  if (regions.length > 1) return choice(regions, candidates);
  return choice(only.regions, [...only.candidates, ...candidates]);
};

/** The exact name first, then the longer wildcard before the shorter. */
const candidatesOf = ({ transitions }: AnyStateNode, type: string): AnyTransitionDefinition[] => {
  const wild = [...transitions.keys()]
    .filter((descriptor) => descriptor !== type && matches(type, descriptor))
    .sort((a, b) => b.length - a.length);
  return [type, ...wild].flatMap((descriptor) => transitions.get(descriptor) ?? []);
};

/** `*` is everything; `peer.*` is `peer` itself, and what begins with `peer.`. */
const matches = (type: string, descriptor: string): boolean => {
  if (descriptor === '*') return true;
  if (!descriptor.endsWith('.*')) return false;
  const stem = descriptor.slice(0, -'.*'.length);
  return type === stem || type.startsWith(`${stem}.`);
};

// ----------------------------------------------------------------------------- transitions

/** The innermost state that a transition does not leave; undefined: it leaves the root, too. */
const domainOf = ({ target, source, reenter }: AnyTransitionDefinition) => {
  const targets: readonly AnyStateNode[] = target ?? [];
  const isInside = (node: AnyStateNode) => node === source || isBelow(node, source);
  if (!reenter && targets.every(isInside)) return source;
  const all = [...targets, source];
  const [head = source, ...tail] = all;
  const common = ancestorsOf(head).find((one) => tail.every((node) => isBelow(node, one)));
  if (common !== undefined) return common;
  return reenter ? undefined : source.machine.root;
};

const exitSet = (transitions: Transitions, active: ReadonlySet<AnyStateNode>): AnyStateNode[] => {
  const left = new Set<AnyStateNode>();
  for (const transition of transitions) {
    if (transition.target === undefined || transition.target.length === 0) continue;
    const domain = domainOf(transition);
    if (transition.reenter && transition.source === domain) left.add(domain);
    for (const node of active) if (isBelow(node, domain)) left.add(node);
  }
  return [...left];
};

/** Of two transitions that leave the same state the inner one stays; else the earlier one. */
const withoutConflicts = (
  transitions: Transitions,
  active: ReadonlySet<AnyStateNode>,
): AnyTransitionDefinition[] => {
  const staying = new Set<AnyTransitionDefinition>();
  for (const one of transitions) {
    const left = new Set(exitSet([one], active));
    const rivals = [...staying].filter((other) =>
      exitSet([other], active).some((node) => left.has(node)),
    );
    if (rivals.some(({ source }) => !isBelow(one.source, source))) continue;
    for (const rival of rivals) staying.delete(rival);
    staying.add(one);
  }
  return [...staying];
};

const entrySet = (transitions: Transitions): AnyStateNode[] => {
  const entered = new Set<AnyStateNode>();
  for (const transition of transitions) {
    const { source, reenter } = transition;
    const targets: readonly AnyStateNode[] = transition.target ?? [];
    const domain = domainOf(transition);
    for (const target of targets) {
      if (source !== target || source !== domain || reenter) entered.add(target);
      descendantsToEnter(target, entered);
    }
    const within = source.parent === undefined && reenter ? undefined : domain;
    for (const target of targets) {
      const ancestors = ancestorsOf(target, domain);
      if (domain?.type === 'parallel') ancestors.push(domain);
      ancestorsToEnter(ancestors, within, entered);
    }
  }
  return [...entered];
};

/** Below a state that is entered: the initial states, and all regions that are not entered yet. */
const descendantsToEnter = (
  node: AnyStateNode,
  entered: Set<AnyStateNode>,
): ReadonlySet<AnyStateNode> => {
  if (node.type === 'compound') {
    for (const initial of node.initial.target as readonly AnyStateNode[]) {
      entered.add(initial);
      descendantsToEnter(initial, entered);
    }
  } else if (node.type === 'parallel') {
    for (const region of childrenOf(node)) enterRegion(region, entered);
  }
  return entered;
};

const enterRegion = (region: AnyStateNode, entered: Set<AnyStateNode>): void => {
  if ([...entered].some((node) => isBelow(node, region))) return;
  entered.add(region);
  descendantsToEnter(region, entered);
};

const ancestorsToEnter = (
  ancestors: readonly AnyStateNode[],
  within: AnyStateNode | undefined,
  entered: Set<AnyStateNode>,
): void => {
  for (const ancestor of ancestors) {
    if (isBelow(ancestor, within)) entered.add(ancestor);
    if (ancestor.type !== 'parallel') continue;
    for (const region of childrenOf(ancestor)) enterRegion(region, entered);
  }
};
