import { Counters } from '../../../src/core/counters.js';
import { Links, OWED_MAX } from '../../../src/runtime/links.js';
import { SUBSCRIPTIONS_MAX } from '../../../src/runtime/modules.js';
import type { ConnectionId, ItemCopy, PeersPort } from '../../../src/runtime/ports.js';
import { IDS_MAX, INTEREST_TYPES_MAX, type PeerMessage } from '../../../src/wire/messages.js';

type Sent = {
  readonly to: readonly ConnectionId[];
  readonly message: PeerMessage;
  readonly copy?: ItemCopy | undefined;
};

const setUp = () => {
  const sent: Sent[] = [];
  const cancelled: { connection: ConnectionId; ids: readonly string[] }[] = [];
  /** Connections that do not drain. */
  const stuck = new Set<ConnectionId>();
  const peers: PeersPort = {
    dial: () => {},
    send: (to, message, copy) => {
      const roomy = to.filter((connection) => !stuck.has(connection));
      if (roomy.length > 0) sent.push({ to: roomy, message, copy });
      return to.filter((connection) => stuck.has(connection));
    },
    cancel: (connection, ids) => {
      cancelled.push({ connection, ids });
      return ids.length;
    },
    waitingBytes: () => 0,
    unsentBytes: () => 0,
    limitFrames: () => {},
    secure: () => {},
    close: () => {},
  };
  const counters = new Counters();
  return { links: new Links(peers, counters), counters, sent, cancelled, stuck };
};
const interest = (add: readonly number[], remove: readonly number[] = [], all = false) =>
  ({ type: 'INTEREST', all, add, remove }) as const;
const range = (length: number, first = 0) => Array.from({ length }, (_, at) => first + at);
const id = (number: number) => number.toString(16).padStart(40, '0');
const idsTold = (sent: readonly Sent[]) =>
  sent.flatMap(({ message }) =>
    message.type === 'HAVE' ? message.ids.map((one) => one.toString('hex')) : [],
  );
const PRUNE: PeerMessage = { type: 'PRUNE', dataType: 7, backOffSeconds: 0 };

