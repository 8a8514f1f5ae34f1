/** Where everything of a chart lies: graphviz finds the places, we draw. */
import { Graphviz } from '@hpcc-js/wasm-graphviz';
import { dotOf, type Sized } from './dot.js';

/** Px, from the upper left corner. */
export type Point = { readonly x: number; readonly y: number };
export type Rectangle = Point & { readonly width: number; readonly height: number };

/** An arrow: the points of a Bézier curve, and its tip. */
export type Curve = { readonly points: readonly Point[]; readonly tip: Point | undefined };

export type Layout = {
  /** By index in `chart.states`; the first is the machine's own, around all. */
  readonly boxes: ReadonlyMap<number, Rectangle>;
  /** Upper left corner of the text of a state with children, by index in `chart.states`. */
  readonly heads: ReadonlyMap<number, Point>;
  /** The dots from which a state with children is entered, by index of the state. */
  readonly starts: ReadonlyMap<number, Point>;
  /** The dots from which it is left for a state within, likewise. */
  readonly ports: ReadonlyMap<number, Point>;
  /** From those dots. */
  readonly startCurves: ReadonlyMap<number, Curve>;
  /** By index in `sized.ways`: the curves before and after the label. */
  readonly ways: ReadonlyMap<number, readonly Curve[]>;
  /** The places of the labels, by index in `sized.ways`. */
  readonly labels: ReadonlyMap<number, Rectangle>;
};

/** What we read of graphviz's JSON; coordinates are texts, y grows upwards. */
type Thing = {
  readonly name?: string;
  readonly bb?: string;
  readonly pos?: string;
  readonly lp?: string;
  readonly lwidth?: string;
  readonly lheight?: string;
  readonly width?: string;
  readonly height?: string;
  readonly way?: string;
  readonly start?: string;
};
type Drawing = {
  readonly bb: string;
  readonly objects?: readonly Thing[];
  readonly edges?: readonly Thing[];
  readonly lp?: string;
  readonly lwidth?: string;
  readonly lheight?: string;
};

const numbers = (text: string | undefined): number[] =>
  (text ?? '').split(',').map((number) => Number(number));

/** Two digits are more than a screen shows, and the same on every machine. */
const rounded = (value: number): number => Math.round(value * 100) / 100;

const pointOf = (text: string, height: number): Point => {
  const [x = 0, y = 0] = numbers(text);
  return { x: rounded(x), y: rounded(height - y) };
};

const curveOf = (pos: string, height: number): Curve => {
  const parts = pos.split(' ');
  const tip = parts.find((part) => /^[es],/.test(part));
  const points = parts.filter((part) => /^[-\d]/.test(part)).map((part) => pointOf(part, height));
  return {
    points: tip?.startsWith('s') ? points.reverse() : points,
    tip: tip === undefined ? undefined : pointOf(tip.slice(2), height),
  };
};

const boxOf = (bb: string, height: number): Rectangle => {
  const [left = 0, bottom = 0, right = 0, top = 0] = numbers(bb);
  return {
    x: rounded(left),
    y: rounded(height - top),
    width: rounded(right - left),
    height: rounded(top - bottom),
  };
};

const PX_PER_INCH = 72;

const nodeBox = ({ pos = '', width, height }: Thing, total: number): Rectangle => {
  const middle = pointOf(pos, total);
  const size = { width: Number(width) * PX_PER_INCH, height: Number(height) * PX_PER_INCH };
  return {
    x: rounded(middle.x - size.width / 2),
    y: rounded(middle.y - size.height / 2),
    width: rounded(size.width),
    height: rounded(size.height),
  };
};

const headOf = ({ lp = '', lwidth, lheight }: Thing, total: number): Point => {
  const middle = pointOf(lp, total);
  return {
    x: rounded(middle.x - (Number(lwidth) * PX_PER_INCH) / 2),
    y: rounded(middle.y - (Number(lheight) * PX_PER_INCH) / 2),
  };
};

/** Px between the border of the machine and what is in it. */
const ROOT_MARGIN = 16;

const around = ({ x, y, width, height }: Rectangle): Rectangle => ({
  x: x - ROOT_MARGIN,
  y: y - ROOT_MARGIN,
  width: width + 2 * ROOT_MARGIN,
  height: height + 2 * ROOT_MARGIN,
});

/** Reads a drawing of `dotOf`, whose names are a letter (or `cluster_`) and an index. */
const layoutOf = ({ bb, objects = [], edges = [], ...root }: Drawing): Layout => {
  const [, , width = 0, height = 0] = numbers(bb);
  const named = (prefix: string): (readonly [number, Thing])[] =>
    objects.flatMap((thing): (readonly [number, Thing])[] => {
      const index = new RegExp(`^${prefix}(\\d+)$`).exec(thing.name ?? '')?.[1];
      return index === undefined ? [] : [[Number(index), thing]];
    });
  const middles = (prefix: string): ReadonlyMap<number, Point> =>
    new Map(named(prefix).map(([index, { pos = '' }]) => [index, pointOf(pos, height)]));
  const clusters = named('cluster_');
  return {
    boxes: new Map([
      ...named('n').map(([index, thing]) => [index, nodeBox(thing, height)] as const),
      ...clusters.map(([index, thing]) => [index, boxOf(thing.bb ?? '', height)] as const),
      [0, around({ x: 0, y: 0, width, height })],
    ]),
    heads: new Map([
      ...clusters.map(([index, thing]) => [index, headOf(thing, height)] as const),
      [0, headOf(root, height)],
    ]),
    starts: middles('i'),
    ports: middles('p'),
    startCurves: new Map(
      edges.flatMap(({ start, pos = '' }) =>
        start === undefined ? [] : [[Number(start), curveOf(pos, height)] as const],
      ),
    ),
    ways: new Map(
      named('l').map(([index]) => [
        index,
        edges
          .filter(({ way }) => way === String(index))
          .map(({ pos = '' }) => curveOf(pos, height)),
      ]),
    ),
    labels: new Map(named('l').map(([index, thing]) => [index, nodeBox(thing, height)])),
  };
};

/** Lays a chart out; takes some 30 ms. */
export const layOut = async (sized: Sized): Promise<Layout> => {
  const graphviz = await Graphviz.load();
  return layoutOf(JSON.parse(graphviz.layout(dotOf(sized), 'json', 'dot')) as Drawing);
};
