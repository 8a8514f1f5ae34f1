/** A chart as graphviz reads it: boxes of known size, nothing to write or to colour. */
import { boxOf, drawingOf, labelOf, type Way } from './blocks.js';
import type { Chart, ChartState } from './chart.js';
import type { Block } from './text.js';

/** A chart with the sizes of all its texts. */
export type Sized = {
  readonly chart: Chart;
  readonly boxes: readonly Block[];
  readonly ways: readonly Way[];
  readonly labels: readonly Block[];
  /** Index in `chart.states` by id. */
  readonly indexOf: ReadonlyMap<string, number>;
  readonly childrenOf: ReadonlyMap<string, readonly ChartState[]>;
};

/** Px between the text of a box and its border. */
export const BOX_MARGIN = { x: 12, y: 9 };

/** Px within the border of a state with children. */
export const CLUSTER_MARGIN = 14;

/** Measures every text of a chart. */
export const sizeOf = (chart: Chart): Sized => {
  const childrenOf = new Map(
    chart.states.map(({ id }) => [id, chart.states.filter(({ parent }) => parent === id)]),
  );
  const { ways, told } = drawingOf(chart);
  return {
    chart,
    ways,
    childrenOf,
    boxes: chart.states.map((state) =>
      boxOf({ chart, told }, state, hasChildren(childrenOf, state.id)),
    ),
    labels: ways.map((way) => labelOf(chart, way)),
    indexOf: new Map(chart.states.map(({ id }, index) => [id, index])),
  };
};

const hasChildren = (childrenOf: Sized['childrenOf'], id: string): boolean =>
  (childrenOf.get(id) ?? []).length > 0;

/** A state and those around it, from the inside. */
const withAncestors = ({ chart, indexOf }: Sized, id: string): string[] => {
  const line: string[] = [];
  for (let at: string | undefined = id; at !== undefined;) {
    line.push(at);
    at = chart.states[indexOf.get(at) ?? -1]?.parent;
  }
  return line;
};

/** The innermost state around both, which may be one of them. */
const commonAncestor = (sized: Sized, one: string, other: string): string | undefined => {
  const around = new Set(withAncestors(sized, other));
  return withAncestors(sized, one).find((id) => around.has(id));
};

/** An arrow as graphviz shall rank it: `upper` above `lower`, in the order of the definition. */
type Ranked = {
  readonly common: string;
  readonly upper: string;
  readonly lower: string;
  /** The arrow points up. */
  readonly isBack: boolean;
};

const rank = (sized: Sized, { source, target }: Way): Ranked => {
  const common = commonAncestor(sized, source, target) ?? source;
  const place = (id: string): number => {
    const line = withAncestors(sized, id);
    return sized.indexOf.get(line[line.indexOf(common) - 1] ?? '') ?? -1;
  };
  const isBack = common !== target && place(source) > place(target);
  return isBack
    ? { common, upper: target, lower: source, isBack }
    : { common, upper: source, lower: target, isBack };
};

const table = ({ width, height }: { width: number; height: number }): string =>
  `<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0" FIXEDSIZE="TRUE" ` +
  `WIDTH="${width}" HEIGHT="${height}"><TR><TD></TD></TR></TABLE>>`;

const inches = (px: number): string => (px / 72).toFixed(3);

/** Parts of a box that only arrows need: where it begins, where it is left from. */
const dot = (name: string, px: number): string =>
  `${name} [shape=circle,width=${inches(px)},height=${inches(px)}];`;
const hidden = (name: string): string => `${name} [shape=point,width=0.01,style=invis];`;

/** A node at which an arrow ends, and the cluster at whose border it is cut. */
type End = { readonly node: string; readonly cluster: string | undefined };

const indexIn = (sized: Sized, id: string): number => sized.indexOf.get(id) ?? -1;

/** The upper end of a state: where arrows from above come in. */
const topOf = (sized: Sized, id: string): End => {
  const index = indexIn(sized, id);
  const [first] = sized.childrenOf.get(id) ?? [];
  if (first === undefined) return { node: `n${index}`, cluster: undefined };
  const isParallel = sized.chart.states[index]?.type === 'parallel';
  const node = isParallel ? topOf(sized, first.id).node : `i${index}`;
  return { node, cluster: `cluster_${index}` };
};

/** The lower end of a state: from where arrows go down. */
const bottomOf = (sized: Sized, id: string): End => {
  const index = indexIn(sized, id);
  return hasChildren(sized.childrenOf, id)
    ? { node: `o${index}`, cluster: `cluster_${index}` }
    : { node: `n${index}`, cluster: undefined };
};

