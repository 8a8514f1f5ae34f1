/**
 * What a faster spreading costs: the scenario in which nothing goes wrong, under many spread
 * profiles. Draws copies per delivery against the latency of the last hundredth, prints the same
 * as a table, and asserts nothing. `node dist/bench/frontier.js [NODES] [SEEDS] [FILE.svg]`.
 */
import { writeFileSync } from 'node:fs';
import { SPREAD_PROFILES, type SpreadProfile } from '../src/core/spread-profile.js';
import { estimate } from '../src/sim/measures/statistics.js';
import { scatterPlot } from '../src/sim/report/scatter.js';
import { runScenario } from '../src/sim/run/scenario-run.js';
import { parseScenario } from '../src/sim/scenario/schema.js';

const [nodesGiven, seedsGiven, picture = 'docs/pictures/frontier.svg'] = process.argv.slice(2);
const nodes = Number(nodesGiven ?? 200);
const seeds = Array.from({ length: Number(seedsGiven ?? 3) }, (_, at) => String(at + 1));

/** Items by which links are chosen before those that count: eager links are reviewed every 16. */
const WARM_UP_ITEMS = 48;
const ITEMS = 48;
const ITEM_MS = 500;

type Family = { readonly name: string; readonly profiles: readonly Candidate[] };
type Candidate = { readonly name: string; readonly profile: SpreadProfile };

const EAGER_MINS = [1, 2, 3, 4];
const OFFER_DELAYS_MS = [10, 30];
const { balanced, lean } = SPREAD_PROFILES;

/** `balanced` or `lean` with another number of eager links: their rules, other figures. */
const familiesOf = (rule: string, base: SpreadProfile): Family[] =>
  OFFER_DELAYS_MS.map((offerDelayMs) => ({
    name: `${rule}, HAVE after ${offerDelayMs} ms`,
    profiles: EAGER_MINS.map((eagerMin) => {
      const profile = { ...base, eagerMin, offerDelayMs };
      const known = Object.entries(SPREAD_PROFILES).find(([, one]) => isSame(one, profile));
      return { name: known?.[0] ?? String(eagerMin), profile };
    }),
  }));

const isSame = (one: SpreadProfile, other: SpreadProfile): boolean =>
  JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());

const FAMILIES = [...familiesOf('points', balanced), ...familiesOf('duplicates prune', lean)];

const MEASURES = ['delivery', 'copies', 'p50', 'p99', 'last-hop', 'wants'] as const;
type Figures = Readonly<Record<(typeof MEASURES)[number], number>>;

const scenarioText = JSON.stringify({
  title: 'Nothing goes wrong',
  about: 'Items of 1 KB from random nodes, in eight regions of the world.',
  items: [
    { name: 'warm-up', count: WARM_UP_ITEMS, everyMs: ITEM_MS },
    { name: 'items', count: ITEMS, fromMs: WARM_UP_ITEMS * ITEM_MS, everyMs: ITEM_MS },
  ],
  measures: MEASURES.map((name) => ({ name, ...(name !== 'wants' && { items: 'items' }) })),
});

const measured = ({ profile }: Candidate): Figures => {
  const parsed = parseScenario(scenarioText);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.mistakes));
  const { scenario } = parsed;
  const runs = seeds.map((seed) => {
    const { measures, violations } = runScenario({ scenario, nodes, seed, profile });
    const [violation] = violations;
    if (violation !== undefined) throw new Error(`seed ${seed}: ${violation.detail}`);
    return measures;
  });
  const meanOf = (at: number): number => estimate(runs.map((run) => run[at] ?? NaN)).mean;
  return Object.fromEntries(MEASURES.map((name, at) => [name, meanOf(at)])) as Figures;
};

console.log(`${nodes} nodes, ${seeds.length} seeds, ${ITEMS} items after ${WARM_UP_ITEMS}`);
console.log('| rule | eager links | delivery | copies | p50 ms | p99 ms | last hop | WANTs |');
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
const series = FAMILIES.map(({ name, profiles }) => ({
  name,
  points: profiles.map((candidate) => {
    const { delivery, copies, p50, p99, wants, 'last-hop': hops } = measured(candidate);
    const figures = [delivery.toFixed(4), copies.toFixed(2), p50.toFixed(0), p99.toFixed(0)];
    const rest = [hops.toFixed(1), wants.toFixed(2)];
    console.log(`| ${[name, candidate.name, ...figures, ...rest].join(' | ')} |`);
    return { x: copies, y: p99, label: candidate.name };
  }),
}));
writeFileSync(
  picture,
  `${scatterPlot({
    title: `What speed costs: ${nodes} nodes, eight regions; labels: eager links at least`,
    xLabel: 'copies per delivery',
    yLabel: 'p99 in ms',
    series,
  })}\n`,
);
