/** The stem phase at work: items arrive, by whatever way, and their origin is harder to tell. */
import { spyOn } from '../../src/sim/run/first-spreader.js';
import { says, saysNothing, type VirtualModule } from '../../src/sim/virtual-module.js';
import { World } from '../../src/sim/world.js';
import type { PeerMessage, Spread } from '../../src/wire/messages.js';

const TYPE = 7;
const LONGEST_FAILSAFE_MS = 70_000;

const network = (seed: string, nodes: number, stems = (_: number): boolean => true) => {
  const world = new World(seed, { throughCodec: true });
  const bootstrapper = world.addressOf('n0');
  const modules: VirtualModule[] = [];
  for (let n = 0; n < nodes; n += 1) {
    const config = { items: { stem: stems(n) }, ...(n > 0 && { peers: { bootstrapper } }) };
    modules.push(world.start(`n${n}`, { config }).module([TYPE], says(true)));
    world.run(50);
  }
  world.run(5_000);
  const passed: { readonly from: string; readonly message: PeerMessage }[] = [];
  world.network.tap = {
    sent: (from, _, message) => void passed.push({ from: world.nameOfHost(from) ?? '', message }),
    received: () => {},
  };
  const spreads = (): { readonly from: string; readonly message: Spread }[] =>
    passed.flatMap(({ from, message }) => (message.type === 'SPREAD' ? [{ from, message }] : []));
  const sum = (name: string): number =>
    world.nodes.reduce((total, { daemon }) => total + daemon.counters.get(name), 0);
  return { world, modules, passed, spreads, sum };
};

describe('an item that takes the stem', () => {
  it('reaches every module once, and nothing of it is left on the stem', () => {
    const { world, modules, spreads, sum } = network('reach', 12);
    for (let n = 0; n < 12; n += 1) modules[n]?.announce(TYPE, `from ${n}`);
    world.run(LONGEST_FAILSAFE_MS);
    for (const [n, { heard }] of modules.entries()) {
      const texts = heard.map(({ message }) => message.data.toString()).sort();
      const others = modules.map((_, at) => `from ${at}`).filter((_, at) => at !== n);
      expect(texts).toEqual(others.sort());
    }
    expect(sum('items_on_stem')).toBe(0);
    expect(sum('stems_passed_total')).toBeGreaterThanOrEqual(12);
    // Who announces spreads nothing before somebody else has, unless the stem led back to it.
    for (let n = 0; n < 12; n += 1) {
      const own = spreads().filter(({ message }) => message.data.toString() === `from ${n}`);
      expect(own[0]).toMatchObject({ from: `n${n}`, message: { stem: true } });
      const stems = own.filter(({ message }) => message.stem === true).length;
      const first = own.find(({ message }) => message.stem !== true)?.from;
      expect([first !== `n${n}` || stems > 1, stems > 0]).toEqual([true, true]);
    }
    expect(world.errors).toEqual([]);
  });

  it('is spread by its origin when the relay lets it vanish', () => {
    const { world, modules, spreads } = network('vanish', 4);
    // Whoever hears of it first keeps silent, so that it goes no further there.
    let hushed: number | undefined;
    for (const [n, module] of modules.entries()) {
      module.judge = (notification) => {
        hushed ??= n;
        return n === hushed ? saysNothing(notification) : says(true)(notification);
      };
    }
    modules[0]?.announce(TYPE, 'still here');
    world.run(2_000);
    expect(spreads()).toHaveLength(1);
    world.run(LONGEST_FAILSAFE_MS);
    const { counters } = world.node('n0').daemon;
    expect(counters.get('stems_ended_total{reason="nobody else has"}')).toBe(1);
    const heard = modules.map((module) => module.heard.length);
    expect(heard).toEqual([0, 1, 1, 1]);
  });

  it('is passed on by nobody whose modules found it invalid', () => {
    const { world, modules, passed } = network('invalid', 6);
    for (const module of modules.slice(1)) module.judge = says(false);
    modules[0]?.announce(TYPE, 'nonsense');
    world.run(2_000);
    const items = passed.filter(({ message: { type } }) => type === 'SPREAD' || type === 'HAVE');
    expect(items.map(({ from }) => from)).toEqual(['n0']);
  });

  it('is spread at once by a daemon that knows no stem, and arrives', () => {
    const { world, modules, spreads } = network('mixed', 8, (n) => n === 0);
    modules[0]?.announce(TYPE, 'mixed');
    world.run(2_000);
    expect(modules.slice(1).map(({ heard }) => heard.length)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(spreads().filter(({ message }) => message.stem === true)).toHaveLength(1);
  });

  it('waits for a link, and is offered to nobody meanwhile', () => {
    const world = new World('alone');
    const config = { items: { stem: true } };
    const lonely = world.start('ada', { config });
    lonely.module([TYPE], says(true)).announce(TYPE, 'waited');
    world.run(1_000);
    expect(lonely.daemon.counters.get('knowledge_base_items')).toBe(0);
    const shown: string[] = [];
    world.network.tap = {
      sent: (_, __, message) => {
        if (message.type === 'HAVE') shown.push('HAVE');
        if (message.type === 'SPREAD') shown.push(message.stem === true ? 'stem' : 'SPREAD');
      },
      received: () => {},
    };
    const peers = { bootstrapper: world.addressOf('ada') };
    const bea = world.start('bea', { config: { ...config, peers } }).module([TYPE], says(true));
    world.run(5_000);
    expect(bea.heard).toHaveLength(1);
    expect(shown[0]).toBe('stem');
  });

  it('with a ttl that counts takes none: it would tell how far it has come', () => {
    const { world, modules, spreads } = network('ttl', 4);
    modules[0]?.announce(TYPE, 'near', 1);
    world.run(2_000);
    expect(spreads().length).toBeGreaterThan(0);
    expect(spreads().filter(({ message }) => message.stem === true)).toEqual([]);
  });
});

describe('somebody at every tenth daemon', () => {
  it('takes whoever shows an item first for its origin, and is right less often', () => {
    const plan = { seed: 1, nodes: 40, items: 40, spies: 0.1 };
    const [open, hidden] = [spyOn({ ...plan, stem: false }), spyOn({ ...plan, stem: true })];
    expect([open.delivered, hidden.delivered]).toEqual([1, 1]);
    expect(hidden.unmasked).toBeLessThan(open.unmasked / 2);
  });
});
