import { stopAll, type Daemon } from '../harness/daemon.js';
import { openListener, openModule, type Listener } from '../harness/modules.js';
import { texts, untilMetrics } from '../harness/network.js';
import { line } from '../harness/topologies.js';
import type { IniSections } from '../../../src/cli/lab-config.js';
import type { GossipClient } from '../../../src/client/gossip-client.js';

const TYPE = 1;
const OTHER_TYPE = 2;

type LineOfThree = {
  readonly first: Daemon;
  readonly middle: Daemon;
  readonly last: Daemon;
  /** A module of the first daemon. */
  readonly announcer: GossipClient;
  /** Hears what the last daemon tells of `TYPE`. */
  readonly atLast: Listener;
};

/** Three daemons in a line, linked, of which the last has a subscriber. */
const lineOfThree = async (config: IniSections = {}): Promise<LineOfThree> => {
  const [first, middle, last] = await line(3, config);
  if (first === undefined || middle === undefined || last === undefined) throw new Error('three');
  const atLast = await openListener(last, TYPE);
  await untilMetrics(middle, { links_active: 2, link_interests: 1 });
  return { first, middle, last, atLast, announcer: await openModule(first) };
};

/** The middle daemon has a subscriber, and the first knows it. */
const tune = (first: Daemon): Promise<void> =>
  untilMetrics(first, { links_active: 1, link_interests: 1 });

describe('two daemons', () => {
  afterEach(stopAll);

  it('bring an item of either to a module of the other', async () => {
    const [one, two] = await line(2);
    if (one === undefined || two === undefined) throw new Error('two');
    const [atOne, atTwo] = [await openListener(one, TYPE), await openListener(two, TYPE)];
    await Promise.all([tune(one), tune(two)]);
    await atOne.client.announce(TYPE, 'from one');
    await atTwo.client.announce(TYPE, 'from two');
    await Promise.all([atTwo.hears('from one'), atOne.hears('from two')]);
    expect([texts(atOne), texts(atTwo)]).toEqual([['from two'], ['from one']]);
  });
});

describe('a line of three daemons', () => {
  afterEach(stopAll);

  it('brings an item that is valid at the middle as far as its ttl reaches', async () => {
    const { first, middle, announcer, atLast } = await lineOfThree();
    const atMiddle = await openListener(middle, TYPE);
    await tune(first);
    await announcer.announce(TYPE, 'to the next', { ttl: 1 });
    await announcer.announce(TYPE, 'to the last', { ttl: 2 });
    await announcer.announce(TYPE, 'to everybody', { ttl: 0 });
    await Promise.all([atMiddle.hears('to everybody'), atLast.hears('to everybody')]);
    expect(texts(atMiddle)).toEqual(['to the next', 'to the last', 'to everybody']);
    expect(texts(atLast)).toEqual(['to the last', 'to everybody']);
  });

  it('stops an item that the middle rejects', async () => {
    const { first, middle, announcer, atLast } = await lineOfThree();
    const atMiddle = await openListener(middle, TYPE, 'abstain');
    await tune(first);
    await announcer.announce(TYPE, 'bad');
    await announcer.announce(TYPE, 'good');
    (await atMiddle.hears('bad')).reject();
    (await atMiddle.hears('good')).accept();
    await atLast.hears('good');
    expect(texts(atLast)).toEqual(['good']);
    await untilMetrics(middle, { items_rejected_total: 1, items_accepted_total: 1 });
  });

  it('ignores an item on which the middle is silent, and offers it on a late yes', async () => {
    const config = { gossip: { validation_timeout: 1 } };
    const { first, middle, announcer, atLast } = await lineOfThree(config);
    const atMiddle = await openListener(middle, TYPE, 'abstain');
    await tune(first);
    await announcer.announce(TYPE, 'unanswered');
    const unanswered = await atMiddle.hears('unanswered');
    await untilMetrics(middle, { items_ignored_total: 1 });
    await announcer.announce(TYPE, 'answered');
    (await atMiddle.hears('answered')).accept();
    await atLast.hears('answered');
    expect(texts(atLast)).toEqual(['answered']);
    const sentBefore = (await middle.metrics()).get('items_sent_total');
    unanswered.accept();
    await atLast.hears('unanswered');
    await untilMetrics(middle, { verdicts_late_total: 1, items_sent_total: (sentBefore ?? 0) + 1 });
  });

  it('relays nothing of a type that no module of the middle subscribed to', async () => {
    const { first, middle, last, announcer, atLast } = await lineOfThree();
    const otherAtMiddle = await openListener(middle, OTHER_TYPE);
    const otherAtLast = await openListener(last, OTHER_TYPE);
    await Promise.all([tune(first), untilMetrics(middle, { link_interests: 2 })]);
    await announcer.announce(TYPE, 'nobody asked for it');
    await announcer.announce(OTHER_TYPE, 'wanted');
    await Promise.all([otherAtMiddle.hears('wanted'), otherAtLast.hears('wanted')]);
    expect(texts(atLast)).toEqual([]);
    await untilMetrics(first, { items_held: 1 });
  });

  it('brings each subscriber the types that it asked for, and no other', async () => {
    const { first, middle, announcer, atLast } = await lineOfThree();
    const atMiddle = [await openListener(middle, TYPE), await openListener(middle, OTHER_TYPE)];
    const atFirst = await openListener(first, OTHER_TYPE);
    await untilMetrics(first, { link_interests: 2, module_subscriptions: 1 });
    await announcer.announce(TYPE, 'one');
    await announcer.announce(OTHER_TYPE, 'two');
    await Promise.all([atFirst.hears('two'), atLast.hears('one')]);
    await Promise.all(atMiddle.map((listener) => listener.hearsCount(1)));
    expect([atFirst, ...atMiddle, atLast].map(texts)).toEqual([['two'], ['one'], ['two'], ['one']]);
  });

  it('carries the largest items byte by byte, over one hop more', async () => {
    const daemons = await line(4);
    const listeners = await Promise.all(daemons.map((daemon) => openListener(daemon, TYPE)));
    await Promise.all(
      daemons.map((daemon, at) =>
        untilMetrics(daemon, { link_interests: at === 0 || at === 3 ? 1 : 2 }),
      ),
    );
    const items = [0, 1, 2].map((seed) =>
      Buffer.from(Array.from({ length: 65_527 }, (_, at) => (at * 31 + seed) % 251)),
    );
    for (const item of items) await listeners[0]?.client.announce(TYPE, item);
    for (const { hearsCount } of listeners.slice(1)) {
      const heard = await hearsCount(items.length);
      expect(heard.map(({ data }, at) => data.equals(items[at] ?? Buffer.of()))).toEqual([
        true,
        true,
        true,
      ]);
    }
  });
});