const attributes = (given: Readonly<Record<string, string | number | undefined>>): string =>
  Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');

/** An arrow is two, with its label as a node between them, so that nothing runs through it. */
const wayLines = (sized: Sized): string[] =>
  sized.ways.flatMap((way, at) => {
    const { common, upper, lower, isBack } = rank(sized, way);
    const isInwards = common === upper;
    const from = isInwards
      ? { node: `p${indexIn(sized, upper)}`, cluster: undefined }
      : bottomOf(sized, upper);
    const to = topOf(sized, lower);
    const label = `l${at}`;
    const tail = { way: at, half: 'upper', ltail: from.cluster, dir: isBack ? 'back' : 'none' };
    const head = {
      way: at,
      half: 'lower',
      lhead: common === lower ? undefined : to.cluster,
      dir: isBack ? 'none' : 'forward',
    };
    return [
      `${from.node} -> ${label} [${attributes(tail)}];`,
      `${label} -> ${to.node} [${attributes(head)}];`,
    ];
  });

/** The labels of arrows within a state, and the dots at which such arrows begin. */
const anchors = (sized: Sized, state: ChartState, index: number): string[] => {
  const ranked = sized.ways.map((way) => rank(sized, way));
  const labels = ranked.flatMap(({ common }, at) =>
    common === state.id ? [labelNode(sized, at)] : [],
  );
  const isLeftInwards = ranked.some(
    ({ common, upper }) => common === state.id && upper === state.id,
  );
  const isLeftDownwards = ranked.some(
    ({ common, upper }) => common !== state.id && upper === state.id,
  );
  const below = (sized.childrenOf.get(state.id) ?? []).map(({ id }) => topOf(sized, id).node);
  const hiddenArrows = below.map((node) => `${node} -> o${index} [style=invis,weight=0];`);
  return [
    ...labels,
    ...(isLeftInwards ? [dot(`p${index}`, 8)] : []),
    ...(isLeftDownwards ? [hidden(`o${index}`), ...hiddenArrows] : []),
  ];
};

const labelNode = (sized: Sized, at: number): string => {
  const { width, height } = sized.labels[at] ?? { width: 0, height: 0 };
  const size = attributes({ width: inches(width + 8), height: inches(height + 4) });
  return `l${at} [shape=box,${size}];`;
};

const stateLines = (sized: Sized, state: ChartState): string[] => {
  const index = sized.indexOf.get(state.id) ?? -1;
  const box = sized.boxes[index] ?? { width: 0, height: 0 };
  const children = sized.childrenOf.get(state.id) ?? [];
  if (children.length === 0) {
    const size = attributes({
      width: inches(box.width + 2 * BOX_MARGIN.x),
      height: inches(box.height + 2 * BOX_MARGIN.y),
    });
    return [`n${index} [shape=box,${size}];`];
  }
  const isRoot = state.parent === undefined;
  return [
    isRoot ? '' : `subgraph cluster_${index} {`,
    `margin=${CLUSTER_MARGIN}; labeljust=l; labelloc=t; label=${table(box)};`,
    ...(state.type === 'parallel' ? [] : [dot(`i${index}`, 12)]),
    ...children.flatMap((child) => stateLines(sized, child)),
    ...anchors(sized, state, index),
    isRoot ? '' : '}',
  ];
};

const startLines = (sized: Sized): string[] =>
  sized.chart.states.flatMap(({ id, initial }) => {
    if (initial === undefined || !hasChildren(sized.childrenOf, id)) return [];
    const { node, cluster } = topOf(sized, initial);
    const index = indexIn(sized, id);
    // Where a name stands between the dot and the border, the arrow would be only its tip.
    const minlen = cluster === undefined ? undefined : 2;
    const given = attributes({ start: index, lhead: cluster, weight: 5, minlen });
    return [`i${index} -> ${node} [${given}];`];
  });

/** The chart in graphviz's language. */
export const dotOf = (sized: Sized): string => {
  const [root] = sized.chart.states;
  return [
    'digraph {',
    'compound=true; rankdir=TB; nodesep=0.3; ranksep=0.42; pad=0;',
    'node [label="",fixedsize=true]; edge [arrowhead=normal,arrowsize=0.7];',
    ...(root === undefined ? [] : stateLines(sized, root)),
    ...startLines(sized),
    ...wayLines(sized),
    '}',
  ].join('\n');
};
