/**
 * How fast the simulator runs: a world of N nodes (default 1,000) joins through one bootstrapper,
 * then items are announced. Prints CPU seconds, events and what the network looks like; asserts
 * nothing. `node dist/bench/world.js [NODES] [SECONDS] [ITEMS]`.
 */
import { seededRandom } from '../src/core/prng.js';
import { planeLatency } from '../src/sim/virtual-network.js';
import { World, type WorldNode } from '../src/sim/world.js';

const [nodes = 1_000, seconds = 60, items = 20] = process.argv.slice(2).map(Number);
const DATA_TYPE = 1;
/** Newcomers come one after the other, so many ms apart. */
const BETWEEN_STARTS_MS = 10;
const ITEM_SECONDS = 10;

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const measured = (what: string, world: World, act: () => void): void => {
  const [cpu, fired] = [cpuSeconds(), world.scheduler.fired];
  act();
  const took = cpuSeconds() - cpu;
  const events = world.scheduler.fired - fired;
  const heap = Math.round(process.memoryUsage().heapUsed / 2 ** 20);
  console.log(
    `${what}: ${took.toFixed(1)} s CPU, ${events} events, ` +
      `${Math.round(events / took)} events/s, heap ${heap} MiB`,
  );
};

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;

const world = new World(1, { latency: planeLatency(seededRandom(1), 2, 100) });
const bootstrapper = world.addressOf('0');
const started: WorldNode[] = [];

measured(`${nodes} nodes join in ${seconds} s`, world, () => {
  for (let n = 0; n < nodes; n += 1) {
    started.push(world.start(String(n), n === 0 ? {} : { config: { peers: { bootstrapper } } }));
    world.run(BETWEEN_STARTS_MS);
  }
  world.run(seconds * 1_000);
});
const degrees = started.map(({ daemon }) => daemon.view.activeCount).sort((a, b) => a - b);
const sum = (name: string): number =>
  started.reduce((total, { daemon }) => total + daemon.counters.get(name), 0);
console.log(
  `links: fewest ${degrees[0]}, median ${percentile(degrees, 0.5)}, most ${degrees.at(-1)}; ` +
    `refused as busy ${sum('callers_refused_total')}; errors ${world.errors.length}`,
);

const modules = started.map((node) => node.module([DATA_TYPE]));
world.run(1_000);
measured(`${items} items`, world, () => {
  for (let item = 0; item < items; item += 1) {
    modules[(item * 7) % modules.length]?.announce(DATA_TYPE, Buffer.alloc(200, item + 1));
    world.run(100);
  }
  world.run(ITEM_SECONDS * 1_000);
});
const heard = modules.reduce((total, { heard: { length } }) => total + length, 0);
const copies = sum('items_received_total') / heard;
console.log(
  `${((100 * heard) / (items * (nodes - 1))).toFixed(2)} % delivered, ` +
    `${copies.toFixed(1)} copies per delivery`,
);
