import { ActiveView, type Link, type LinkDirection } from '../../../src/core/active-view.js';
import { ANCHOR_AGE_MS, inboundMaxOf, LinkGroups } from '../../../src/core/link-groups.js';
import { seededRandom } from '../../../src/core/prng.js';
import { Sampler } from '../../../src/core/sampler.js';

const QUOTAS = { sampled: 2, near: 2, anchors: 2 };

type Shape = Partial<Pick<Link, 'direction' | 'sinceMs'>> & { readonly rttMs?: number };

/** A view, its sampler and its groups; links are named by their numbers. */
class Bench {
  readonly view = new ActiveView({
    identity: 'f'.repeat(64),
    ...{ degree: 8, minConnections: 2, maxConnections: 16, lab: false },
    random: seededRandom('groups'),
  });
  readonly sampler = new Sampler({ slots: 2, lab: false, random: seededRandom('slots') });
  /** Connections whose peers have misbehaved, and how badly. */
  readonly points = new Map<number, number>();
  /** Connections that a type cannot spare. */
  readonly needed = new Set<number>();
  readonly groups = new LinkGroups(this.view, this.sampler, QUOTAS, {
    pointsOf: (identity) => this.points.get(Number.parseInt(identity, 16)) ?? 0,
    needed: () => this.needed,
  });

  link(connection: number, { direction = 'outbound', sinceMs = 0, rttMs }: Shape = {}): this {
    const identity = connection.toString(16).padStart(64, '0');
    const address = { family: 4, host: `20.0.${connection}.1`, port: 6_001 } as const;
    const purpose = direction === 'inbound' ? 'called' : 'neighbor';
    this.view.add({ connection, identity, address, direction, purpose, sinceMs });
    this.view.activate(connection);
    if (rttMs !== undefined) this.view.measured(connection, rttMs);
    return this;
  }

  sampled(connection: number, shape: Shape = {}): this {
    this.link(connection, shape);
    this.sampler.give(this.sampler.vacant()[0] ?? -1, connection);
    this.sampler.linked(connection);
    return this;
  }

  /** "1 sampled, 2 near". */
  get text(): string {
    return [...this.groups.all()].map(([connection, of]) => `${connection} ${of}`).join(', ');
  }
}

describe('LinkGroups', () => {
  it('has whom we dialled as spare and who dialled us as inbound, if nothing else', () => {
    const bench = new Bench().link(1).link(2, { direction: 'inbound' }).sampled(3);
    expect(bench.text).toBe('1 spare, 2 inbound, 3 sampled');
    expect(bench.groups.of(4)).toBeUndefined();
  });

  it('has as sharing whom a type cannot spare: such a link gives way to nobody', () => {
    const bench = new Bench().link(1).link(2, { direction: 'inbound' }).link(3);
    bench.needed.add(2).add(3);
    expect(bench.text).toBe('1 spare, 2 sharing, 3 sharing');
    expect(bench.groups.yielding()).toBeUndefined();
    expect(bench.groups.superfluous()?.connection).toBe(1);
    bench.needed.add(1);
    expect(bench.groups.superfluous()).toBeUndefined();
  });

  it('has as near the shortest round trips, whoever dialled, nearest first', () => {
    const bench = new Bench().link(1, { rttMs: 9 }).link(2, { direction: 'inbound', rttMs: 5 });
    bench.link(3, { rttMs: 7 }).link(4).link(5, { direction: 'inbound', rttMs: 8 });
    expect(bench.text).toBe('1 spare, 2 near, 3 near, 4 spare, 5 inbound');
    expect(bench.groups.near().map(({ connection }) => connection)).toEqual([2, 3]);
  });

  it('judges a link by its shortest round trip, not by the last', () => {
    const bench = new Bench().link(1, { rttMs: 9 }).link(2, { rttMs: 5 }).link(3, { rttMs: 7 });
    bench.view.measured(2, 900);
    expect(bench.text).toBe('1 spare, 2 near, 3 near');
  });

  it('takes neither sampled links nor anchors for near: they are chosen already', () => {
    const bench = new Bench().sampled(1, { rttMs: 1 }).link(2, { rttMs: 2 }).link(3, { rttMs: 9 });
    bench.groups.anchor(2);
    expect(bench.text).toBe('1 sampled, 2 anchor, 3 near');
  });

  it('lets callers go but those that are near', () => {
    const bench = new Bench();
    bench.link(1, { direction: 'inbound' }).link(2, { direction: 'inbound', rttMs: 5 }).link(3);
    expect(bench.groups.yielding()?.connection).toBe(1);
    bench.view.remove(1);
    expect(bench.groups.yielding()).toBeUndefined();
  });

  it('calls the youngest spare link superfluous, and no other', () => {
    const bench = new Bench().link(1).link(2).sampled(3).link(4, { direction: 'inbound' });
    expect(bench.groups.superfluous()?.connection).toBe(2);
    for (const connection of [1, 2]) bench.view.remove(connection);
    expect(bench.groups.superfluous()).toBeUndefined();
  });
});

