/** The report: one page of HTML that needs nothing from outside, with its plots in it. */
import { escapeXml } from '../../common/xml.js';
import { histogramOf, type Histogram } from '../measures/histogram.js';
import type { Health } from '../measures/health.js';
import type { RunResult } from '../run/result.js';
import { barPlot, linePlot, type Moment, type Point } from './plot.js';
import { figureText, markOf, rowsOf, widthText, type Outcome, type Standard } from './rows.js';
import { headingOf, violationText } from './text.js';

/** Points of the curve of coverage, and bars of the distribution. */
const CURVE_POINTS = 200;
const BARS = 60;
/** What lies beyond this share is left out of the picture, not out of the figures. */
const SHOWN_SHARE = 0.999;
/** Moments that are marked; of more, the first. */
const MOMENTS_MAX = 60;
const MS_PER_S = 1_000;

const STYLE = `:root{color-scheme:light dark;--ink:#1b2530;--dim:#5a6672;--paper:#fff;
--grid:#d9dee4;--c0:#0b62c4;--c1:#b45309;--c2:#15803d;--c3:#a21caf}
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:84rem;padding:0 1rem;
background:var(--paper);color:var(--ink)}
h2{margin-top:3rem;border-top:1px solid var(--grid);padding-top:1.5rem}
p{max-width:48rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.2rem 1.2rem .2rem 0;border-bottom:1px solid var(--grid)}
td.figure{text-align:right}
.reached{color:var(--c2)}.missed{color:var(--c1);font-weight:bold}
pre{overflow-x:auto;background:#8881;padding:1rem;border-radius:4px;font-size:.8rem}
.plots{display:grid;gap:1rem;margin-top:2rem;
  grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr))}
.plot{width:100%;height:auto}
.plot text{fill:var(--ink);font:13px system-ui,sans-serif}
.plot .title{font-weight:600;font-size:15px}.plot .tick,.plot .label{fill:var(--dim);font-size:12px}
.plot .grid{stroke:var(--grid)}.plot .moment{stroke:var(--c1);stroke-dasharray:2 3}
.plot .bar{fill:var(--c0)}.plot .line{fill:none;stroke-width:2}
.plot .c0{stroke:var(--c0)}.plot .c1{stroke:var(--c1);stroke-dasharray:6 3}
.plot .c2{stroke:var(--c2);stroke-dasharray:2 2}.plot .c3{stroke:var(--c3);stroke-dasharray:8 2 2 2}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9aa7b4;--paper:#0d1117;--grid:#2b333d;
--c0:#5aa9ff;--c1:#f0a04b;--c2:#4ade80;--c3:#e879f9}}`;

