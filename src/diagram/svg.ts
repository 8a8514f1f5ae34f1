/**
 * Draws a chart as one self-contained SVG. Every state is a `<g id="state-challenger--refused">`,
 * every transition a `<g id="edge-3">` with its index in `Chart.transitions`: the class `active` on
 * the one and `last` on the other highlight them, without a new layout.
 */
import { escapeXml } from '../common/xml.js';
import type { Chart, ChartState } from './chart.js';
import { BOX_MARGIN, sizeOf, type Sized } from './dot.js';
import { layOut, type Curve, type Layout, type Point, type Rectangle } from './layout.js';
import { CHART_STYLE } from './style.js';
import type { Block, Line } from './text.js';

/** How a part of a chart differs from another revision's. */
export type Mark = 'added' | 'removed' | 'changed';

/** What of a chart is marked. */
export type Marks = {
  /** By id of the state. */
  readonly states: ReadonlyMap<string, Mark>;
  /** By index in `Chart.transitions`. */
  readonly transitions: ReadonlyMap<number, Mark>;
};

const NO_MARKS: Marks = { states: new Map(), transitions: new Map() };

/** The id of a state's group in the picture. */
export const stateElementId = (stateId: string): string => `state-${stateId.replaceAll('.', '--')}`;

/** The id of a transition's group in the picture; the index is that in `Chart.transitions`. */
export const edgeElementId = (index: number): string => `edge-${index}`;

const classes = (...names: readonly (string | false | undefined)[]): string =>
  `class="${names.filter((name) => name !== false && name !== undefined).join(' ')}"`;

const LINE_START = 'xml:space="preserve"';

const lineText = (line: Line & { readonly baseline: number }, at: Point): string => {
  const spans = line.spans.map(
    ({ text, look }) => `<tspan class="${look}">${escapeXml(text)}</tspan>`,
  );
  const [x, y] = [at.x + line.indent, at.y + line.baseline];
  const place = `x="${fixed(x)}" y="${fixed(y)}"`;
  return `<text ${place} font-size="${line.size}" ${LINE_START}>${spans.join('')}</text>`;
};

const fixed = (value: number): string => String(Math.round(value * 100) / 100);

/** A text, the lines of one transition in a group of their own. */
const blockText = (block: Block, at: Point, marks: Marks): string => {
  const parts: string[] = [];
  let open: number | undefined;
  for (const line of block.lines) {
    if (line.edge !== open) {
      if (open !== undefined) parts.push('</g>');
      if (line.edge !== undefined) {
        const mark = marks.transitions.get(line.edge);
        parts.push(`<g id="${edgeElementId(line.edge)}" ${classes('edge', mark)}>`);
      }
      open = line.edge;
    }
    parts.push(lineText(line, at));
  }
  return parts.join('') + (open === undefined ? '' : '</g>');
};

const rectangle = ({ x, y, width, height }: Rectangle, radius: number, inset = 0): string =>
  `<rect class="box" x="${fixed(x + inset)}" y="${fixed(y + inset)}" ` +
  `width="${fixed(width - 2 * inset)}" height="${fixed(height - 2 * inset)}" rx="${radius}"/>`;

const drawState = (sized: Sized, layout: Layout, state: ChartState, marks: Marks): string => {
  const index = sized.indexOf.get(state.id) ?? -1;
  const place = layout.boxes.get(index);
  const block = sized.boxes[index];
  if (place === undefined || block === undefined) return '';
  const children = sized.childrenOf.get(state.id) ?? [];
  const parent = sized.chart.states.find(({ id }) => id === state.parent);
  const text = layout.heads.get(index) ?? {
    x: place.x + BOX_MARGIN.x,
    y: place.y + BOX_MARGIN.y - 2,
  };
  const kind = classes(
    'state',
    state.parent === undefined ? 'machine' : children.length > 0 && 'outer',
    parent?.type === 'parallel' && 'region',
    marks.states.get(state.id),
  );
  return [
    `<g id="${stateElementId(state.id)}" ${kind}>`,
    rectangle(place, 10),
    ...(state.type === 'final' ? [rectangle(place, 7, 3.5)] : []),
    blockText(block, text, marks),
    '</g>',
    ...children.map((child) => drawState(sized, layout, child, marks)),
  ].join('');
};

