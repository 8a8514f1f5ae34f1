import { line } from '../harness/topologies.js';
import { stopAll, waitUntil, type Daemon } from '../harness/daemon.js';
import { openListener, openModule } from '../harness/modules.js';
import { rawModule } from '../harness/raw-module.js';
import { notify } from './frames.js';
import {
  freshData,
  freshType,
  heardUntilMarker,
  openCheckpoint,
  settledListener,
  type Checkpoint,
} from './order.js';

describe('NOTIFY', () => {
  let first: Daemon;
  let middle: Daemon;
  let last: Daemon;
  let atFirst: Checkpoint;
  let atMiddle: Checkpoint;

  beforeAll(async () => {
    [first, middle, last] = (await line(3)) as [Daemon, Daemon, Daemon];
    await first.waitForLog(/link up/);
    await last.waitForLog(/link up/);
    atFirst = await openCheckpoint(first);
    atMiddle = await openCheckpoint(middle);
  });
  afterAll(stopAll);

  it('subscribes to that type and to no other', async () => {
    const type = freshType();
    const listener = await settledListener(first, type, { at: atFirst });
    const announcer = await openModule(first);
    await announcer.announce(type + 20_000, 'another type');
    await announcer.announce(type, 'this type');
    await listener.hears('this type');
    expect(listener.heard).toHaveLength(1);
  });

  it.each([0, 1, 499, 500, 65_535])('takes any data type: %i', async (type) => {
    const listener = await settledListener(first, type, { at: atFirst });
    const data = freshData();
    await (await openModule(first)).announce(type, data);
    expect(await listener.hears(data)).toMatchObject({ dataType: type });
  });

  it('changes nothing when it is repeated', async () => {
    const type = freshType();
    const module = await rawModule(first.api);
    await module.write(Buffer.concat(Array.from({ length: 50 }, () => notify(type))));
    await atFirst.passedBy(module);
    const announcer = await openModule(first);
    await announcer.announce(type, 'one');
    await announcer.announce(type, 'two');
    const frames = [await module.nextFrame(), await module.nextFrame()];
    expect(frames.map((bytes) => bytes.toString('utf8', 8))).toEqual(['one', 'two']);
  });

  it('subscribes one connection to many types', async () => {
    const types = Array.from({ length: 20 }, freshType);
    const module = await rawModule(first.api);
    await module.write(Buffer.concat(types.map(notify)));
    await atFirst.passedBy(module);
    const announcer = await openModule(first);
    for (const type of types) await announcer.announce(type, `of type ${type}`);
    for (const type of types) {
      const bytes = await module.nextFrame();
      expect(bytes.readUInt16BE(6)).toBe(type);
      expect(bytes.toString('utf8', 8)).toBe(`of type ${type}`);
    }
  });

  it('lasts until the connection ends, and no longer', async () => {
    const type = freshType();
    const leaver = await settledListener(middle, type, { at: atFirst });
    const announcer = await openModule(first);
    await announcer.announce(type, 'while subscribed');
    await leaver.hears('while subscribed');
    const held = async (): Promise<number> => (await first.metrics()).get('items_held') ?? 0;
    const before = await held();
    await leaver.client.close();
    // The link does not want the type any more: what is announced now finds nobody to go to.
    await waitUntil(
      async () => {
        await announcer.announce(type, freshData());
        return (await held()) > before;
      },
      { what: 'the neighbour has lost its interest' },
    );
  });

  it('of one of two subscribers ends without the other noticing', async () => {
    const type = freshType();
    const leaver = await settledListener(middle, type, { at: atFirst });
    const stayer = await settledListener(middle, type, { at: atFirst });
    await leaver.client.close();
    const data = freshData();
    await (await openModule(first)).announce(type, data);
    await stayer.hears(data);
  });

  it('makes the type one that the daemon relays, which it did not before', async () => {
    const type = freshType();
    const end = await settledListener(last, type, { at: atMiddle });
    const data = freshData();
    await (await openModule(first)).announce(type, data);
    await atMiddle.passedBy(await openModule(first));
    // Two hops away and unsubscribed in between: the item has stopped.
    expect(await heardUntilMarker(end, last, type)).toEqual([]);
    await openListener(middle, type);
    await end.hears(data);
  });

  it('of a type without a subscriber in between does not bring items of other types', async () => {
    const [type, otherType] = [freshType(), freshType()];
    const between = await settledListener(middle, otherType, { at: atFirst });
    const end = await settledListener(last, type, { at: atMiddle });
    const announcer = await openModule(first);
    await announcer.announce(type, 'not relayed');
    await announcer.announce(otherType, 'relayed');
    await between.hears('relayed');
    expect(between.heard).toHaveLength(1);
    expect(await heardUntilMarker(end, last, type)).toEqual([]);
  });
});