/** The whole report. */
export const reportPage = (outcomes: readonly Outcome[], standard: Standard): string => {
  const sections = outcomes.map((outcome) => sectionOf(outcome, standard));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Simulation</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Simulation</h1>
<p>Means over all seeds with the 95 % confidence interval. The plots pool all seeds; those over time
are of the first. Dashed lines mark what was done to the world: hover over them.</p>
${sections.join('\n')}
</body>
</html>
`;
};

const sectionOf = (outcome: Outcome, standard: Standard): string => {
  const { scenario, runs } = outcome;
  const violations = runs.flatMap((run) => run.violations);
  return `<section>
<h2>${escapeXml(headingOf(outcome))}</h2>
<p>${escapeXml(scenario.about)}</p>
${tableOf(outcome, standard)}
${violations.map((violation) => `<pre>${escapeXml(violationText(violation))}</pre>`).join('\n')}
<div class="plots">
${plotsOf(runs).join('\n')}
</div>
</section>`;
};

const tableOf = (outcome: Outcome, standard: Standard): string => {
  const rows = rowsOf(outcome, standard).map((row) => {
    const { label, doc, unit, estimate, target } = row;
    const look = row.isReached === false ? 'missed' : 'reached';
    return `<tr><td title="${escapeXml(doc)}">${escapeXml(label)}</td>
<td class="figure">${escapeXml(figureText(estimate.mean, unit))}</td>
<td>${escapeXml(widthText(estimate, unit))}</td>
<td>${escapeXml(target)}</td><td class="${look}">${markOf(row)}</td></tr>`;
  });
  const asked = standard === 'quick' ? 'bound' : 'target';
  return `<table>
<tr><th>measure</th><th>mean</th><th>95 %</th><th>${asked}</th><th></th></tr>
${rows.join('\n')}
</table>`;
};

const plotsOf = (runs: readonly RunResult[]): string[] => {
  const latency = histogramOf(runs.flatMap((run) => run.latency));
  const expected = runs.reduce((sum, run) => sum + run.expected, 0);
  const missing = runs.reduce((sum, run) => sum + run.missing, 0);
  const [first] = runs;
  return [
    ...(latency.count === 0 ? [] : [coveragePlot(latency, missing), latencyPlot(latency)]),
    ...(expected === 0 ? [] : [copiesPlot(runs, expected)]),
    ...(first === undefined || first.health.length < 2 ? [] : healthPlots(first)),
  ];
};

const coveragePlot = (latency: Histogram, missing: number): string => {
  const lastMs = latency.percentileMs(SHOWN_SHARE);
  const points = Array.from({ length: CURVE_POINTS + 1 }, (_, n): Point => {
    const ms = (n * lastMs) / CURVE_POINTS;
    return [ms, latency.countUpTo(ms) / (latency.count + missing)];
  });
  return linePlot({
    title: 'Coverage',
    xLabel: 'ms since the announce',
    yLabel: 'share of the modules',
    yMax: 1,
    series: [{ name: 'reached', points }],
  });
};

const latencyPlot = (latency: Histogram): string => {
  const barWidth = latency.percentileMs(SHOWN_SHARE) / BARS;
  const counts = Array.from({ length: BARS }, () => 0);
  for (const { ms, count } of latency.bins()) {
    const at = Math.floor(ms / barWidth);
    if (at < BARS) counts[at] = (counts[at] ?? 0) + count;
  }
  return barPlot({
    title: 'Latency',
    xLabel: 'ms from announce to notification',
    yLabel: 'share of the deliveries',
    bars: counts.map((count, at) => [at * barWidth, count / latency.count]),
    barWidth,
  });
};

const copiesPlot = (runs: readonly RunResult[], expected: number): string => {
  const most = Math.max(...runs.map(({ copies }) => copies.length));
  const bars = Array.from({ length: most }, (_, copies): Point => {
    const count = runs.reduce((sum, run) => sum + (run.copies[copies] ?? 0), 0);
    return [copies - 0.5, count / expected];
  });
  return barPlot({
    title: 'Copies received of an item',
    xLabel: 'copies',
    yLabel: 'share of nodes and items',
    bars,
    barWidth: 1,
  });
};

const healthPlots = ({ health, notes }: RunResult): string[] => {
  const moments = notes
    .slice(0, MOMENTS_MAX)
    .map(({ atMs, text }): Moment => ({ x: atMs / MS_PER_S, text }));
  const over = (read: (one: Health) => number): Point[] =>
    health.map((one) => [one.atMs / MS_PER_S, read(one)]);
  const common = { xLabel: 's since the measuring began', moments };
  return [
    linePlot({
      ...common,
      title: 'Links of a node',
      yLabel: 'links',
      series: [
        { name: 'most', points: over(({ linksMax }) => linksMax) },
        { name: 'median', points: over(({ linksMedian }) => linksMedian) },
        { name: 'fewest', points: over(({ linksMin }) => linksMin) },
        { name: 'fewest dialled', points: over(({ outboundMin }) => outboundMin) },
      ],
    }),
    linePlot({
      ...common,
      title: 'Who is alone',
      yLabel: 'nodes, parts',
      series: [
        { name: 'isolated nodes', points: over(({ isolated }) => isolated) },
        { name: 'parts', points: over(({ components }) => components) },
      ],
    }),
  ];
};
