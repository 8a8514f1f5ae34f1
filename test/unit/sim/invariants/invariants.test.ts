import { INVARIANTS } from '../../../../src/sim/invariants/catalogue.js';
import type { Watcher } from '../../../../src/sim/invariants/invariant.js';
import type { SimNode } from '../../../../src/sim/run/swarm.js';
import { smallScenario, smallSwarm, TYPE, type SmallSwarm } from '../small-swarm.js';

const watch = (
  { swarm }: SmallSwarm,
  name: string,
): { readonly watcher: Watcher; readonly found: string[] } => {
  const invariant = INVARIANTS.find((one) => one.name === name);
  if (invariant === undefined) throw new Error(`no invariant ${name}`);
  const found: string[] = [];
  const watcher = invariant.watch({
    swarm,
    scenario: smallScenario(),
    intervalMs: 1_000,
    violate: (detail) => void found.push(detail),
  });
  return { watcher, found };
};

const nodeOf = ({ swarm }: SmallSwarm, at: number): SimNode => {
  const node = swarm.nodes[at];
  if (node === undefined) throw new Error(`no node ${at}`);
  return node;
};

describe('the invariants', () => {
  it('hold in a small swarm that is left alone, whoever looks, however often', () => {
    const small = smallSwarm();
    const all = INVARIANTS.map(({ name }) => watch(small, name));
    small.swarm.announce(nodeOf(small, 1), { group: 0, dataType: TYPE }, { bytes: 64, ttl: 0 });
    for (let look = 0; look < 10; look += 1) {
      small.world.run(1_000);
      for (const { watcher } of all) watcher.look?.();
    }
    for (const { watcher } of all) watcher.end?.();
    expect(all.flatMap(({ found }) => found)).toEqual([]);
  });

  it('validated-first: a node that sends what it has not validated is found', () => {
    const small = smallSwarm(3);
    const { watcher, found } = watch(small, 'validated-first');
    const item = small.swarm.meter.announced(0, TYPE, 0, small.world.nowMs);
    watcher.relay?.(nodeOf(small, 0), item);
    expect(found).toEqual([]);
    watcher.relay?.(nodeOf(small, 1), item);
    expect(found).toEqual([`n1 sends item ${item}, which nobody there has found valid`]);
    small.swarm.meter.validated(item, 2);
    watcher.relay?.(nodeOf(small, 2), item);
    expect(found).toHaveLength(1);
  });

  it('once-only: a module that is told twice is found', () => {
    const small = smallSwarm(3);
    const node = nodeOf(small, 1);
    const announcer = nodeOf(small, 0);
    small.swarm.announce(announcer, { group: 0, dataType: TYPE }, { bytes: 64, ttl: 0 });
    small.world.run(1_000);
    expect(small.twice).toEqual([]);
    // The same item under another salt, which is another item to the daemon.
    announcer.remains = small.world.kill('n0');
    announcer.remains = undefined;
    const { watcher, found } = watch(small, 'once-only');
    const [item] = small.swarm.meter.items;
    if (item !== undefined) node.module?.announce(item, 64, 0);
    small.world.run(1_000);
    expect(small.twice).toEqual(['n2 0']);
    watcher.twice?.(nodeOf(small, 2), 0);
    expect(found).toEqual(['the module of n2 is told of item 0 again']);
  });

  it('all-reached: an item that a linked node lacks is found, one without a way is not', () => {
    const small = smallSwarm(4);
    const { watcher, found } = watch(small, 'all-reached');
    small.swarm.meter.announced(0, TYPE, 0, small.world.nowMs);
    small.world.run(6_000);
    watcher.end?.();
    expect(found).toEqual(['item 0, announced by n0 at 5000 ms, is not at n1 and 2 more']);
    for (const at of [1, 2, 3]) small.swarm.freeze(nodeOf(small, at));
    watcher.end?.();
    expect(found).toHaveLength(1);
  });

  it('bounds: a table that is over its bound is found', () => {
    const small = smallSwarm(3);
    const { watcher, found } = watch(small, 'bounds');
    const { counters } = small.swarm.worldNode(nodeOf(small, 2)).daemon;
    counters.gauge('links_active', () => 81);
    watcher.end?.();
    expect(found).toEqual(['links_active of n2 is 81, bound 80']);
  });

  it('outbound-quota: callers in the places of those who were chosen are found', () => {
    const small = smallSwarm(3);
    const { watcher, found } = watch(small, 'outbound-quota');
    const { view } = small.swarm.worldNode(nodeOf(small, 2)).daemon;
    watcher.end?.();
    expect(found).toEqual([]);
    Object.defineProperty(view, 'activeCount', { get: () => view.outboundCount + 67 });
    watcher.end?.();
    expect(found).toEqual(['n2 has 67 inbound links, bound 66']);
  });

  it('links-symmetric: a link of which one end knows nothing is found, if it stays so', () => {
    const small = smallSwarm(3);
    const { watcher, found } = watch(small, 'links-symmetric');
    const { view } = small.swarm.worldNode(nodeOf(small, 1)).daemon;
    const [link] = view.links();
    watcher.look?.();
    if (link !== undefined) view.remove(link.connection);
    for (let look = 0; look < 2; look += 1) watcher.look?.();
    expect(found).toEqual([]);
    watcher.look?.();
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^n\d has a link to n1, which has none to n\d$/);
  });

  it('no-orphans: an actor without a connection is found, if it stays so', () => {
    const small = smallSwarm(3);
    const { watcher, found } = watch(small, 'no-orphans');
    const { endpoint } = small.swarm.worldNode(nodeOf(small, 1));
    const [connection = -1] = endpoint.connections();
    const hidden = endpoint.connections().filter((one) => one !== connection);
    endpoint.connections = () => hidden;
    for (let look = 0; look < 11; look += 1) watcher.look?.();
    expect(found).toEqual([]);
    watcher.look?.();
    expect(found).toEqual([`peer-connection.${connection} of n1 has no connection`]);
  });

  it('no-timers-of-the-dead: what a daemon leaves behind is found', () => {
    const small = smallSwarm(3);
    const node = small.swarm.worldNode(nodeOf(small, 1));
    small.swarm.leave(nodeOf(small, 1));
    const { watcher, found } = watch(small, 'no-timers-of-the-dead');
    small.world.run(5_000);
    watcher.ended?.(node);
    expect(found).toEqual([]);
    node.clock.setTimeout(() => undefined, 1_000);
    watcher.ended?.(node);
    expect(found).toEqual(['n1 has ended, and 1 of its timers wait']);
  });

  it('no-errors: what is logged as an error is found', () => {
    const small = smallSwarm(3);
    const { watcher, found } = watch(small, 'no-errors');
    watcher.look?.();
    expect(found).toEqual([]);
    const line = { atMs: 1, node: 'n1', level: 'error', what: 'failed', fields: { x: 1 } } as const;
    small.world.errors.push(line);
    watcher.look?.();
    expect(found).toEqual(['n1 logs "failed" {"x":1}']);
  });

  it('are named once each, and said in a sentence', () => {
    const names = INVARIANTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(INVARIANTS.filter(({ doc }) => !/^[A-Z].*\.$/.test(doc))).toEqual([]);
  });
});
