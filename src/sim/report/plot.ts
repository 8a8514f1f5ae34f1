/** Plots as SVG, drawn by hand: they need no script and follow the page's colours. */
import { escapeXml } from '../../common/xml.js';

export type Point = readonly [x: number, y: number];

export type Series = { readonly name: string; readonly points: readonly Point[] };

/** A moment at which something was done. */
export type Moment = { readonly x: number; readonly text: string };

type Axes = {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** The largest y shown; as large as the data ask for when absent. */
  readonly yMax?: number;
};

export type LinePlot = Axes & {
  readonly series: readonly Series[];
  readonly moments?: readonly Moment[];
};

export type BarPlot = Axes & { readonly bars: readonly Point[]; readonly barWidth: number };

const WIDTH = 640;
const HEIGHT = 300;
const LEFT = 64;
const RIGHT = 16;
const TOP = 36;
const BOTTOM = 48;
const TICKS = 6;

/** About `TICKS` round numbers from `min` to `max`. */
export const ticksOf = (min: number, max: number): number[] => {
  const span = max - min;
  if (!(span > 0)) return [min];
  const rough = span / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(min / step);
  const count = Math.floor(max / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, n) => Number(((first + n) * step).toPrecision(12)));
};

type Frame = {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly parts: string[];
};

const rounded = (value: number): string => String(Math.round(value * 10) / 10);

const frameOf = (axes: Axes, points: readonly Point[]): Frame => {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [xMin, xMax] = [least(xs), most(xs)];
  const [yMin, yMax] = [Math.min(0, least(ys)), axes.yMax ?? (most(ys) || 1)];
  const x = (value: number): number =>
    LEFT + ((value - xMin) / (xMax - xMin || 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number =>
    HEIGHT - BOTTOM - ((value - yMin) / (yMax - yMin || 1)) * (HEIGHT - TOP - BOTTOM);
  const parts = [
    `<text class="title" x="${LEFT}" y="20">${escapeXml(axes.title)}</text>`,
    ...ticksOf(yMin, yMax).map(
      (tick) =>
        `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${rounded(y(tick))}" ` +
        `y2="${rounded(y(tick))}"/>` +
        `<text class="tick" x="${LEFT - 8}" y="${rounded(y(tick) + 4)}" text-anchor="end">` +
        `${tick}</text>`,
    ),
    ...ticksOf(xMin, xMax).map(
      (tick) =>
        `<text class="tick" x="${rounded(x(tick))}" y="${HEIGHT - BOTTOM + 18}" ` +
        `text-anchor="middle">${tick}</text>`,
    ),
    `<text class="label" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" ` +
      `text-anchor="middle">${escapeXml(axes.xLabel)}</text>`,
    `<text class="label" transform="translate(14 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" ` +
      `text-anchor="middle">${escapeXml(axes.yLabel)}</text>`,
  ];
  return { x, y, parts };
};

/** `Math.min` and `Math.max` take no more arguments than the stack holds. */
const least = (values: readonly number[]): number =>
  values.reduce((min, value) => Math.min(min, value), values[0] ?? 0);
const most = (values: readonly number[]): number =>
  values.reduce((max, value) => Math.max(max, value), values[0] ?? 0);

const svgOf = (title: string, parts: readonly string[]): string =>
  `<svg class="plot" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" ` +
  `aria-label="${escapeXml(title)}">${parts.join('')}</svg>`;

/** Lines over time, each told from the others by colour and by dashes. */
export const linePlot = (plot: LinePlot): string => {
  const series = plot.series.filter(({ points }) => points.length > 0);
  const { x, y, parts } = frameOf(
    plot,
    series.flatMap(({ points }) => points),
  );
  for (const { x: at, text } of plot.moments ?? []) {
    parts.push(
      `<line class="moment" x1="${rounded(x(at))}" x2="${rounded(x(at))}" y1="${TOP}" ` +
        `y2="${HEIGHT - BOTTOM}"><title>${escapeXml(text)}</title></line>`,
    );
  }
  for (const [at, { points }] of series.entries()) {
    const path = points
      .map(([px, py], n) => `${n === 0 ? 'M' : 'L'}${rounded(x(px))} ${rounded(y(py))}`)
      .join('');
    parts.push(`<path class="line c${at % 4}" d="${path}"/>`);
  }
  if (series.length > 1) parts.push(...legendOf(series));
  return svgOf(plot.title, parts);
};

const LEGEND_DASH = 24;
const LEGEND_GAP = 6;
/** Of the legend's type; near enough, since a name is short. */
const LETTER_WIDTH = 6.2;

/** Beside the title, from the right, so that it hides no line. */
const legendOf = (series: readonly Series[]): string[] => {
  let right = WIDTH - RIGHT;
  return [...series.entries()].reverse().flatMap(([at, { name }]) => {
    const textX = right - name.length * LETTER_WIDTH;
    const dashX = textX - LEGEND_GAP - LEGEND_DASH;
    right = dashX - 2 * LEGEND_GAP;
    return [
      `<path class="line c${at % 4}" d="M${rounded(dashX)} 16h${LEGEND_DASH}"/>`,
      `<text class="tick" x="${rounded(textX)}" y="20">${escapeXml(name)}</text>`,
    ];
  });
};

/** Bars that stand on the axis. */
export const barPlot = (plot: BarPlot): string => {
  const { bars, barWidth } = plot;
  const last = bars.at(-1)?.[0] ?? 0;
  const { x, y, parts } = frameOf(plot, [...bars, [bars[0]?.[0] ?? 0, 0], [last + barWidth, 0]]);
  const width = Math.max(1, x(barWidth) - x(0) - 1);
  for (const [at, value] of bars) {
    if (value === 0) continue;
    parts.push(
      `<rect class="bar" x="${rounded(x(at))}" y="${rounded(y(value))}" ` +
        `width="${rounded(width)}" height="${rounded(y(0) - y(value))}"/>`,
    );
  }
  return svgOf(plot.title, parts);
};