const pathOf = ({ points: [first, ...rest] }: Curve): string => {
  if (first === undefined) return '';
  const triples = rest.map(({ x, y }) => `${fixed(x)},${fixed(y)}`).join(' ');
  return `M${fixed(first.x)},${fixed(first.y)} C${triples}`;
};

/** Half the breadth of an arrow's tip, in px. */
const TIP = 3.6;

const tipOf = ({ points, tip }: Curve): string => {
  const base = points.at(-1);
  if (base === undefined || tip === undefined) return '';
  const [dx, dy] = [tip.x - base.x, tip.y - base.y];
  const length = Math.hypot(dx, dy) || 1;
  const [sx, sy] = [(-dy / length) * TIP, (dx / length) * TIP];
  const corners = [tip, { x: base.x + sx, y: base.y + sy }, { x: base.x - sx, y: base.y - sy }];
  const text = corners.map(({ x, y }) => `${fixed(x)},${fixed(y)}`).join(' ');
  return `<polygon class="tip" points="${text}"/>`;
};

const arrow = (curve: Curve): string => `<path class="line" d="${pathOf(curve)}"/>${tipOf(curve)}`;

/** The mark of an arrow: its transitions', when they agree; else that something changed. */
const wayMark = (transitions: readonly number[], marks: Marks): Mark | undefined => {
  const found = new Set(transitions.map((index) => marks.transitions.get(index)));
  const [only] = found;
  return found.size === 1 ? only : 'changed';
};

/** An arrow and, over it, what makes it go. */
const drawWay = (sized: Sized, layout: Layout, at: number, marks: Marks): string => {
  const [way, block, place] = [sized.ways[at], sized.labels[at], layout.labels.get(at)];
  if (way === undefined || block === undefined || place === undefined) return '';
  const corner = {
    x: place.x + (place.width - block.width) / 2,
    y: place.y + (place.height - block.height) / 2,
  };
  return [
    `<g ${classes('way', wayMark(way.transitions, marks))}>`,
    ...(layout.ways.get(at) ?? []).map(arrow),
    blockText(block, corner, marks),
    '</g>',
  ].join('');
};

const circle = ({ x, y }: Point, radius: number, kind: string): string =>
  `<circle class="${kind}" cx="${fixed(x)}" cy="${fixed(y)}" r="${radius}"/>`;

/** Px around the picture, for borders. */
const EDGE = 2;

/** Draws a chart, with the marks of a review if there are any. */
export const svgOf = async (chart: Chart, marks: Marks = NO_MARKS): Promise<string> => {
  const sized = sizeOf(chart);
  const layout = await layOut(sized);
  const outline = layout.boxes.get(0) ?? { x: 0, y: 0, width: 0, height: 0 };
  const [width, height] = [outline.width + 2 * EDGE, outline.height + 2 * EDGE];
  const view = [outline.x - EDGE, outline.y - EDGE, width, height].map(fixed).join(' ');
  const [root] = chart.states;
  return [
    `<svg class="chart" xmlns="http://www.w3.org/2000/svg" role="img" width="${fixed(width)}" ` +
      `height="${fixed(height)}" viewBox="${view}">`,
    `<title>${escapeXml(`${chart.machine}: ${chart.description}`)}</title>`,
    `<style>${CHART_STYLE}</style>`,
    root === undefined ? '' : drawState(sized, layout, root, marks),
    ...[...layout.startCurves.values()].map((curve) => `<g class="first">${arrow(curve)}</g>`),
    ...[...layout.starts.values()].map((point) => circle(point, 5, 'start')),
    ...[...layout.ports.values()].map((point) => circle(point, 3.5, 'port')),
    ...sized.ways.map((_, at) => drawWay(sized, layout, at, marks)),
    '</svg>',
    '',
  ].join('\n');
};
