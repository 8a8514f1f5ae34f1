/**
 * The published protocols in the setting of the targets: items one a second, 2 ms of validation at
 * each hop, eight regions. Prints a table, with the mean over seeds and its 95 % interval;
 * asserts nothing.
 *
 *     npm run bench:baselines -- [--nodes N] [--seeds N] [--items N] [--results OUT.md] [NAME...]
 *
 * With --results the tables also take their place in the page of results.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { pick, sampled, seededRandom, type Random } from '../src/core/prng.js';
import type { BaselineNetwork, BaselineProtocol } from '../src/sim/baselines/baseline.js';
import { BASELINES, baselineNamed } from '../src/sim/baselines/catalogue.js';
import type { SpreadMeasures } from '../src/sim/baselines/spread-record.js';
import { RegionMap } from '../src/sim/regions.js';
import { tableText } from '../src/common/markdown.js';
import { withSection } from '../src/sim/report/results.js';
import { Scheduler } from '../src/sim/virtual-clock.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    nodes: { type: 'string', default: '1000' },
    seeds: { type: 'string', default: '5' },
    items: { type: 'string', default: '40' },
    results: { type: 'string' },
  },
});
const nodes = Number(values.nodes);
const seeds = Number(values.seeds);
const itemCount = Number(values.items);
const named = positionals.map(baselineNamed);
const protocols = named.length > 0 ? named : BASELINES;

/** Items are announced so far apart; and the last is waited for so long. */
const ITEM_MS = 1_000;
/** Items before those that count: a tree needs some to form. */
const WARM_UP_ITEMS = 10;
const DRAIN_MS = 15_000;
const REPAIR_MS = 2_000;
/** Of the t distribution, two-sided 95 %, by degrees of freedom from 1 on. */
const T_95 = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26];
const T_95_MANY = 1.96;

/** As printed for go-libp2p-pubsub by those who measured it: 1,000 nodes, its own latencies. */
const PUBLISHED = [
  'Published for gossipsub, 1,000 nodes: no fault: 6.6 copies, p50 65, p99 166, max 233 ms;',
  'droppers 10 / 30 / 50 %: delivery 1 / 1 / 0.999992, p99 186 / 996 / 2,812 ms.',
];

type World = {
  readonly network: BaselineNetwork;
  readonly scheduler: Scheduler;
  readonly random: Random;
};

/** One row of the table: a fault, and what is announced under it. */
type Scenario = { readonly name: string; readonly run: (world: World) => SpreadMeasures };

const upNodes = ({ network }: World): number[] =>
  Array.from({ length: network.nodes }, (_, node) => node).filter((node) => network.isUp(node));

const announce = (world: World): void => {
  const { network, random } = world;
  const honest = upNodes(world).filter((node) => !network.isDropper(node));
  network.publish(pick(honest, random) ?? 0);
};

/** One item a second, each at a moment of its own within its second. */
const announceMany = (world: World, count = itemCount, drainMs = DRAIN_MS): SpreadMeasures => {
  const { network, scheduler, random } = world;
  const before = network.items.length;
  const startMs = scheduler.nowMs;
  for (let item = 0; item < count; item += 1) {
    scheduler.after(item * ITEM_MS + random.below(ITEM_MS), () => announce(world));
  }
  scheduler.runUntil(startMs + count * ITEM_MS + drainMs);
  return network.measure(network.items.slice(before));
};

const droppers =
  (share: number) =>
  (world: World): SpreadMeasures => {
    const { network, random } = world;
    for (const node of sampled(upNodes(world), Math.round(share * nodes), random)) {
      network.makeDropper(node);
    }
    return announceMany(world);
  };

/** Kills a share at once, and announces one item so much later. */
const crash =
  (share: number, laterMs: number) =>
  (world: World): SpreadMeasures => {
    const { network, scheduler, random } = world;
    for (const node of sampled(upNodes(world), Math.round(share * nodes), random)) {
      network.crash(node);
    }
    scheduler.runUntil(scheduler.nowMs + laterMs);
    announce(world);
    scheduler.runUntil(scheduler.nowMs + DRAIN_MS);
    return network.measure(network.items.slice(-1));
  };

const SCENARIOS: readonly Scenario[] = [
  { name: 'no fault', run: (world) => announceMany(world) },
  ...[10, 30, 50].map((percent) => ({
    name: `${percent} % droppers`,
    run: droppers(percent / 100),
  })),
  ...[10, 30, 50, 80].map((percent) => ({
    name: `${percent} % crash, at once`,
    run: crash(percent / 100, 0),
  })),
  { name: '80 % crash, 2 s later', run: crash(0.8, REPAIR_MS) },
];

const runOnce = (protocol: BaselineProtocol, scenario: Scenario, seed: number): SpreadMeasures => {
  const scheduler = new Scheduler();
  const latency = new RegionMap(seed).oneWayMs;
  const network = protocol.build({ nodes, seed, scheduler, latency });
  scheduler.runUntil(protocol.settleMs(nodes));
  const world = { network, scheduler, random: seededRandom(`${seed}/${scenario.name}`) };
  announceMany(world, WARM_UP_ITEMS, ITEM_MS);
  return scenario.run(world);
};

/** The mean over the seeds, and its 95 % interval when there are several. */
const cell = (all: readonly number[], digits: number): string => {
  // A seed of which nothing was delivered has no latency.
  const values = all.filter((value) => !Number.isNaN(value));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return values.length === 0 ? '-' : mean.toFixed(digits);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (values.length - 1));
  const t = T_95[values.length - 2] ?? T_95_MANY;
  return `${mean.toFixed(digits)} ±${((t * deviation) / Math.sqrt(values.length)).toFixed(digits)}`;
};

const COLUMNS: readonly [string, (measures: SpreadMeasures) => number, number][] = [
  ['delivery', ({ delivered, expected }) => delivered / expected, 6],
  ['copies', ({ copiesPerDelivery }) => copiesPerDelivery, 2],
  ['p50 ms', ({ p50Ms }) => p50Ms, 0],
  ['p99 ms', ({ p99Ms }) => p99Ms, 0],
  ['max ms', ({ maxMs }) => maxMs, 0],
  ['last hop', ({ lastHop }) => lastHop, 1],
];

const about = [
  'The published protocols under their own rules, in the same virtual time and the same regions.',
  ...PUBLISHED,
];
const tables: string[] = [];
console.log(
  [`${nodes} nodes, ${seeds} seeds, ${itemCount} items, one a second`, ...about].join('\n'),
);
for (const protocol of protocols) {
  const rows = SCENARIOS.map((scenario) => {
    const all = Array.from({ length: seeds }, (_, seed) => runOnce(protocol, scenario, seed + 1));
    return [scenario.name, ...COLUMNS.map(([, value, digits]) => cell(all.map(value), digits))];
  });
  const table = tableText([[protocol.name, ...COLUMNS.map(([title]) => title)], ...rows]);
  console.log(`\n${protocol.doc}\n\n${table}`);
  tables.push(`${protocol.doc}\n\n${table.trimEnd()}`);
}
if (values.results !== undefined) {
  const { results } = values;
  const flags = `--nodes ${nodes} --seeds ${seeds} --items ${itemCount}`;
  const command = `\`npm run bench:baselines -- ${[flags, ...positionals].join(' ')}\``;
  const before = existsSync(results) ? readFileSync(results, 'utf8') : '';
  const text = [about.join(' '), command, ...tables].join('\n\n').trim();
  writeFileSync(results, withSection(before, 'The published protocols', text));
}
