/** Points with labels as an SVG that stands alone: what one figure costs in another. */
import { escapeXml } from '../../common/xml.js';
import { ticksOf } from './plot.js';

export type LabelledPoint = { readonly x: number; readonly y: number; readonly label: string };

export type ScatterPlot = {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** At most four are told apart. Points of a series are joined in their order. */
  readonly series: readonly { readonly name: string; readonly points: readonly LabelledPoint[] }[];
};

const [WIDTH, HEIGHT] = [760, 460];
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 24, 40, 52];
/** The axes go on by so much of the span of the points, on either side. */
const MARGIN = 0.08;
const LEGEND_X = WIDTH - RIGHT - 250;
const LEGEND_LINE = 18;

const STYLE = `text{font:12px system-ui,sans-serif;fill:#57606a}
.title{font-size:15px;font-weight:600;fill:#1f2328}
.paper{fill:#fff}.grid{stroke:#d9dee4}.name{fill:#1f2328}
.line{fill:none;stroke-width:1.5}
.s0{stroke:#0b62c4}.s1{stroke:#b45309;stroke-dasharray:6 3}
.s2{stroke:#15803d;stroke-dasharray:2 2}.s3{stroke:#a21caf;stroke-dasharray:8 2 2 2}
circle.s0{fill:#0b62c4}circle.s1{fill:#b45309}circle.s2{fill:#15803d}circle.s3{fill:#a21caf}`;

type Scale = { readonly ticks: readonly number[]; readonly at: (value: number) => string };

const scaleOf = (values: readonly number[], from: number, to: number): Scale => {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const margin = MARGIN * (most - least || 1);
  const [min, max] = [least - margin, most + margin];
  const at = (value: number): string =>
    (from + ((value - min) / (max - min)) * (to - from)).toFixed(1);
  return { ticks: ticksOf(min, max), at };
};

/** @throws RangeError without any point. */
export const scatterPlot = ({ title, xLabel, yLabel, series }: ScatterPlot): string => {
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) throw new RangeError('there is nothing to be drawn');
  const x = scaleOf(
    points.map((point) => point.x),
    LEFT,
    WIDTH - RIGHT,
  );
  const y = scaleOf(
    points.map((point) => point.y),
    HEIGHT - BOTTOM,
    TOP,
  );
  const parts = [
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text class="title" x="${LEFT}" y="22">${escapeXml(title)}</text>`,
    ...gridOf(x, y),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">` +
      `${escapeXml(xLabel)}</text>`,
    `<text transform="translate(16 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" ` +
      `text-anchor="middle">${escapeXml(yLabel)}</text>`,
    ...series.flatMap(({ name, points: own }, at) => [
      ...seriesOf(own, `s${at % 4}`, x, y),
      legendOf(name, at),
    ]),
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" ` +
    `aria-label="${escapeXml(title)}">\n${parts.join('\n')}\n</svg>`
  );
};

const gridOf = (x: Scale, y: Scale): string[] => [
  ...y.ticks.flatMap((tick) => [
    `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y.at(tick)}" y2="${y.at(tick)}"/>`,
    `<text x="${LEFT - 8}" y="${y.at(tick)}" dy="4" text-anchor="end">${tick}</text>`,
  ]),
  ...x.ticks.flatMap((tick) => [
    `<line class="grid" x1="${x.at(tick)}" x2="${x.at(tick)}" ` +
      `y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>`,
    `<text x="${x.at(tick)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${tick}</text>`,
  ]),
];

const seriesOf = (points: readonly LabelledPoint[], name: string, x: Scale, y: Scale): string[] => [
  `<polyline class="line ${name}" points="` +
    `${points.map((point) => `${x.at(point.x)},${y.at(point.y)}`).join(' ')}"/>`,
  ...points.map(
    (point) =>
      `<circle class="${name}" cx="${x.at(point.x)}" cy="${y.at(point.y)}" r="4"/>` +
      `<text class="name" x="${x.at(point.x)}" y="${y.at(point.y)}" dx="7" dy="-5">` +
      `${escapeXml(point.label)}</text>`,
  ),
];

const legendOf = (name: string, at: number): string => {
  const y = TOP + 14 + at * LEGEND_LINE;
  return (
    `<path class="line s${at % 4}" d="M${LEGEND_X} ${y}h28"/>` +
    `<text x="${LEGEND_X + 36}" y="${y}" dy="4">${escapeXml(name)}</text>`
  );
};
