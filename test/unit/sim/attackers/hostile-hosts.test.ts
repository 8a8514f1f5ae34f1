import { ACQUAINTANCES_MAX } from '../../../../src/core/active-view.js';
import { ATTACKERS } from '../../../../src/sim/attackers/catalogue.js';
import { HostilePeer } from '../../../../src/sim/attackers/hostile-peer.js';
import type { SimNode } from '../../../../src/sim/run/swarm.js';
import { object } from '../../../../src/sim/scenario/checks.js';
import type { PeerAddress } from '../../../../src/wire/messages.js';
import { faultStage, smallSwarm, type SmallSwarm } from '../small-swarm.js';

const attack = (small: SmallSwarm, name: string, params: object = {}): string[] => {
  const attacker = ATTACKERS.get(name);
  const read = attacker && object(attacker.fields).read(params, '', []);
  if (attacker === undefined || read === undefined) throw new Error(`wrong parameters of ${name}`);
  const stage = faultStage(small);
  attacker.act(read, stage);
  return stage.log;
};

const first = ({ swarm }: SmallSwarm): SimNode => {
  const [node] = swarm.up();
  if (node === undefined) throw new Error('nobody is there');
  return node;
};

/** Links of a node with hostile hosts: who has dialled. */
const hostileLinks = ({ swarm }: SmallSwarm, node: SimNode): string[] =>
  swarm
    .worldNode(node)
    .daemon.view.active()
    .filter(({ address }) => swarm.hostile.has(address.host))
    .map(({ direction }) => direction);

const hostileInBook = ({ swarm }: SmallSwarm, node: SimNode): number =>
  swarm
    .worldNode(node)
    .daemon.book.entries()
    .filter(({ address }) => swarm.hostile.has(address.host)).length;

const gauge = ({ swarm }: SmallSwarm, node: SimNode, name: string): number =>
  swarm.worldNode(node).daemon.counters.get(name);

const placeOf = (small: SmallSwarm): PeerAddress => {
  const [address] = small.swarm.hostileAddresses('host', 1, 1);
  if (address === undefined) throw new Error('no place');
  return address;
};

describe('a hostile peer', () => {
  it('is let in when it calls, and stays', () => {
    const small = smallSwarm(1);
    const peer = new HostilePeer(faultStage(small), placeOf(small));
    const node = first(small);
    peer.call(node, small.world.addressOf(node.name));
    peer.call(node, small.world.addressOf(node.name));
    expect(peer.calls).toBe(1);
    small.world.run(120_000);
    expect(hostileLinks(small, node)).toEqual(['inbound']);
    expect(peer.links()).toHaveLength(1);
    expect(small.world.errors).toEqual([]);
  });

  it('lets in whoever calls, for a proof of its own', () => {
    const small = smallSwarm(1);
    const heard: string[] = [];
    const peer = new HostilePeer(faultStage(small), placeOf(small), () => ({
      heard: (_, { type }) => void heard.push(type),
    }));
    const { daemon } = small.swarm.worldNode(first(small));
    const { address, identity } = peer;
    const nowMs = small.world.nowMs + Date.UTC(2026, 0, 1);
    daemon.book.learn({ address, identity, ageSeconds: 0 }, nowMs);
    small.world.run(60_000);
    expect(hostileLinks(small, first(small))).toEqual(['outbound']);
    expect(heard).toContain('VERIFY');
    expect(daemon.book.get(identity.toString('hex'))?.table).toBe('tried');
  });

  it('has addresses of as many networks as it is given', () => {
    const { swarm } = smallSwarm(1);
    const some = swarm.hostileAddresses('a', 600, 2);
    const more = swarm.hostileAddresses('b', 3, 3);
    const networks = (addresses: readonly PeerAddress[]): Set<string> =>
      new Set(addresses.map(({ host }) => host.split('.').slice(0, 3).join('.')));
    expect(networks(some).size).toBe(2);
    expect(networks([...some, ...more]).size).toBe(5);
    expect(new Set(some.map(({ host, port }) => `${host} ${port}`)).size).toBe(600);
    expect(some.every(({ host }) => swarm.hostile.has(host))).toBe(true);
  });
});

