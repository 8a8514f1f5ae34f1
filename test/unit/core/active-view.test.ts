import { FRESH_MS, type ActiveView, type LinkDirection } from '../../../src/core/active-view.js';
import { seededRandom } from '../../../src/core/prng.js';
import { identityOf, linkOf, NOW, OWN, viewOf } from './numbered-links.js';

/** A view with an active link for each direction, numbered from 1. */
const viewWith = (directions: readonly LinkDirection[], seed: string | number = 1): ActiveView => {
  const view = viewOf({}, seed);
  for (const [at, direction] of directions.entries()) {
    view.add(linkOf(at + 1, { direction }));
    expect(view.activate(at + 1)).toBe(true);
  }
  return view;
};

/** What one end keeps of the links, each given as the number of its dialler, seen in this order. */
const keeps = (own: string, peer: string, seen: readonly { id: number; dialler: string }[]) => {
  const view = viewOf({ identity: own });
  for (const { id, dialler } of seen) {
    const direction = dialler === own ? 'outbound' : 'inbound';
    const admission = view.admission({ connection: id, identity: peer, direction });
    if (admission.verdict === 'replace') view.remove(admission.connection);
    if (admission.verdict !== 'refuse') view.add(linkOf(id, { identity: peer, direction }));
  }
  return view.links().map(({ connection }) => connection);
};

describe('ActiveView, admission', () => {
  it('counts a caller for the network that it calls from, whatever it says of itself', () => {
    const view = viewOf();
    const said = [1, 2, 3].map((peer) => linkOf(peer, { direction: 'inbound' }));
    for (const [at, link] of said.entries()) view.add({ ...link, remoteHost: `66.6.6.${at}` });
    expect([1, 2, 3].map((peer) => view.activate(peer))).toEqual([true, true, false]);
  });

  it('admits an identity that is not linked', () => {
    const greeting = { connection: 1, identity: identityOf(1), direction: 'inbound' } as const;
    expect(viewOf().admission(greeting)).toEqual({ verdict: 'admit' });
  });

  it.each(['inbound', 'outbound'] as const)('refuses an %s link to itself', (direction) => {
    const admission = viewOf().admission({ connection: 1, identity: OWN, direction });
    expect(admission).toEqual({ verdict: 'refuse', reason: 'self' });
  });

  it.each(['inbound', 'outbound'] as const)('refuses a second %s link to a peer', (direction) => {
    for (const identity of [identityOf(1), identityOf(2_000)]) {
      const view = viewOf();
      view.add(linkOf(1, { identity, direction }));
      const admission = view.admission({ connection: 2, identity, direction });
      expect(admission).toEqual({ verdict: 'refuse', reason: 'duplicate' });
    }
  });

  it('keeps the link dialled by the smaller identity when both ends dialled', () => {
    const [smaller, larger] = [identityOf(1), identityOf(2_000)];
    const view = viewOf();
    view.add(linkOf(1, { identity: smaller, direction: 'outbound' }));
    view.add(linkOf(2, { identity: larger, direction: 'outbound' }));
    const second = { connection: 3, direction: 'inbound' } as const;
    expect(view.admission({ ...second, identity: smaller })).toEqual({
      verdict: 'replace',
      connection: 1,
    });
    expect(view.admission({ ...second, identity: larger })).toEqual({
      verdict: 'refuse',
      reason: 'duplicate',
    });
  });

  it('comes to the same link at both ends, in whatever order they see the two', () => {
    const random = seededRandom('crossed dials');
    for (let round = 0; round < 200; round += 1) {
      const a = random.bytes(32).toString('hex');
      const b = random.bytes(32).toString('hex');
      const links = [
        { id: 1, dialler: a },
        { id: 2, dialler: b },
      ];
      const kept = [links, links.toReversed()].flatMap((order) => [
        keeps(a, b, order),
        keeps(b, a, order),
      ]);
      const expected = Buffer.from(a, 'hex').compare(Buffer.from(b, 'hex')) < 0 ? [1] : [2];
      expect(kept).toEqual([expected, expected, expected, expected]);
    }
  });
});

