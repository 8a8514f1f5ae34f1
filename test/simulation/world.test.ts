import { Transcript } from '../../src/runtime/trace.js';
import { planeLatency } from '../../src/sim/virtual-network.js';
import { says } from '../../src/sim/virtual-module.js';
import { World } from '../../src/sim/world.js';
import { seededRandom } from '../../src/core/prng.js';

const TYPE = 7;
const NODES = ['ada', 'bea', 'cleo', 'dora', 'ella'] as const;
const FIRST = 'ada';

/** Five nodes join, say something, one is killed and comes back. The whole of it, as text. */
const story = (seed: string): { readonly world: World; readonly text: string } => {
  const world: World = new World(seed, {
    latency: planeLatency(seededRandom(seed), 2, 80),
    onDaemon: (node) => transcript.watch(node.name, node.daemon),
  });
  const transcript = new Transcript(() => world.nowMs, {
    host: (host) => world.nameOfHost(host),
    identity: () => undefined,
  });
  const bootstrapper = world.addressOf(FIRST);
  for (const name of NODES) {
    world.start(name, name === FIRST ? {} : { config: { peers: { bootstrapper } } });
    world.run(50);
  }
  world.run(5_000);
  const modules = world.nodes.map((node) => node.module([TYPE], says(true, 3)));
  world.run(100);
  modules[3]?.announce(TYPE, 'first');
  world.run(1_000);
  world.restart('cleo').module([TYPE]);
  world.run(5_000);
  modules[0]?.announce(TYPE, 'second');
  world.run(20_000);
  return { world, text: transcript.text() };
};

describe('a world of five nodes', () => {
  it('goes the same way for the same seed, word by word, and another way for another', () => {
    const [one, again, other] = ['one', 'one', 'other'].map((seed) => story(seed).text);
    expect(one?.length).toBeGreaterThan(10_000);
    expect(again).toBe(one);
    expect(other).not.toBe(one);
  });

  it('is fully linked after a restart, and nothing has gone wrong', () => {
    const { world } = story('links');
    expect(world.nodes.map(({ daemon }) => daemon.view.activeCount)).toEqual([4, 4, 4, 4, 4]);
    expect(world.errors).toEqual([]);
  });

  it('brings every item to every module once, also to the one that was away', () => {
    const world = new World('items');
    const bootstrapper = world.addressOf(FIRST);
    const modules = NODES.map((name) => {
      const options = name === FIRST ? {} : { config: { peers: { bootstrapper } } };
      return world.start(name, options).module([TYPE]);
    });
    world.run(5_000);
    modules[1]?.announce(TYPE, 'hello');
    world.run(1_000);
    const late = world.restart('dora').module([TYPE]);
    world.run(5_000);
    const heard = [...modules.filter((_, at) => at !== 1), late].map((module) =>
      module.heard.map(({ message }) => message.data.toString()),
    );
    expect(heard).toEqual([['hello'], ['hello'], ['hello'], ['hello'], ['hello']]);
  });

  it('lets a node leave, and its name be used again', () => {
    const world = new World('leave');
    world.start('ada');
    world.start('bea', { config: { peers: { bootstrapper: world.addressOf('ada') } } });
    world.run(1_000);
    world.leave('ada');
    world.runUntil('ada is gone', () => world.nodes.length === 1);
    expect(world.node('bea').daemon.view.activeCount).toBe(0);
    expect(() => world.node('ada')).toThrow(RangeError);
    world.start('ada');
    world.runUntil('both are linked', () => world.node('ada').daemon.view.activeCount === 1);
    expect(world.errors).toEqual([]);
  });
});
