import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ATTACKERS } from '../../../../src/sim/attackers/catalogue.js';
import { hostileSharesOf } from '../../../../src/sim/measures/hostile-shares.js';
import { MARK } from '../../../../src/sim/measures/meter.js';
import type { SimNode } from '../../../../src/sim/run/swarm.js';
import { object } from '../../../../src/sim/scenario/checks.js';
import { faultStage, smallSwarm, TYPE, type SmallSwarm } from '../small-swarm.js';

const SCENARIOS = fileURLToPath(new URL('../../../simulation/scenarios/', import.meta.url));

/** Lets an attacker loose on a swarm, with the parameters of a scenario file. */
const attack = (
  small: SmallSwarm,
  name: string,
  params: Readonly<Record<string, unknown>> = {},
): void => {
  const attacker = ATTACKERS.get(name);
  const read = attacker && object(attacker.fields).read(params, '', []);
  if (attacker === undefined || read === undefined) throw new Error(`wrong parameters of ${name}`);
  attacker.act(read, faultStage(small));
};

/** The bootstrapper, which no attacker turns, announces; names of those who have the item. */
const announced = ({ swarm, world }: SmallSwarm): string[] => {
  const [announcer] = swarm.bootstrappers() as [SimNode];
  const at = swarm.announce(announcer, { group: 0, dataType: TYPE }, { bytes: 64, ttl: 0 });
  world.run(3_000);
  const item = swarm.meter.items[at ?? -1];
  if (item === undefined) throw new Error('nothing was announced');
  return swarm.nodes
    .filter((node) => swarm.meter.has(item, node.index, MARK.delivered))
    .map(({ name }) => name);
};

const honest = ({ swarm }: SmallSwarm): string[] => swarm.up().map(({ name }) => name);

const turnedName = ({ swarm }: SmallSwarm): string => {
  const turned = swarm.nodes.find(({ host }) => swarm.hostile.has(host));
  if (turned === undefined) throw new Error('nobody was turned');
  return turned.name;
};

/** How often the honest have counted something, in all. */
const counted = ({ swarm }: SmallSwarm, counter: string): number =>
  swarm.up().reduce((sum, node) => sum + swarm.worldNode(node).daemon.counters.get(counter), 0);

const KINDS = ['dropper', 'junk-sender', 'have-liar', 'id-forger', 'want-flooder', 'poisoner'];

describe('the attackers', () => {
  it('stand each in some scenario of the quick simulation', () => {
    const texts = readdirSync(SCENARIOS).map((file) => readFileSync(join(SCENARIOS, file), 'utf8'));
    const unused = [...ATTACKERS.keys()].filter(
      (name) => !texts.some((text) => text.includes(`"name": "${name}"`)),
    );
    expect(unused).toEqual([]);
  });
});

describe('turned nodes', () => {
  it.each(KINDS)('count nowhere, and spare the bootstrapper: %s', (name) => {
    const small = smallSwarm(4);
    attack(small, name, { share: 1 });
    expect(honest(small)).toEqual(['n0']);
    expect(announced(small)).toEqual([]);
    expect(small.swarm.meter.groups[0]?.deliveries).toBe(0);
  });

  it.each(KINDS)('keep no item from the others: %s', (name) => {
    const small = smallSwarm(6);
    attack(small, name, { count: 1 });
    small.world.run(2_000);
    expect(announced(small)).toEqual(honest(small).slice(1));
    expect(honest(small)).toHaveLength(5);
    expect(small.world.errors).toEqual([]);
  });

  it('have the links that they had: the share of them is measured', () => {
    const small = smallSwarm(5);
    const sharesNow = () => hostileSharesOf(small.swarm, small.swarm.up());
    expect(sharesNow()).toMatchObject({ outbound: 0, links: 0, book: 0, victims: NaN });
    attack(small, 'dropper', { count: 1 });
    // All are linked with all: each of the four has one link with the fifth.
    expect(sharesNow().links).toBe(1 / 4);
    expect(sharesNow().book).toBeGreaterThan(0);
    const [victim] = small.swarm.up() as [SimNode];
    small.swarm.victims.add(victim);
    expect(sharesNow().victims).toBe(1 / 4);
  });
});