describe('ActiveView, links', () => {
  it('finds a link by connection and by identity until it is removed', () => {
    const view = viewOf();
    view.add(linkOf(7));
    const link = { ...linkOf(7), active: false };
    expect([view.byConnection(7), view.byIdentity(identityOf(7))]).toEqual([link, link]);
    expect(view.isLinked(identityOf(7))).toBe(true);
    expect(view.remove(7)).toEqual(link);
    expect([view.byConnection(7), view.byIdentity(identityOf(7))]).toEqual([undefined, undefined]);
    expect(view.isLinked(identityOf(7))).toBe(false);
    expect(view.remove(7)).toBeUndefined();
  });

  it('refuses to add a connection or an identity twice, or itself', () => {
    const view = viewOf();
    view.add(linkOf(7));
    expect(() => view.add(linkOf(7, { identity: identityOf(8) }))).toThrow(RangeError);
    expect(() => view.add(linkOf(8, { identity: identityOf(7) }))).toThrow(RangeError);
    expect(() => view.add(linkOf(9, { identity: OWN }))).toThrow(RangeError);
    expect(view.links()).toHaveLength(1);
  });

  it('counts active links, and those that it dialled', () => {
    const view = viewWith(['outbound', 'inbound', 'outbound']);
    view.add(linkOf(9));
    expect([view.activeCount, view.outboundCount, view.links().length]).toEqual([3, 2, 4]);
    view.remove(1);
    expect([view.activeCount, view.outboundCount]).toEqual([2, 1]);
  });

  it('activates no unknown link, and one link once', () => {
    const view = viewWith(['outbound']);
    expect(view.activate(1)).toBe(true);
    expect(view.activate(99)).toBe(false);
    expect(view.activeCount).toBe(1);
  });

  it('activates nothing beyond its most links', () => {
    const view = viewWith(['outbound', 'outbound', 'outbound', 'outbound']);
    view.add(linkOf(5));
    expect(view.activate(5)).toBe(false);
    expect(view.byConnection(5)?.active).toBe(false);
  });

  it('draws random active links, none of those to leave out', () => {
    const view = viewWith(['outbound', 'inbound', 'outbound', 'inbound']);
    view.add(linkOf(5));
    const seen = new Set<number>();
    for (let draw = 0; draw < 50; draw += 1) {
      const drawn = view.randomActive(2, [3]).map(({ connection }) => connection);
      expect(new Set(drawn).size).toBe(2);
      for (const connection of drawn) seen.add(connection);
    }
    expect([...seen].toSorted()).toEqual([1, 2, 4]);
    expect(view.randomActive(10)).toHaveLength(4);
  });

  it('draws the same links for the same seed', () => {
    const draws = (seed: number) => {
      const view = viewWith(['outbound', 'inbound', 'outbound', 'inbound'], seed);
      return Array.from({ length: 20 }, () => view.randomActive(2).map((link) => link.connection));
    };
    expect(draws(3)).toEqual(draws(3));
    expect(draws(3)).not.toEqual(draws(4));
  });
});

describe('ActiveView, wanting more', () => {
  it('wants more while active links and those being asked are fewer than its degree', () => {
    const view = viewWith(['outbound']);
    view.add(linkOf(2));
    view.add(linkOf(3));
    expect(view.missing).toBe(2);
    view.asked(2);
    view.asked(2);
    expect(view.missing).toBe(1);
    view.asked(3);
    expect(view.missing).toBe(0);
    view.answered(3);
    expect(view.missing).toBe(1);
    view.activate(2);
    expect(view.missing).toBe(1);
  });

  it('forgets that it asked a link that is gone', () => {
    const view = viewOf();
    view.add(linkOf(1));
    view.asked(1);
    view.remove(1);
    expect(view.missing).toBe(3);
  });

  it('does not count an ask of a link that is active or unknown', () => {
    const view = viewWith(['outbound']);
    view.asked(1);
    view.asked(99);
    expect(view.missing).toBe(2);
  });

  it('lacks nothing above its degree', () => {
    expect(viewWith(['inbound', 'inbound', 'inbound', 'inbound']).missing).toBe(0);
  });

  it('asks with high priority below its fewest links', () => {
    expect(viewWith(['outbound']).priority).toBe('high');
    expect(viewWith(['outbound', 'inbound']).priority).toBe('low');
  });
});

