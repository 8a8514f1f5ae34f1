import { startDaemon, stopAll } from '../harness/daemon.js';
import { openListener, openModule } from '../harness/modules.js';
import { joinDaemon } from '../harness/raw-peer.js';
import { joining, listenAt, texts, untilMetrics, untilTuned } from '../harness/network.js';
import { line } from '../harness/topologies.js';

const TYPE = 7;
const ITEMS = ['first', 'second', 'third', 'fourth', 'fifth'];

describe('a daemon that comes late', () => {
  afterEach(stopAll);

  it('receives what it missed from the knowledge bases of its links, each item once', async () => {
    const daemons = await line(2);
    const [announcer, other] = await listenAt(daemons, TYPE);
    await untilTuned(daemons);
    for (const item of ITEMS) await announcer?.client.announce(TYPE, item);
    await other?.hearsCount(ITEMS.length);

    const latecomer = await startDaemon({ config: joining(daemons) });
    const listener = await openListener(latecomer, TYPE);
    await listener.hearsCount(ITEMS.length);
    // Both links have offered everything, and this one comes behind whatever they sent.
    await untilTuned([...daemons, latecomer]);
    await announcer?.client.announce(TYPE, 'news');
    await listener.hears('news');
    expect(texts(listener).toSorted()).toEqual([...ITEMS, 'news'].toSorted());
  });

  it('receives what it missed when the subscription comes later still', async () => {
    const daemons = await line(2);
    const [announcer, other] = await listenAt(daemons, TYPE);
    await untilTuned(daemons);
    for (const item of ITEMS) await announcer?.client.announce(TYPE, item);
    await other?.hearsCount(ITEMS.length);

    const latecomer = await startDaemon({ config: joining(daemons) });
    await untilMetrics(latecomer, { links_active: 2, link_interests: 2, items_received_total: 0 });
    const listener = await openListener(latecomer, TYPE);
    await listener.hearsCount(ITEMS.length);
    expect(texts(listener).toSorted()).toEqual(ITEMS.toSorted());
  });

  it('receives what came with one hop left first, and then with more', async () => {
    const daemon = await startDaemon();
    const nearby = await openListener(daemon, TYPE);
    const { peer } = await joinDaemon(daemon);
    const expiryMs = Date.now() + 60_000;
    const item = { dataType: TYPE, expiryMs, salt: Buffer.alloc(8), data: Buffer.from('news') };
    peer.send({ type: 'SPREAD', ttl: 1, ...item });
    await nearby.hears('news');
    await untilMetrics(daemon, { items_accepted_total: 1, knowledge_base_items: 0 });
    peer.send({ type: 'SPREAD', ttl: 0, ...item });
    await untilMetrics(daemon, { items_duplicate_total: 1, knowledge_base_items: 1 });

    const latecomer = await startDaemon({ config: joining([daemon]) });
    const listener = await openListener(latecomer, TYPE);
    await listener.hears('news');
    expect(texts(nearby)).toEqual(['news']);
  });

  it('is not sent what nobody there subscribed to', async () => {
    const daemons = await line(2);
    const [announcer, other] = await listenAt(daemons, TYPE);
    await untilTuned(daemons);
    await announcer?.client.announce(TYPE, 'unwanted');
    await other?.hears('unwanted');

    const latecomer = await startDaemon({ config: joining(daemons) });
    const listener = await openListener(latecomer, TYPE + 1);
    await Promise.all(daemons.map((daemon) => untilMetrics(daemon, { link_interests: 2 })));
    await announcer?.client.announce(TYPE + 1, 'wanted');
    await listener.hears('wanted');
    await untilMetrics(latecomer, { items_received_total: 1, items_uninteresting_total: 0 });
  });
});

describe('an item announced without any link', () => {
  afterEach(stopAll);

  it('is held, and delivered once when a link comes up', async () => {
    const alone = await startDaemon();
    const announcer = await openModule(alone);
    for (const item of ITEMS) await announcer.announce(TYPE, item);
    await untilMetrics(alone, { items_held: ITEMS.length });

    const joiner = await startDaemon({ config: joining([alone]) });
    const listener = await openListener(joiner, TYPE);
    await listener.hearsCount(ITEMS.length);
    await announcer.announce(TYPE, 'news');
    await listener.hears('news');
    expect(texts(listener)).toEqual([...ITEMS, 'news']);
    await untilMetrics(alone, { items_held: 0 });
  });

  it('outlives its announcer: a module may hang up at once', async () => {
    const alone = await startDaemon();
    const announcer = await openModule(alone);
    await announcer.announce(TYPE, 'last words');
    await announcer.close();
    const joiner = await startDaemon({ config: joining([alone]) });
    const listener = await openListener(joiner, TYPE);
    await listener.hears('last words');
    expect(texts(listener)).toEqual(['last words']);
  });
});
