import { line } from '../harness/topologies.js';
import { startDaemon, stopAll, waitUntil, type Daemon } from '../harness/daemon.js';
import { openListener, openModule } from '../harness/modules.js';
import { rawModule } from '../harness/raw-module.js';
import { announce, notify, readNotification } from './frames.js';
import {
  freshData,
  freshType,
  heardUntilMarker,
  openCheckpoint,
  settledListener,
  type Checkpoint,
} from './order.js';

describe('ANNOUNCE', () => {
  let here: Daemon;
  let there: Daemon;
  let atHere: Checkpoint;
  let atThere: Checkpoint;

  beforeAll(async () => {
    // Nobody's silence can end within the test: whatever arrives was not waited for.
    [here, there] = (await line(2, { gossip: { validation_timeout: 300 } })) as [Daemon, Daemon];
    await there.waitForLog(/link up/);
    atHere = await openCheckpoint(here);
    atThere = await openCheckpoint(there);
  });
  afterAll(stopAll);

  it('notifies every other local subscriber of the type', async () => {
    const type = freshType();
    const first = await settledListener(here, type, { at: atHere });
    const second = await settledListener(here, type, { at: atHere });
    await (await openModule(here)).announce(type, 'to both');
    expect(await first.hears('to both')).toMatchObject({ dataType: type });
    expect(await second.hears('to both')).toMatchObject({ dataType: type });
  });

  it('does not notify the announcing connection, subscribed or not', async () => {
    const type = freshType();
    const announcer = await settledListener(here, type, { at: atHere });
    await announcer.client.announce(type, 'not for me');
    expect(await heardUntilMarker(announcer, here, type)).toEqual([]);
  });

  it('is not answered', async () => {
    const type = freshType();
    const module = await rawModule(here.api);
    await module.write(Buffer.concat([notify(type), announce(type, 'any answer?')]));
    await atHere.passedBy(module);
    await (await openModule(here)).announce(type, 'no');
    // The first bytes that ever come are those of somebody else's item.
    expect(readNotification(await module.nextFrame())).toMatchObject({ data: Buffer.from('no') });
  });

  it('spreads at once, whatever the local subscribers think of it', async () => {
    const type = freshType();
    const silent = await settledListener(here, type, { at: atHere, verdict: 'abstain' });
    const rejecting = await openListener(here, type, 'reject');
    await atHere.passedBy(rejecting.client);
    const remote = await settledListener(there, type, { at: atHere });
    await (await openModule(here)).announce(type, 'vouched for');
    await remote.hears('vouched for');
    await silent.hears('vouched for');
    await rejecting.hears('vouched for');
  });

  it('needs no subscription to the type', async () => {
    const type = freshType();
    const listener = await settledListener(here, type, { at: atHere });
    const announcer = await openModule(here);
    await announcer.announce(type, 'one');
    await announcer.announce(type, 'two');
    expect((await listener.hearsCount(2)).map(({ data }) => data.toString())).toEqual([
      'one',
      'two',
    ]);
  });

  it.each([0, 1, 2, 255])('notifies local subscribers whatever the ttl: %i', async (ttl) => {
    const type = freshType();
    const listener = await settledListener(here, type, { at: atHere });
    await (await openModule(here)).announce(type, `ttl ${ttl}`, { ttl });
    await listener.hears(`ttl ${ttl}`);
  });

  it.each([1, 65_527])('carries %i bytes of data over a link, unchanged', async (bytes) => {
    const type = freshType();
    const remote = await settledListener(there, type, { at: atHere });
    const data = Buffer.from(Array.from({ length: bytes }, (_, at) => (at * 31 + (at >> 8)) & 255));
    await (await openModule(here)).announce(type, data);
    const [notification] = await remote.hearsCount(1);
    expect(notification?.data.equals(data)).toBe(true);
  });

  it('spreads what a module announced that hung up at once', async () => {
    const type = freshType();
    const local = await settledListener(here, type, { at: atHere });
    const remote = await settledListener(there, type, { at: atHere });
    const module = await rawModule(here.api);
    const data = freshData();
    // As the course's client does: subscribe, announce, hang up.
    await module.write(Buffer.concat([notify(type), announce(type, data)]));
    module.end();
    await local.hears(data);
    await remote.hears(data);
    expect(await module.closed()).toBe('ended');
  });

  it('spreads everything that one write brought, in order', async () => {
    const type = freshType();
    const remote = await settledListener(there, type, { at: atHere });
    const items = Array.from({ length: 100 }, freshData);
    const module = await rawModule(here.api);
    await module.write(Buffer.concat(items.map((data) => announce(type, data))));
    const heard = await remote.hearsCount(100);
    expect(heard.map(({ data }) => data.toString())).toEqual(items);
  });

  it('is best effort: an item that nobody wants is no error', async () => {
    const module = await rawModule(here.api);
    await module.write(announce(freshType(), 'into the void'));
    await atHere.passedBy(module);
    await atThere.passedBy(module);
  });
});

describe('ANNOUNCE with strict_api', () => {
  afterAll(stopAll);

  it('closes a connection that has not subscribed to the type, and spreads nothing', async () => {
    const daemon = await startDaemon({ config: { gossip: { strict_api: true } } });
    const announced = async (): Promise<number | undefined> =>
      (await daemon.metrics()).get('items_announced_total');
    const type = freshType();
    const listener = await openListener(daemon, type);
    await listener.client.announce(type, 'subscribed: allowed');
    await waitUntil(async () => (await announced()) === 1, { what: 'the item is announced' });

    const outsider = await rawModule(daemon.api);
    const address = `module=127.0.0.1:${outsider.socket.localPort} `;
    await outsider.write(announce(type, 'not subscribed: refused'));
    await outsider.closed();
    expect(await daemon.waitForLog((text) => text.includes(address))).toContain('strict_api');

    const insider = await rawModule(daemon.api);
    await insider.write(Buffer.concat([notify(type), announce(type, 'subscribed too')]));
    await listener.hears('subscribed too');
    expect(listener.heard.map(({ data }) => data.toString())).toEqual(['subscribed too']);
    expect(await announced()).toBe(2);
    expect((await daemon.metrics()).get('modules_expelled_total')).toBe(1);
  });
});