describe('LinkGroups, whose peers have misbehaved', () => {
  it('let the worst go, and of those who are alike the youngest', () => {
    const bench = new Bench();
    for (const connection of [1, 2, 3]) bench.link(connection, { direction: 'inbound' });
    expect(bench.groups.yielding()?.connection).toBe(3);
    bench.points.set(1, 20).set(2, 40);
    expect(bench.groups.yielding()?.connection).toBe(2);
    bench.points.set(1, 40);
    expect(bench.groups.yielding()?.connection).toBe(2);
  });

  it('call the worst spare link superfluous', () => {
    const bench = new Bench().link(1).link(2);
    bench.points.set(1, 5);
    expect(bench.groups.superfluous()?.connection).toBe(1);
  });
});

describe('LinkGroups, anchors', () => {
  const old = { sinceMs: 0 };
  const LATER = ANCHOR_AGE_MS;

  it('are the links that we dialled and have held longest', () => {
    const bench = new Bench().link(1, { direction: 'inbound' }).link(2, old).sampled(3, old);
    bench.link(4, old);
    expect(bench.groups.settleAnchors(LATER)).toBe(true);
    expect(bench.text).toBe('1 inbound, 2 anchor, 3 anchor, 4 spare');
    expect(bench.groups.anchors().map(({ connection }) => connection)).toEqual([2, 3]);
  });

  it('are none that is young, or near', () => {
    const bench = new Bench().link(1, { sinceMs: 1 }).link(2, { rttMs: 5 });
    expect(bench.groups.settleAnchors(LATER)).toBe(false);
    expect(bench.groups.anchorsMissing).toBe(2);
  });

  it('stay as they are while they last, and are followed by the next when one has gone', () => {
    const bench = new Bench().link(1).link(2).link(3);
    bench.groups.settleAnchors(LATER);
    bench.groups.settleAnchors(2 * LATER);
    bench.view.remove(1);
    bench.groups.forget(1);
    expect(bench.groups.anchorsMissing).toBe(1);
    bench.groups.settleAnchors(2 * LATER);
    expect(bench.text).toBe('2 anchor, 3 anchor');
  });

  it('leave their slots to be drawn anew', () => {
    const bench = new Bench().sampled(1).sampled(2);
    expect(bench.sampler.vacant()).toEqual([]);
    bench.groups.settleAnchors(LATER);
    expect(bench.sampler.vacant()).toEqual([0, 1]);
  });

  it('are made of the links of the last run, as many as there are places', () => {
    const bench = new Bench().link(1).link(2).link(3);
    for (const connection of [9, 3, 2, 1]) bench.groups.anchor(connection);
    expect(bench.text).toBe('1 spare, 2 anchor, 3 anchor');
  });
});

describe('the room for callers', () => {
  it('is what the chosen groups leave, and half of all links at least', () => {
    const chosen = { sampled: 8, near: 4, anchors: 2 };
    expect([40, 20, 3, 1].map((most) => inboundMaxOf(most, chosen))).toEqual([26, 10, 2, 1]);
  });

  it.each<LinkDirection>(['inbound', 'outbound'])('is not taken by %s links of a group', (way) => {
    const bench = new Bench().link(1, { direction: way, rttMs: 1 });
    expect(bench.groups.of(1)).toBe('near');
  });
});
