import { stopAll } from '../harness/daemon.js';
import { startCli } from '../harness/cli.js';
import { openListener, openModule } from '../harness/modules.js';
import { listenAt, texts, untilMetrics } from '../harness/network.js';
import { line, ring } from '../harness/topologies.js';

const TYPE = 11;

describe('a ring of four daemons', () => {
  afterEach(stopAll);

  it('brings each item exactly once to every module', async () => {
    const daemons = await ring(4);
    const listeners = await listenAt(daemons, TYPE);
    await Promise.all(
      daemons.map((daemon) => untilMetrics(daemon, { links_active: 2, link_interests: 2 })),
    );
    const rounds = Array.from({ length: 25 }, (_, round) => round);
    for (const round of rounds) {
      await Promise.all(listeners.map(({ client }, at) => client.announce(TYPE, `${at}/${round}`)));
    }
    await Promise.all(listeners.map(({ hearsCount }) => hearsCount(75)));
    // Everything has come round both ways when every daemon has received what it was sent.
    await Promise.all(
      daemons.map((daemon) => untilMetrics(daemon, { items_accepted_total: 75, items_pending: 0 })),
    );
    for (const [own, listener] of listeners.entries()) {
      const expected = rounds.flatMap((round) =>
        [0, 1, 2, 3].filter((at) => at !== own).map((at) => `${at}/${round}`),
      );
      expect(texts(listener).toSorted()).toEqual(expected.toSorted());
    }
  });
});

const ITEMS = 10_000;
const OUTSTANDING = 32;
const ITEM_BYTES = 200;

/** Item `n`: its number, then bytes that follow from it. */
const itemOf = (n: number): Buffer => {
  const item = Buffer.alloc(ITEM_BYTES, n % 251);
  item.writeUInt32BE(n);
  return item;
};

describe('two daemons', () => {
  afterEach(stopAll);

  it('bring 10,000 items across with 32 outstanding, none lost, doubled or altered', async () => {
    const [from, to] = await line(2);
    if (from === undefined || to === undefined) throw new Error('two');
    const listener = await openModule(to);
    const announcer = await openModule(from);
    const notifications = listener.notifications(TYPE);
    await untilMetrics(from, { links_active: 1, link_interests: 1 });

    let announced = 0;
    const announceNext = (): Promise<void> => announcer.announce(TYPE, itemOf(announced++));
    await Promise.all(Array.from({ length: OUTSTANDING }, announceNext));
    const times = new Array<number>(ITEMS).fill(0);
    const altered: number[] = [];
    let heard = 0;
    for await (const { data, accept } of notifications) {
      accept();
      const n = data.readUInt32BE();
      times[n] = (times[n] ?? 0) + 1;
      if (!data.equals(itemOf(n))) altered.push(n);
      heard += 1;
      if (heard === ITEMS) break;
      if (announced < ITEMS) await announceNext();
    }
    expect(altered).toEqual([]);
    expect(times.every((count) => count === 1)).toBe(true);
    await untilMetrics(to, { items_accepted_total: ITEMS, items_duplicate_total: 0 });
  }, 60_000);
});

describe('a module that hangs', () => {
  afterEach(stopAll);

  it('holds up neither the module beside it nor the items on their way to others', async () => {
    const daemons = await line(3, { gossip: { validation_timeout: 1 } });
    const [first, middle, last] = daemons;
    if (first === undefined || middle === undefined || last === undefined) throw new Error('three');
    const hung = startCli(['notify', '-a', middle.api, String(TYPE)]);
    await untilMetrics(first, { link_interests: 1 });
    hung.kill('SIGSTOP');
    const [good, atLast] = [await openListener(middle, TYPE), await openListener(last, TYPE)];
    // Both subscribers of the middle are asked: the good one has to be known there first.
    await untilMetrics(middle, { links_active: 2, link_interests: 1, modules: 2 });
    await good.client.announce(TYPE, 'from the good module itself');
    await atLast.hears('from the good module itself');

    const announcer = await openModule(first);
    const items = Array.from({ length: 8 }, (_, n) => `item ${n}`);
    for (const item of items) {
      await announcer.announce(TYPE, item);
      await atLast.hears(item);
    }
    expect(texts(good)).toEqual(items);
    await middle.waitForLog(/module does not answer/);
    await untilMetrics(middle, { items_accepted_total: 8, items_ignored_total: 0 });
  });
});