describe('attackers that go on', () => {
  it.each([
    ['junk-sender', { count: 1, everyMs: 100 }, 90_000],
    ['have-liar', { count: 1, invented: 8, everyMs: 1_000 }, 60_000],
  ])('are put aside by everybody, and nobody else is: %s', (name, params, forMs) => {
    const small = smallSwarm(4);
    attack(small, name, params);
    small.world.run(forMs);
    expect(counted(small, 'peers_put_aside_total')).toBe(3);
    expect(counted(small, 'peers_offending')).toBe(3);
    expect(hostileSharesOf(small.swarm, small.swarm.up()).links).toBe(0);
    expect(announced(small)).toEqual(honest(small).slice(1));
  });
});

describe('a dropper', () => {
  it('sends no item and offers none, and says the rest', () => {
    const small = smallSwarm(4);
    attack(small, 'dropper', { count: 1 });
    const name = turnedName(small);
    small.sent.length = 0;
    for (let items = 0; items < 3; items += 1) announced(small);
    small.world.run(30_000);
    const said = new Set(small.sent.filter((line) => line.startsWith(`${name} `)));
    expect(said).toContain(`${name} PING`);
    expect(said).not.toContain(`${name} SPREAD`);
    expect(said).not.toContain(`${name} HAVE`);
    expect(small.sent).toContain(`n0 SPREAD`);
  });
});

describe('a junk sender', () => {
  it('is heard, and its items end at whoever gets them', () => {
    const small = smallSwarm(4);
    const before = small.relayed.length;
    attack(small, 'junk-sender', { count: 1, everyMs: 100 });
    small.world.run(1_050);
    // 11 items to each of three; what one of them passed on would come to another again.
    expect(counted(small, 'items_rejected_total')).toBe(3 * 11);
    expect(counted(small, 'items_duplicate_total')).toBe(0);
    expect(small.relayed).toHaveLength(before);
  });
});

describe('a HAVE liar', () => {
  it('offers what nobody has, and answers nobody', () => {
    const small = smallSwarm(3);
    attack(small, 'have-liar', { count: 1, invented: 5, everyMs: 60_000 });
    const name = turnedName(small);
    small.world.run(50);
    expect(small.sent.filter((line) => line === `${name} HAVE`)).toHaveLength(2);
    expect(counted(small, 'items_wanted_total')).toBe(2 * 5);
    small.world.run(3_000);
    expect(counted(small, 'items_fetching')).toBe(0);
    expect(small.sent).not.toContain(`${name} SPREAD`);
  });

  it('offers what it has heard of, to all but whom it came from', () => {
    const small = smallSwarm(4);
    attack(small, 'have-liar', { count: 1, invented: 0 });
    const name = turnedName(small);
    announced(small);
    expect(small.sent.filter((line) => line === `${name} HAVE`)).toHaveLength(2);
  });
});

describe('an id forger', () => {
  it('has its altered copies taken for other items, which are malformed', () => {
    const small = smallSwarm(4);
    attack(small, 'id-forger', { count: 1 });
    const name = turnedName(small);
    expect(announced(small)).toEqual(honest(small).slice(1));
    expect(small.sent).toContain(`${name} SPREAD`);
    expect(small.sent).toContain(`${name} HAVE`);
    expect(counted(small, 'items_rejected_total')).toBe(2);
    expect(small.twice).toEqual([]);
  });
});

describe('a WANT flooder', () => {
  it('is sent each item once, however often it asks', () => {
    const small = smallSwarm(3);
    attack(small, 'want-flooder', { count: 1, everyMs: 50 });
    const name = turnedName(small);
    announced(small);
    small.world.run(3_000);
    expect(small.sent.filter((line) => line === `${name} WANT`).length).toBeGreaterThan(50);
    const [one, other] = honest(small);
    // n0 has pushed it to both others, and each of the two has sent it once more when asked.
    const spreads = small.sent.filter((line) => line.endsWith(' SPREAD'));
    expect(spreads.filter((line) => line === `${one} SPREAD`).length).toBeLessThanOrEqual(3);
    expect(spreads.filter((line) => line === `${other} SPREAD`).length).toBeLessThanOrEqual(2);
  });
});
