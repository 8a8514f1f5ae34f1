/** What stands in the box of a state and beside an arrow. */
import { shortText, type ActionUse } from './actions.js';
import type { Chart, ChartState, ChartTransition } from './chart.js';
import { stack, wrap, type Block, type Line, type Look, type Span } from './text.js';

const TITLE_SIZE = 14;
const MACHINE_SIZE = 18;
const NOTE_SIZE = 11.5;
const TEXT_SIZE = 11.5;
const HANG = 10;

/** Widest text in px: of a state without children, of one with, its description, of an arrow. */
const LEAF_WIDTH = 220;
const CLUSTER_WIDTH = 460;
const CLUSTER_NOTE_WIDTH = 300;
const LABEL_WIDTH = 210;

/** Arrows from one state to another that are drawn as one, with a label line for each. */
export type Way = {
  readonly source: string;
  readonly target: string;
  /** Indices in `Chart.transitions`. */
  readonly transitions: readonly number[];
};

/** True for a transition that goes nowhere else. */
const stays = ({ source, targets }: ChartTransition): boolean =>
  targets.every((target) => target === source);

/** From so many states on, ways out of the state around them to one target are told, not drawn. */
const CROWD = 3;

const parentOf = (chart: Chart, id: string): string | undefined =>
  chart.states.find((state) => state.id === id)?.parent;

const allWays = (chart: Chart): Way[] => {
  const ways = new Map<string, Way>();
  chart.transitions.forEach((transition, index) => {
    if (stays(transition)) return;
    for (const target of transition.targets) {
      const key = `${transition.source} ${target}`;
      const indices = ways.get(key)?.transitions ?? [];
      ways.set(key, { source: transition.source, target, transitions: [...indices, index] });
    }
  });
  return [...ways.values()];
};

/** The arrows of a chart, and the transitions that are told inside their state's box instead. */
export type Drawing = { readonly ways: readonly Way[]; readonly told: ReadonlySet<number> };

/**
 * Decides what is an arrow. Where many states leave the state around them for the same target, and
 * another arrow leads there, theirs would only be a thicket: their boxes say "→ closing" instead.
 */
export const drawingOf = (chart: Chart): Drawing => {
  const ways = allWays(chart);
  const leavesParent = ({ source, target }: Way): boolean =>
    parentOf(chart, source) !== parentOf(chart, target) && parentOf(chart, target) !== source;
  const isCrowded = (way: Way): boolean => {
    const others = ways.filter(({ target }) => target === way.target);
    const leaving = others.filter(leavesParent);
    return leavesParent(way) && leaving.length >= CROWD && leaving.length < others.length;
  };
  return {
    ways: ways.filter((way) => !isCrowded(way)),
    told: new Set([
      ...ways.filter(isCrowded).flatMap(({ transitions }) => transitions),
      ...chart.transitions.flatMap((transition, index) => (stays(transition) ? [index] : [])),
    ]),
  };
};

const LOOKS: Partial<Record<ActionUse['kind'], Look>> = { effect: 'effect', send: 'send' };

const unbroken = (text: string): string => text.replaceAll(' ', '\u00a0');

const actionSpans = (actions: readonly ActionUse[]): Span[] =>
  actions.flatMap((action, index): Span[] => [
    { text: index === 0 ? ' /' : ',', look: 'sign' },
    {
      text: `${index === 0 ? '\u00a0' : ' '}${unbroken(shortText(action))}`,
      look: LOOKS[action.kind] ?? 'keep',
    },
  ]);

/** True when an earlier transition for the same event has a guard, and this one has none. */
const isElse = (chart: Chart, index: number): boolean => {
  const transition = chart.transitions[index];
  return (
    transition?.guard === undefined &&
    chart.transitions
      .slice(0, index)
      .some(
        ({ source, descriptor, guard }) =>
          source === transition?.source &&
          descriptor === transition.descriptor &&
          guard !== undefined,
      )
  );
};

/** The condition of a transition as it is shown: a guard, "else", or nothing. */
export const conditionText = (chart: Chart, index: number): string => {
  const guard = chart.transitions[index]?.guard;
  if (guard !== undefined) return shortText(guard);
  return isElse(chart, index) ? 'else' : '';
};

/** Where a transition without an arrow goes: "↻" for the same state, anew. */
const goesTo = (chart: Chart, transition: ChartTransition): string => {
  if (transition.targets.length > 0 && stays(transition)) return ' ↻';
  const keys = transition.targets.map(
    (target) => chart.states.find(({ id }) => id === target)?.key ?? target,
  );
  return keys.length === 0 ? '' : ` →\u00a0${keys.join(', ')}`;
};

const transitionSpans = (chart: Chart, index: number, isTold: boolean): Span[] => {
  const transition = chart.transitions[index];
  if (transition === undefined) return [];
  const condition = conditionText(chart, index);
  const { event, actions, targets } = transition;
  const isIgnored = actions.length === 0 && targets.length === 0;
  return [
    { text: event, look: 'event' },
    ...(condition === '' ? [] : [{ text: ` [${unbroken(condition)}]`, look: 'guard' } as const]),
    ...actionSpans(actions),
    ...(isIgnored ? [{ text: ' / nothing', look: 'sign' } as const] : []),
    ...(isTold ? [{ text: goesTo(chart, transition), look: 'goal' } as const] : []),
  ];
};

/** The label of an arrow. */
export const labelOf = (chart: Chart, way: Way): Block =>
  stack(
    way.transitions.flatMap((edge, at) =>
      wrap(transitionSpans(chart, edge, false), {
        size: TEXT_SIZE,
        width: LABEL_WIDTH,
        edge,
        gap: at === 0 ? 0 : 3,
        hang: HANG,
      }),
    ),
  );

const headOf = (chart: Chart, state: ChartState, width: number): Line[] => {
  const isRoot = state.parent === undefined;
  const noteWidth = isRoot ? width : Math.min(width, CLUSTER_NOTE_WIDTH);
  return [
    ...wrap([{ text: isRoot ? chart.machine : state.key, look: 'title' }], {
      size: isRoot ? MACHINE_SIZE : TITLE_SIZE,
      width,
    }),
    ...wrap([{ text: isRoot ? chart.description : state.description, look: 'note' }], {
      size: NOTE_SIZE,
      width: noteWidth,
    }),
  ];
};

/** Name, description, entry and exit actions, and what it does without leaving. */
export const boxOf = (
  { chart, told }: { readonly chart: Chart; readonly told: ReadonlySet<number> },
  state: ChartState,
  hasChildren: boolean,
): Block => {
  const width = hasChildren ? CLUSTER_WIDTH : LEAF_WIDTH;
  const hooks = (['entry', 'exit'] as const)
    .filter((hook) => state[hook].length > 0)
    .map((hook) => ({
      spans: [{ text: hook, look: 'event' as const }, ...actionSpans(state[hook])],
      edge: undefined as number | undefined,
    }));
  const inside = chart.transitions.flatMap(({ source }, edge) =>
    source === state.id && told.has(edge)
      ? [{ spans: transitionSpans(chart, edge, true), edge }]
      : [],
  );
  const body = [...hooks, ...inside].flatMap(({ spans, edge }, at) =>
    wrap(spans, { size: TEXT_SIZE, width, edge, gap: at === 0 ? 8 : 2, hang: HANG }),
  );
  return stack([...headOf(chart, state, width), ...body]);
};
