import type { AnyActorRef } from 'xstate';
import { Stranger } from '../../src/sim/stranger.js';
import { World, type WorldNode } from '../../src/sim/world.js';

const ADA = 'ada';

/** Actors of connections with peers. */
const peersOf = ({ daemon }: WorldNode): AnyActorRef[] =>
  Object.values(daemon.root.getSnapshot().children).filter(
    (child): child is AnyActorRef => child?.id.startsWith('peer-connection.') === true,
  );

/** Has every one of them trip over an event as nobody sends it. */
const trip = (node: WorldNode): void => {
  for (const actor of peersOf(node)) actor.send({ type: 'connection.malformed' });
};

const gauges = ({ daemon: { counters } }: WorldNode, ...names: string[]): number[] =>
  names.map((name) => counters.get(name));

describe('a peer connection whose actor fails', () => {
  it('gives back the place of a caller in its handshake', () => {
    const world = new World('failed');
    const ada = world.start(ADA);
    new Stranger(world.network, { host: '10.9.9.1', port: 6_001 }).dial(ada.address);
    world.run(100);
    expect(gauges(ada, 'half_open', 'peer_connections')).toEqual([1, 1]);
    trip(ada);
    world.run(5_000);
    expect(gauges(ada, 'actors_failed_total', 'half_open', 'peer_connections')).toEqual([1, 0, 0]);
  });

  it('ends a dial, and the address may be dialled again', () => {
    const world = new World('failed');
    const bootstrapper = world.addressOf('bea');
    const ada = world.start(ADA, { config: { peers: { bootstrapper } } });
    world.start('bea');
    world.runUntil('ada has dialled', () => gauges(ada, 'dials_under_way')[0] === 1);
    trip(ada);
    expect(gauges(ada, 'actors_failed_total', 'dials_under_way')).toEqual([1, 0]);
    world.runUntil('they are linked', () => gauges(ada, 'links_active')[0] === 1);
  });

  it('ends a link, and another one takes its place', () => {
    const world = new World('failed');
    const bootstrapper = world.addressOf(ADA);
    const ada = world.start(ADA);
    const bea = world.start('bea', { config: { peers: { bootstrapper } } });
    world.run(5_000);
    trip(ada);
    world.runUntil('the link is gone', () => gauges(bea, 'links_active')[0] === 0);
    expect(gauges(ada, 'actors_failed_total', 'links_active', 'links')).toEqual([1, 0, 0]);
    world.runUntil('they are linked', () =>
      [ada, bea].every((node) => gauges(node, 'links_active')[0] === 1),
    );
    expect(gauges(ada, 'peer_connections')).toEqual([1]);
  });
});
