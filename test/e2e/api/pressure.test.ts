import { line } from '../harness/topologies.js';
import { stopAll, waitUntil, type Daemon } from '../harness/daemon.js';
import { openModule } from '../harness/modules.js';
import { rawModule } from '../harness/raw-module.js';
import { notify, readNotification } from './frames.js';
import { freshType, openCheckpoint, settledListener, type Checkpoint } from './order.js';

const OUTSTANDING_MAX = 1_024;
const UNSENT_BYTES_MAX = 8 * 1_024 * 1_024;
const ITEM_BYTES = 65_527;

describe('a module that keeps the daemon waiting', () => {
  let first: Daemon;
  let middle: Daemon;
  let last: Daemon;
  let atFirst: Checkpoint;
  let atMiddle: Checkpoint;

  beforeAll(async () => {
    // Nothing here can be decided by the deadline.
    const gossip = { validation_timeout: 300 };
    [first, middle, last] = (await line(3, { gossip })) as [Daemon, Daemon, Daemon];
    await first.waitForLog(/link up/);
    await last.waitForLog(/link up/);
    atFirst = await openCheckpoint(first);
    atMiddle = await openCheckpoint(middle);
  });
  afterAll(stopAll);

  const metric = async (name: string): Promise<number> => (await middle.metrics()).get(name) ?? 0;
  const skipped = (reason: string): Promise<number> =>
    metric(`notifications_skipped_total{reason="${reason}"}`);

  it('by never answering has at most 1,024 outstanding, and abstains on the oldest', async () => {
    const type = freshType();
    const hung = await settledListener(middle, type, { at: atFirst, verdict: 'abstain' });
    const quick = await settledListener(middle, type, { at: atFirst });
    const end = await settledListener(last, type, { at: atMiddle });
    const extra = 76;
    const announcer = await openModule(first);
    const items = Array.from({ length: OUTSTANDING_MAX + extra }, (_, n) => `item ${n}`);
    for (let sent = 0; sent < items.length; sent += 100) {
      // In portions, so that the quick one is never as far behind as the hung one.
      for (const data of items.slice(sent, sent + 100)) void announcer.announce(type, data);
      await quick.hearsCount(Math.min(sent + 100, items.length));
      await atFirst.passedBy(quick.client);
    }
    await hung.hearsCount(items.length);
    // Where it abstains, the other subscriber's *valid* is enough: exactly the oldest go on.
    const relayed = await end.hearsCount(extra);
    expect(relayed.map(({ data }) => data.toString())).toEqual(items.slice(0, extra));
    expect(await skipped('outstanding')).toBe(extra);
    expect(await metric('items_pending')).toBe(OUTSTANDING_MAX);
    // When it goes it abstains on the rest.
    await hung.client.close();
    await end.hearsCount(items.length);
    expect(await metric('items_pending')).toBe(0);
  });

  it('by never reading delays no other, and has at most 8 MiB kept for it', async () => {
    const type = freshType();
    const hung = await rawModule(middle.api);
    await hung.write(notify(type));
    await atFirst.passedBy(hung);
    hung.socket.pause();
    const quick = await settledListener(middle, type, { at: atFirst });
    const end = await settledListener(last, type, { at: atMiddle });
    const announcer = await openModule(first);
    const total = 400;
    const all = [...Array(total).keys()];
    for (let n = 0; n < total; n += 1) {
      const data = Buffer.alloc(ITEM_BYTES, n);
      data.writeUInt32BE(n);
      await announcer.announce(type, data);
      // One at a time: a queue of its own making is not what this is about.
      if (n % 25 === 24) await quick.hearsCount(n + 1);
    }
    await quick.hearsCount(total);
    expect(quick.heard.map(({ data }) => data.readUInt32BE())).toEqual(all);
    const passedOver = await skipped('unsent bytes');
    const kept = await metric('notifications_unsent_bytes');
    expect(passedOver).toBeGreaterThan(0);
    expect(kept).toBeLessThanOrEqual(UNSENT_BYTES_MAX);
    expect(kept).toBeGreaterThan(UNSENT_BYTES_MAX - ITEM_BYTES);
    // On what it will never be told it abstains, so that goes on; on the rest it may still vote.
    const relayed = (await end.hearsCount(passedOver)).map(({ data }) => data.readUInt32BE());
    expect(relayed).toHaveLength(passedOver);

    // It wakes up: what was kept for it comes, whole and in order, the newest included.
    hung.socket.resume();
    const numbers: number[] = [];
    while (numbers.length < total - passedOver) {
      numbers.push(readNotification(await hung.nextFrame()).data.readUInt32BE());
    }
    expect(numbers).toEqual(all.filter((n) => !relayed.includes(n)));
    const newest = Math.floor(UNSENT_BYTES_MAX / ITEM_BYTES);
    expect(numbers.slice(-newest)).toEqual(all.slice(-newest));
    // And it is a subscriber like any other again.
    await announcer.announce(type, 'after');
    expect(readNotification(await hung.nextFrame()).data.toString()).toBe('after');
    expect(await skipped('unsent bytes')).toBe(passedOver);
    hung.socket.destroy();
    await waitUntil(async () => (await metric('items_pending')) === 0, { what: 'it has left' });
  });

  it('by answering nothing does not hold up the items of other types', async () => {
    const [type, otherType] = [freshType(), freshType()];
    const hung = await settledListener(middle, type, { at: atFirst, verdict: 'abstain' });
    await settledListener(middle, otherType, { at: atFirst });
    const end = await settledListener(last, otherType, { at: atMiddle });
    const announcer = await openModule(first);
    await announcer.announce(type, 'nobody judges this');
    await hung.hears('nobody judges this');
    await announcer.announce(otherType, 'but this');
    await end.hears('but this');
    expect(await metric('items_pending')).toBe(1);
    expect(end.heard).toHaveLength(1);
  });
});
