/**
 * What the stem phase is worth and what it costs, in the simulator: how often the first who shows
 * an item to an observer at every tenth daemon is its origin, with and without, and how long items
 * take. `npm run bench:anonymity -- [NODES] [ITEMS] [SEEDS]`. Prints, and asserts nothing.
 */
import { estimate } from '../src/sim/measures/statistics.js';
import { spyOn } from '../src/sim/run/first-spreader.js';
import { quantile } from './network.js';

const [nodes = 200, items = 60, seeds = 3] = process.argv.slice(2).map(Number);
const SPIES = 0.1;

console.log(`${nodes} nodes in eight regions, ${items} items, ${seeds} seeds, 10 % observe\n`);
console.log('| stem | origin unmasked | delivered | p50 ms | p99 ms | last ms |');
console.log('| --- | --- | --- | --- | --- | --- |');
for (const stem of [false, true]) {
  const runs = Array.from({ length: seeds }, (_, at) =>
    spyOn({ seed: at + 1, nodes, items, spies: SPIES, stem }),
  );
  const { mean, halfWidth } = estimate(runs.map(({ unmasked }) => unmasked));
  const delivered = estimate(runs.map((run) => run.delivered)).mean;
  const latencies = runs.flatMap(({ latenciesMs }) => latenciesMs);
  const [p50, p99, last] = [0.5, 0.99, 1].map((share) => quantile(latencies, share).toFixed(0));
  const unmasked = `${(100 * mean).toFixed(1)} ± ${(100 * halfWidth).toFixed(1)} %`;
  console.log(`| ${stem} | ${unmasked} | ${delivered.toFixed(4)} | ${p50} | ${p99} | ${last} |`);
}