describe('links', () => {
  it('tell a new connection what our modules want, if anything', () => {
    const { links, sent } = setUp();
    links.add(1, [7, 8]);
    links.add(2, []);
    expect(sent).toEqual([{ to: [1], message: interest([7, 8]) }]);
  });

  it('tell everybody established of a change, link or not', () => {
    const { links, sent } = setUp();
    links.add(1, []);
    links.add(2, []);
    links.activate(2);
    links.tellAll([], []);
    links.tellAll([7], [8]);
    expect(sent).toEqual([{ to: [1, 2], message: interest([7], [8]) }]);
  });

  it('cut long lists of types into messages that the wire can carry', () => {
    const { links, sent } = setUp();
    links.tellInterest([1], range(INTEREST_TYPES_MAX + 1), range(2));
    expect(sent.map(({ message }) => message)).toEqual([
      interest(range(INTEREST_TYPES_MAX), range(2)),
      interest([INTEREST_TYPES_MAX]),
    ]);
  });

  it('are active from their activation to their removal', () => {
    const { links, counters } = setUp();
    for (const connection of [3, 1, 2]) links.add(connection, []);
    for (const connection of [1, 3, 9]) links.activate(connection);
    expect(links.active()).toEqual([3, 1]);
    expect(links.isActive(2)).toBe(false);
    expect(counters.get('links')).toBe(2);
    links.remove(3);
    expect(links.active()).toEqual([1]);
  });

  it('say which types of an INTEREST are new', () => {
    const { links } = setUp();
    links.add(1, []);
    links.heed(1, interest([7]));
    const isFresh = links.heed(1, interest([7, 8], [9]));
    expect([7, 8, 9].map(isFresh)).toEqual([false, true, false]);
    expect(links.heed(1, interest([], [], true))(12_345)).toBe(true);
  });

  it('stop wanting what an INTEREST removes', () => {
    const { links } = setUp();
    links.add(1, []);
    links.heed(1, interest([7, 8]));
    links.heed(1, interest([], [7]));
    expect(links.interests.wants(1, 7)).toBe(false);
    expect(links.interests.wants(1, 8)).toBe(true);
  });

  it('take too many types for all of them', () => {
    const { links } = setUp();
    links.add(1, []);
    links.heed(1, interest(range(SUBSCRIPTIONS_MAX)));
    expect(links.interests.wants(1, SUBSCRIPTIONS_MAX)).toBe(false);
    links.heed(1, interest([SUBSCRIPTIONS_MAX]));
    expect(links.interests.count(1)).toBe(SUBSCRIPTIONS_MAX);
    expect(links.interests.wants(1, 65_535)).toBe(true);
  });

  it('get an item when they are active, want its type and are not left out', () => {
    const { links } = setUp();
    for (const connection of [1, 2, 3, 4]) links.add(connection, []);
    for (const connection of [1, 2, 3]) links.activate(connection);
    for (const connection of [1, 3, 4]) links.heed(connection, interest([7]));
    expect(links.interested(7, [])).toEqual([1, 3]);
    expect(links.interested(7, [3])).toEqual([1]);
    links.remove(1);
    expect(links.interested(7, [])).toEqual([3]);
  });

  it('are offered ids in messages that the wire can carry', () => {
    const { links, sent } = setUp();
    links.offer([1, 2], range(IDS_MAX + 1).map(id));
    expect(sent.map(({ to }) => to)).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(idsTold(sent)).toEqual(range(IDS_MAX + 1).map(id));
    links.offer([1], []);
    expect(sent).toHaveLength(2);
  });

  it('are answered once, in a class of its own, when they ask for an item', () => {
    const { links, sent } = setUp();
    links.add(1, []);
    for (const nowMs of [0, 1]) links.serve(1, id(5), PRUNE, nowMs);
    expect(sent).toEqual([
      { to: [1], message: PRUNE, copy: { itemId: id(5), sendClass: 'answer' } },
    ]);
  });

  it('have copies taken back that they do not need any more', () => {
    const { links, cancelled, counters } = setUp();
    links.takeBack(1, [id(5), id(6)]);
    expect(cancelled).toEqual([{ connection: 1, ids: [id(5), id(6)] }]);
    expect(counters.get('items_cancelled_total')).toBe(2);
  });

  describe('without room', () => {
    it('are owed a HAVE for what they asked for, and may ask again', () => {
      const { links, sent, stuck } = setUp();
      links.add(1, []);
      stuck.add(1);
      links.serve(1, id(5), PRUNE, 0);
      stuck.clear();
      links.settleDebts(1);
      expect(idsTold(sent)).toEqual([id(5)]);
      links.serve(1, id(5), PRUNE, 1);
      expect(sent.at(-1)?.message).toBe(PRUNE);
    });

    it('are owed a HAVE, while the others get the item at once', () => {
      const { links, counters, sent, stuck } = setUp();
      for (const connection of [1, 2]) links.add(connection, []);
      stuck.add(1);
      links.push([1, 2], id(5), PRUNE);
      expect(sent).toEqual([
        { to: [2], message: PRUNE, copy: { itemId: id(5), sendClass: 'push' } },
      ]);
      expect(counters.get('items_sent_total')).toBe(1);
      expect(counters.get('items_deferred_total')).toBe(1);
    });

    it('get it when they have drained, once', () => {
      const { links, sent, stuck } = setUp();
      links.add(1, []);
      stuck.add(1);
      for (const number of [5, 6, 5]) links.push([1], id(number), PRUNE);
      stuck.clear();
      links.settleDebts(1);
      expect(sent).toHaveLength(1);
      expect(idsTold(sent)).toEqual([id(5), id(6)]);
      links.settleDebts(1);
      expect(sent).toHaveLength(1);
    });

    it('are owed a bounded number, the newest', () => {
      const { links, sent, stuck } = setUp();
      links.add(1, []);
      stuck.add(1);
      for (const number of range(OWED_MAX + 10)) links.push([1], id(number), PRUNE);
      stuck.clear();
      links.settleDebts(1);
      expect(idsTold(sent)).toEqual(range(OWED_MAX, 10).map(id));
    });

    it('are owed nothing any more when they are gone', () => {
      const { links, sent, stuck } = setUp();
      links.add(1, []);
      stuck.add(1);
      links.push([1], id(5), PRUNE);
      links.remove(1);
      links.add(1, []);
      stuck.clear();
      links.settleDebts(1);
      expect(sent).toEqual([]);
    });
  });
});