describe('Sybils', () => {
  it('of one network get what a network may have, however many they are', () => {
    const small = smallSwarm(4);
    const log = attack(small, 'sybils', { perNode: 10, networks: 1, everyMs: 500 });
    expect(log).toEqual(['40 Sybils of 1 networks come']);
    small.world.run(60_000);
    for (const node of small.swarm.up()) {
      expect(hostileLinks(small, node)).toHaveLength(2);
      expect(hostileInBook(small, node)).toBeGreaterThan(0);
      expect(hostileInBook(small, node)).toBeLessThanOrEqual(4);
    }
    expect(small.world.errors).toEqual([]);
  });

  it('of one network get no more by saying that they listen in others', () => {
    const small = smallSwarm(4);
    attack(small, 'sybils', { perNode: 10, networks: 1, claimed: 40, everyMs: 500 });
    small.world.run(60_000);
    for (const node of small.swarm.up()) {
      expect(hostileLinks(small, node)).toEqual(['inbound', 'inbound']);
    }
  });
});

describe('an eclipse', () => {
  it('closes in on the victims alone, and has them start again with their books', () => {
    const small = smallSwarm(4);
    attack(small, 'eclipse', { count: 1, hosts: 20, networks: 20, restartMs: 30_000 });
    const victims = [...small.swarm.victims];
    expect(victims).toHaveLength(1);
    const [one] = victims as [SimNode];
    small.world.run(20_000);
    expect(hostileLinks(small, one).length).toBeGreaterThan(10);
    const { daemon } = small.swarm.worldNode(one);
    small.world.run(10_500);
    expect(small.swarm.isUp(one)).toBe(false);
    small.world.run(20_000);
    expect(small.swarm.worldNode(one).daemon).not.toBe(daemon);
    expect(small.swarm.neighbors(one).length).toBeGreaterThan(0);
  });
});

describe('a crowd that shakes hands and does not ask', () => {
  it('leaves no more callers in attendance than may be', () => {
    const small = smallSwarm(4);
    const hosts = 2 * ACQUAINTANCES_MAX;
    attack(small, 'eclipse', { count: 1, hosts, networks: hosts, everyMs: 1_000, restartMs: 0 });
    const [victim] = [...small.swarm.victims] as [SimNode];
    let most = 0;
    for (let second = 0; second < 12; second += 1) {
      small.world.run(1_000);
      const { counters } = small.swarm.worldNode(victim).daemon;
      most = Math.max(most, counters.get('acquaintances'));
    }
    expect(most).toBe(ACQUAINTANCES_MAX);
    const { counters } = small.swarm.worldNode(victim).daemon;
    expect(counters.get('acquaintances_displaced_total')).toBeGreaterThan(0);
    expect(small.swarm.neighbors(victim)).not.toEqual([]);
  });
});

describe('a poisoner', () => {
  it('brings into the books what nobody can be linked with', () => {
    const small = smallSwarm(4);
    attack(small, 'poisoner', { count: 1, invented: 200, everyMs: 2_000 });
    small.world.run(10_000);
    const turned = small.swarm.nodes.find(({ host }) => small.swarm.hostile.has(host));
    for (const node of small.swarm.up()) {
      expect(hostileInBook(small, node)).toBeGreaterThan(5);
      const { daemon } = small.swarm.worldNode(node);
      const hosts = daemon.view.active().map(({ address }) => address.host);
      expect(hosts.filter((host) => small.swarm.hostile.has(host))).toEqual([turned?.host]);
    }
  });
});

describe('a slow-loris', () => {
  it('holds every place in which a handshake begins, and no link', () => {
    const small = smallSwarm(3);
    attack(small, 'slow-loris', { networks: 10 });
    small.world.run(5_000);
    for (const node of small.swarm.up()) {
      expect(gauge(small, node, 'half_open')).toBe(64);
      expect(hostileLinks(small, node)).toEqual([]);
      expect(small.swarm.neighbors(node)).toHaveLength(2);
    }
  });
});

describe('a proof relayer', () => {
  it('has callers, and gets no link from their work', () => {
    const small = smallSwarm(4);
    attack(small, 'proof-relayer', { count: 1, hosts: 30, everyMs: 1_000 });
    const turned = small.swarm.nodes.find(({ host }) => small.swarm.hostile.has(host));
    const relayers = (): string[] =>
      small.swarm.up().flatMap((node) =>
        small.swarm
          .worldNode(node)
          .daemon.view.links()
          .filter(({ address }) => small.swarm.hostile.has(address.host))
          .filter(({ address }) => address.host !== turned?.host)
          .map(({ address }) => address.host),
      );
    for (let second = 0; second < 60; second += 1) {
      small.world.run(1_000);
      expect(relayers()).toEqual([]);
    }
    const mistrusted = small.swarm
      .up()
      .map((node) => gauge(small, node, 'peers_mistrusted_total{error="identityMismatch"}'));
    expect(Math.max(...mistrusted)).toBeGreaterThan(0);
    expect(small.world.errors).toEqual([]);
  });
});
