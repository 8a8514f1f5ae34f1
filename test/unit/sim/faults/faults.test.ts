import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FAULTS } from '../../../../src/sim/faults/catalogue.js';
import { MARK } from '../../../../src/sim/measures/meter.js';
import type { SimNode } from '../../../../src/sim/run/swarm.js';
import { object } from '../../../../src/sim/scenario/checks.js';
import { faultStage, smallSwarm, TYPE, type SmallSwarm } from '../small-swarm.js';

const SCENARIOS = fileURLToPath(new URL('../../../simulation/scenarios/', import.meta.url));

/** Does it to a swarm, with the parameters of a scenario file. */
const strike = (
  small: SmallSwarm,
  name: string,
  params: Readonly<Record<string, unknown>> = {},
): string[] => {
  const fault = FAULTS.get(name);
  if (fault === undefined) throw new Error(`no fault ${name}`);
  const read = object(fault.fields).read(params, '', []);
  if (read === undefined) throw new Error(`wrong parameters of ${name}`);
  const stage = faultStage(small);
  fault.act(read, stage);
  return stage.log;
};

const announce = ({ swarm }: SmallSwarm, from: SimNode): number =>
  swarm.announce(from, { group: 0, dataType: TYPE }, { bytes: 64, ttl: 0 }) ?? -1;

/** Names of the nodes that have an item. */
const having = ({ swarm }: SmallSwarm, index: number): string[] => {
  const item = swarm.meter.items[index];
  if (item === undefined) throw new Error(`no item ${index}`);
  return swarm.nodes
    .filter((node) => swarm.meter.has(item, node.index, MARK.delivered))
    .map(({ name }) => name);
};

const nodeOf = ({ swarm }: SmallSwarm, at: number): SimNode => {
  const node = swarm.nodes[at];
  if (node === undefined) throw new Error(`no node ${at}`);
  return node;
};

/** How things stand on the way from one node to another. */
const pathBetween = (
  small: SmallSwarm,
  from: number,
  to: number,
): { readonly ms: number; readonly isCut: boolean } => {
  const { paths, cuts } = small.world.network;
  const [here, there] = [nodeOf(small, from).host, nodeOf(small, to).host];
  return { ms: paths.oneWayMs(here, there), isCut: cuts.isCut(here, there) };
};

describe('a node that was disturbed', () => {
  it('stays so for as long as the longest of what was done to it', () => {
    const small = smallSwarm();
    const node = nodeOf(small, 1);
    small.swarm.disturb(node, small.world.nowMs + 60_000);
    const { disturbedUntilMs } = node;
    small.swarm.freeze(node);
    small.world.run(1_000);
    small.swarm.thaw(node);
    small.swarm.disturb(node, small.world.nowMs);
    expect(node.disturbedUntilMs).toBe(disturbedUntilMs);
  });
});