describe('ActiveView, answering NEIGHBOR', () => {
  it('accepts either priority while there is room', () => {
    const view = viewWith(['outbound', 'inbound', 'inbound']);
    view.add(linkOf(9, { direction: 'inbound' }));
    expect(view.neighborVerdict(9, 'low', NOW)).toBe('accept');
    expect(view.neighborVerdict(9, 'high', NOW)).toBe('accept');
  });

  it('refuses what is no link', () => {
    expect(viewOf().neighborVerdict(9, 'high', NOW)).toBe('refuse');
  });

  it('refuses a low priority when it is full', () => {
    const view = viewWith(['outbound', 'inbound', 'inbound', 'inbound']);
    view.add(linkOf(9, { direction: 'inbound' }));
    expect(view.neighborVerdict(9, 'low', NOW)).toBe('refuse');
  });

  it('accepts again what is active already, even when it is full', () => {
    const view = viewWith(['outbound', 'inbound', 'inbound', 'inbound']);
    expect(view.neighborVerdict(2, 'low', NOW)).toBe('accept');
  });

  it('displaces the youngest inbound link for a high priority when it is full', () => {
    const view = viewWith(['inbound', 'outbound', 'inbound', 'outbound']);
    view.add(linkOf(8, { direction: 'inbound' }));
    view.add(linkOf(9, { direction: 'inbound' }));
    expect(view.neighborVerdict(9, 'high', NOW)).toEqual({ displace: 3 });
  });

  it('takes the youngest by when it came, not by when it became active or was measured', () => {
    const view = viewOf();
    for (const connection of [1, 2, 3, 4]) view.add(linkOf(connection, { direction: 'inbound' }));
    for (const connection of [4, 3, 2, 1]) view.activate(connection);
    view.measured(1, 20);
    view.add(linkOf(9, { direction: 'inbound' }));
    expect(view.neighborVerdict(9, 'high', NOW)).toEqual({ displace: 4 });
  });

  it('keeps its older callers, however many strangers come', () => {
    const view = viewWith(['outbound', 'inbound', 'inbound', 'inbound']);
    for (let stranger = 10; stranger < 210; stranger += 1) {
      view.add(linkOf(stranger, { direction: 'inbound' }));
      const verdict = view.neighborVerdict(stranger, 'high', NOW);
      expect(verdict).toEqual({ displace: stranger === 10 ? 4 : stranger - 1 });
      if (typeof verdict === 'object') view.remove(verdict.displace);
      expect(view.activate(stranger)).toBe(true);
    }
    expect(view.links().map(({ connection }) => connection)).toEqual([1, 2, 3, 209]);
  });

  it('displaces nobody while the youngest has only just come', () => {
    const view = viewOf();
    for (const connection of [1, 2, 3, 4]) {
      view.add(linkOf(connection, { direction: 'inbound', sinceMs: connection * 1_000 }));
      view.activate(connection);
    }
    view.add(linkOf(9, { direction: 'inbound', sinceMs: 5_000 }));
    const nowMs = 4_000 + FRESH_MS;
    expect(view.neighborVerdict(9, 'high', nowMs - 1)).toBe('refuse');
    expect(view.neighborVerdict(9, 'high', nowMs)).toEqual({ displace: 4 });
  });

  it('displaces the youngest that may go, and nobody when none may', () => {
    const view = viewWith(['inbound', 'outbound', 'inbound', 'inbound']);
    view.add(linkOf(9, { direction: 'inbound' }));
    const youngestBut = (but: number) => () =>
      view.youngestInbound(({ connection }) => connection < but);
    expect(view.neighborVerdict(9, 'high', NOW, youngestBut(4))).toEqual({ displace: 3 });
    expect(view.neighborVerdict(9, 'high', NOW, youngestBut(1))).toBe('refuse');
  });

  it('keeps the places beyond inboundMax for those that it dials', () => {
    const view = viewOf({ maxConnections: 5, inboundMax: 3 });
    for (const connection of [1, 2, 3, 4, 5]) {
      view.add(linkOf(connection, { direction: 'inbound' }));
      expect(view.activate(connection)).toBe(connection <= 3);
    }
    expect(view.neighborVerdict(4, 'low', NOW)).toBe('refuse');
    expect(view.neighborVerdict(4, 'high', NOW)).toEqual({ displace: 3 });
    for (const connection of [6, 7, 8]) view.add(linkOf(connection, { direction: 'outbound' }));
    expect([6, 7, 8].map((connection) => view.activate(connection))).toEqual([true, true, false]);
    expect([view.outboundCount, view.activeCount]).toEqual([2, 5]);
  });

  it('displaces none that it dialled', () => {
    const view = viewWith(['outbound', 'outbound', 'outbound', 'outbound']);
    view.add(linkOf(9, { direction: 'inbound' }));
    expect(view.neighborVerdict(9, 'high', NOW)).toBe('refuse');
  });

  it('lets the asker in once the displaced link is removed', () => {
    const view = viewWith(['outbound', 'outbound', 'inbound', 'outbound']);
    view.add(linkOf(9, { direction: 'inbound' }));
    expect(view.neighborVerdict(9, 'high', NOW)).toEqual({ displace: 3 });
    view.remove(3);
    expect(view.activate(9)).toBe(true);
  });

  it.each(['20.0.0', '192.168.0'])('has two active links of the network %s at most', (prefix) => {
    const view = viewOf();
    for (const connection of [1, 2, 3]) {
      view.add(linkOf(connection, { host: `${prefix}.${connection}`, direction: 'inbound' }));
    }
    expect([view.activate(1), view.activate(2)]).toEqual([true, true]);
    expect(view.neighborVerdict(3, 'high', NOW)).toBe('refuse');
    expect(view.activate(3)).toBe(false);
  });

  it('exempts local networks in a lab', () => {
    const view = viewOf({ lab: true });
    for (const connection of [1, 2, 3]) view.add(linkOf(connection, { host: '127.0.0.1' }));
    for (const connection of [1, 2]) view.activate(connection);
    expect(view.neighborVerdict(3, 'low', NOW)).toBe('accept');
    expect(view.activate(3)).toBe(true);
  });
});
