/**
 * How peer views come about and mend, in the simulator: prints figures, asserts nothing.
 * `node dist/bench/view.js SCENARIO [NODES] [SEED]`, with SCENARIO `join`, `sybils`, `crash`.
 */
import { seededRandom, shuffled } from '../src/core/prng.js';
import type { LinkGroup } from '../src/core/link-groups.js';
import { networkOf } from '../src/core/networks.js';
import { planeLatency } from '../src/sim/virtual-network.js';
import { World, type ConfigChanges, type WorldNode } from '../src/sim/world.js';

const [scenario = 'join', nodesText = '100', seed = '1'] = process.argv.slice(2);
const nodes = Number(nodesText);

const BETWEEN_STARTS_MS = 10;
const FIRST = '0';

const newWorld = (): World => {
  return new World(seed, { latency: planeLatency(seededRandom(seed), 2, 100) });
};

const joined = (world: World, seconds: number, config: ConfigChanges = {}): WorldNode[] => {
  const bootstrapper = world.addressOf(FIRST);
  const started: WorldNode[] = [];
  for (let n = 0; n < nodes; n += 1) {
    const peers = n === 0 ? {} : { bootstrapper };
    const changes = { ...config, peers: { ...peers, ...config.peers } };
    started.push(world.start(String(n), { config: changes }));
    world.run(BETWEEN_STARTS_MS);
  }
  world.run(seconds * 1_000);
  return started;
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const spread = (values: readonly number[]): string => {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return `fewest ${at(0)}, median ${at(0.5)}, mean ${mean(sorted).toFixed(1)}, most ${at(1)}`;
};

const GROUPS: readonly LinkGroup[] = ['sampled', 'anchor', 'near', 'inbound', 'spare'];

const describeViews = (all: readonly WorldNode[]): void => {
  console.log(`links: ${spread(all.map(({ daemon }) => daemon.view.activeCount))}`);
  console.log(`outbound: ${spread(all.map(({ daemon }) => daemon.view.outboundCount))}`);
  for (const group of GROUPS) {
    const counts = all.map(
      ({ daemon }) => [...daemon.groups.all().values()].filter((of) => of === group).length,
    );
    console.log(`  ${group}: ${spread(counts)}`);
  }
  const dials = new Map<string, number>();
  for (const { daemon } of all) {
    for (const { name, value } of daemon.counters.entries()) {
      if (name.includes('dials_total')) dials.set(name, (dials.get(name) ?? 0) + value);
    }
  }
  const perNode = [...dials].map(
    ([name, sum]) => `${name.replace(/.*purpose="(.*)".*/, '$1')} ${(sum / all.length).toFixed(1)}`,
  );
  console.log(`dials per node: ${perNode.join(', ')}`);
};

/** Sizes of the connected parts of the network, the largest first. */
const parts = (all: readonly WorldNode[]): number[] => {
  const byIdentity = new Map(all.map((node) => [node.identity.toString('hex'), node]));
  const unseen = new Set(all);
  const sizes: number[] = [];
  for (const first of all) {
    if (!unseen.delete(first)) continue;
    const part = [first];
    for (const node of part) {
      for (const { identity } of node.daemon.view.active()) {
        const other = byIdentity.get(identity);
        if (other !== undefined && unseen.delete(other)) part.push(other);
      }
    }
    sizes.push(part.length);
  }
  return sizes.sort((one, other) => other - one);
};

const join = (): void => {
  const world = newWorld();
  for (const seconds of [2, 8, 50, 540]) {
    const all = seconds === 2 ? joined(world, 2) : (world.run(seconds * 1_000), [...world.nodes]);
    console.log(`after ${(world.nowMs / 1_000).toFixed(0)} s:`);
    describeViews(all);
  }
};

/** A fifth of all nodes, or four for each honest one, in few networks, calling whom they can. */
const sybils = (): void => {
  for (const [what, share, networks] of [
    ['a fifth of all, one /24', 0.25, 1],
    ['four per honest node, four /24s', 4, 4],
  ] as const) {
    const world = newWorld();
    const honest = joined(world, 10);
    const bootstrapper = world.addressOf(FIRST);
    const count = Math.round(nodes * share);
    for (let n = 0; n < count; n += 1) {
      world.place(`sybil ${n}`, `66.0.${n % networks}.${1 + Math.floor(n / networks)}`);
      const peers = { bootstrapper, degree: 64, maxConnections: 256 };
      world.start(`sybil ${n}`, { config: { peers } });
      world.run(BETWEEN_STARTS_MS);
    }
    for (const seconds of [60, 1_200]) {
      world.run(seconds * 1_000);
      const isSybil = (host: string): boolean => networkOf(host).startsWith('66.');
      const shareOf = (pick: (group: LinkGroup | undefined, direction: string) => boolean) => {
        const links = honest.flatMap(({ daemon }) =>
          daemon.view.active().filter(({ connection, direction }) => {
            return pick(daemon.groups.of(connection), direction);
          }),
        );
        const bad = links.filter(({ address }) => isSybil(address.host)).length;
        return `${((100 * bad) / Math.max(1, links.length)).toFixed(2)} %`;
      };
      console.log(
        `${what}, after ${seconds} s: sybils have ${shareOf((_, way) => way === 'outbound')} of ` +
          `outbound, ${shareOf((group) => group === 'sampled')} of sampled, ` +
          `${shareOf(() => true)} of all links; dials per node`,
      );
    }
    describeViews(honest);
  }
};

const crash = (): void => {
  for (const share of [0.5, 0.8]) {
    const world = newWorld();
    const all = joined(world, 60);
    const doomed = shuffled(all, seededRandom(`${seed} crash`)).slice(0, Math.round(nodes * share));
    for (const { name } of doomed) world.kill(name);
    const left = world.nodes;
    const [atMs, before] = [world.nowMs, parts(left)];
    let [linkedMs, wholeMs, fullMs] = [NaN, NaN, NaN];
    while (world.nowMs - atMs < 20_000) {
      world.run(50);
      const since = world.nowMs - atMs;
      const fewest = Math.min(...left.map(({ daemon }) => daemon.view.activeCount));
      if (Number.isNaN(linkedMs) && fewest >= 3) linkedMs = since;
      if (Number.isNaN(wholeMs) && parts(left).length === 1) wholeMs = since;
      if (Number.isNaN(fullMs) && fewest >= Math.min(20, left.length - 1)) fullMs = since;
    }
    const whole = ((100 * (before[0] ?? 0)) / left.length).toFixed(1);
    console.log(
      `${share * 100} % crash: ${whole} % of ${left.length} in the largest part at once; ` +
        `whole after ${wholeMs} ms, all with 3 links after ${linkedMs} ms, ` +
        `with 20 after ${fullMs} ms`,
    );
    describeViews(left);
  }
};

const SCENARIOS: Readonly<Record<string, () => void>> = { join, sybils, crash };
SCENARIOS[scenario]?.();