describe('the faults', () => {
  it('stand each in some scenario of the quick simulation', () => {
    const texts = readdirSync(SCENARIOS).map((file) => readFileSync(join(SCENARIOS, file), 'utf8'));
    const unused = [...FAULTS.keys()].filter(
      (name) => !texts.some((text) => text.includes(`"name": "${name}"`)),
    );
    expect(unused).toEqual([]);
  });

  it('spare the bootstrappers, whatever the share', () => {
    const small = smallSwarm();
    strike(small, 'crash', { share: 1 });
    expect(small.swarm.up().map(({ name }) => name)).toEqual(['n0']);
    strike(small, 'bootstrappers-die');
    expect(small.swarm.up()).toEqual([]);
  });

  it('crash: the others see it at once, or by silence when the host dies too', () => {
    const loud = smallSwarm(3);
    strike(loud, 'crash', { count: 1 });
    loud.world.run(100);
    expect(loud.swarm.up().map((node) => loud.swarm.neighbors(node).length)).toEqual([1, 1]);
    const silent = smallSwarm(3);
    strike(silent, 'crash', { count: 1, silently: true });
    silent.world.run(100);
    const links = (): number[] =>
      silent.swarm.up().map((node) => silent.swarm.neighbors(node).length);
    expect(links()).toEqual([2, 2]);
    silent.world.run(30_000);
    expect(links()).toEqual([1, 1]);
  });

  it('restart: a node comes back by itself when it knows the others, through nobody else', () => {
    const small = smallSwarm(4);
    const log = strike(small, 'restart', { count: 2, downMs: 3_000 });
    small.world.run(1_000);
    expect(small.swarm.up()).toHaveLength(2);
    small.world.run(10_000);
    expect(small.swarm.up().map((node) => small.swarm.neighbors(node).length)).toEqual([
      3, 3, 3, 3,
    ]);
    expect(log.filter((line) => line.endsWith('returned'))).toHaveLength(2);
  });

  it('stall: a process hears nothing until it goes on', () => {
    const small = smallSwarm(3);
    strike(small, 'stall', { count: 1, durationMs: 2_000 });
    const index = announce(small, nodeOf(small, 0));
    small.world.run(1_000);
    expect(having(small, index)).toHaveLength(1);
    small.world.run(2_000);
    expect(having(small, index)).toHaveLength(2);
  });

  it('pause: a whole host is out of reach until it goes on', () => {
    const small = smallSwarm(3);
    strike(small, 'pause', { count: 1, durationMs: 2_000 });
    const index = announce(small, nodeOf(small, 0));
    small.world.run(1_000);
    expect(having(small, index)).toHaveLength(1);
    small.world.run(3_000);
    expect(having(small, index)).toHaveLength(2);
  });

  it('partition: items stay in their part, and reach the other when it heals', () => {
    const small = smallSwarm(5);
    strike(small, 'partition', { share: 0.5, durationMs: 5_000 });
    const index = announce(small, nodeOf(small, 0));
    small.world.run(4_000);
    expect(having(small, index)).toHaveLength(2);
    small.world.run(10_000);
    expect(having(small, index)).toHaveLength(4);
  });

  it.each([
    ['out', 1],
    ['in', 2],
  ] as const)('one-way cut, %s: one direction is lost, the other is not', (direction, heard) => {
    const small = smallSwarm(3);
    strike(small, 'one-way-cut', { count: 1, direction, durationMs: 5_000 });
    const [struck] = small.swarm.nodes.filter(({ host }) => {
      const { cuts } = small.world.network;
      return direction === 'out' ? cuts.isCut(host, 'x') : cuts.isCut('x', host);
    });
    const fromStruck = announce(small, struck ?? nodeOf(small, 0));
    const toStruck = announce(small, nodeOf(small, 0));
    small.world.run(1_000);
    expect(having(small, fromStruck)).toHaveLength(direction === 'out' ? 0 : 2);
    expect(having(small, toStruck)).toHaveLength(direction === 'out' ? 2 : heard - 1);
  });

  it('held dials: no connection opens for a while, and then all do', () => {
    const small = smallSwarm(3);
    strike(small, 'held-dials', { durationMs: 10_000 });
    strike(small, 'restart', { count: 1, downMs: 100 });
    small.world.run(9_000);
    expect([...small.swarm.links()]).toHaveLength(1);
    small.world.run(5_000);
    expect([...small.swarm.links()]).toHaveLength(3);
  });

  it('slow link: everything takes longer to and from the host, for a while', () => {
    const small = smallSwarm(3);
    strike(small, 'slow-link', { count: 1, addedMs: 400, durationMs: 2_000 });
    const index = announce(small, nodeOf(small, 0));
    small.world.run(300);
    expect(having(small, index)).toHaveLength(1);
    small.world.run(2_000);
    expect(having(small, index)).toHaveLength(2);
    const again = announce(small, nodeOf(small, 0));
    small.world.run(100);
    expect(having(small, again)).toHaveLength(2);
  });

  it('crash: again at once, while some still have links to the dead', () => {
    const small = smallSwarm(6);
    strike(small, 'crash', { count: 1, silently: true });
    strike(small, 'crash', { count: 2 });
    expect(small.swarm.up()).toHaveLength(3);
    expect([...small.swarm.links()]).toHaveLength(3);
  });

  type Again = readonly [
    name: string,
    params: Readonly<Record<string, unknown>>,
    isOn: (small: SmallSwarm) => boolean,
  ];
  const AGAIN: readonly Again[] = [
    ['slow-link', { count: 1, addedMs: 5_000 }, (small) => pathBetween(small, 0, 1).ms > 5_000],
    ['partition', { share: 0.5 }, (small) => pathBetween(small, 0, 1).isCut],
    ['one-way-cut', { count: 1 }, (small) => pathBetween(small, 1, 0).isCut],
    ['hung-module', { count: 1 }, (small) => nodeOf(small, 1).module?.isHung === true],
  ];
  it.each(AGAIN)('%s, again before it is over: the later ends it', (name, params, isOn) => {
    const small = smallSwarm(2);
    strike(small, name, { ...params, durationMs: 1_000 });
    strike(small, name, { ...params, durationMs: 3_000 });
    small.world.run(2_000);
    expect(isOn(small)).toBe(true);
    small.world.run(2_000);
    expect(isOn(small)).toBe(false);
  });

  it('one-way cuts of both directions end each by themselves', () => {
    const small = smallSwarm(2);
    strike(small, 'one-way-cut', { count: 1, direction: 'out', durationMs: 1_000 });
    strike(small, 'one-way-cut', { count: 1, direction: 'in', durationMs: 3_000 });
    small.world.run(2_000);
    expect(pathBetween(small, 1, 0).isCut).toBe(false);
    expect(pathBetween(small, 0, 1).isCut).toBe(true);
    small.world.run(2_000);
    expect(pathBetween(small, 0, 1).isCut).toBe(false);
  });

  it('clock shift: wall clocks are wrong by so much, and items go on', () => {
    const small = smallSwarm(3);
    const before = small.swarm.up().map((node) => small.swarm.worldNode(node).clock.wallMs());
    strike(small, 'clock-shift', { share: 1, byMs: -60_000 });
    const after = small.swarm.up().map((node) => small.swarm.worldNode(node).clock.wallMs());
    expect(after.map((wallMs, at) => wallMs - (before[at] ?? 0))).toEqual([0, -60_000, -60_000]);
    const index = announce(small, nodeOf(small, 1));
    small.world.run(500);
    expect(having(small, index)).toHaveLength(2);
  });

  it('hung module: is told, and lets nothing pass; the others go on without it', () => {
    const small = smallSwarm(3);
    strike(small, 'hung-module', { share: 1, durationMs: 60_000 });
    expect(small.swarm.up().map(({ module }) => module?.isHung)).toEqual([false, true, true]);
    small.relayed.length = 0;
    const index = announce(small, nodeOf(small, 0));
    small.world.run(20_000);
    expect(having(small, index)).toHaveLength(2);
    expect(new Set(small.relayed)).toEqual(new Set([`n0 ${index}`]));
  });

  it('babbling module: is hung up on, and the module beside it is served', () => {
    const small = smallSwarm(3);
    strike(small, 'babbling-module', { share: 1, times: 5, everyMs: 100 });
    small.world.run(5_000);
    const index = announce(small, nodeOf(small, 0));
    small.world.run(500);
    expect(having(small, index)).toHaveLength(2);
    const connections = small.swarm.up().map((node) => {
      const { api } = small.swarm.worldNode(node);
      return api.connections().length;
    });
    expect(connections).toEqual([1, 1, 1]);
    expect(small.world.errors).toEqual([]);
  });

  it('leave and join: nodes go in order, and others come', () => {
    const small = smallSwarm(4);
    strike(small, 'leave', { count: 2 });
    strike(small, 'join', { count: 3 });
    small.world.run(10_000);
    expect(small.world.nodes.map(({ name }) => name)).toEqual(
      small.swarm.up().map(({ name }) => name),
    );
    expect(small.swarm.up().map((node) => small.swarm.neighbors(node).length)).toEqual([
      4, 4, 4, 4, 4,
    ]);
  });

  it('churn: in every round some go, spread over it, and as many come', () => {
    const small = smallSwarm(5);
    const log = strike(small, 'churn', { share: 0.5, everyMs: 4_000, rounds: 3 });
    small.world.run(20_000);
    expect(log.filter((line) => line === 'round')).toHaveLength(3);
    expect(small.swarm.up()).toHaveLength(5);
    expect(small.swarm.nodes.length).toBe(11);
  });
});
