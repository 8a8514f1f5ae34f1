import { once } from 'node:events';
import { startDaemon, stopAll, type Daemon } from '../harness/daemon.js';
import { openModule } from '../harness/modules.js';
import { rawModule, type RawModule } from '../harness/raw-module.js';
import { within } from '../harness/wait.js';
import { notify, readNotification, validation } from './frames.js';
import { freshType, openCheckpoint, type Checkpoint } from './order.js';

describe('NOTIFICATION', () => {
  let daemon: Daemon;
  let checkpoint: Checkpoint;

  beforeAll(async () => {
    // The deadline is far away: no message id may come twice in this file.
    daemon = await startDaemon({ config: { gossip: { validation_timeout: 300 } } });
    checkpoint = await openCheckpoint(daemon);
  });
  afterAll(stopAll);

  const subscriber = async (type: number): Promise<RawModule> => {
    const module = await rawModule(daemon.api);
    await module.write(notify(type));
    await checkpoint.passedBy(module);
    return module;
  };

  const nextIds = async (module: RawModule, count: number): Promise<number[]> => {
    const ids: number[] = [];
    while (ids.length < count) ids.push(readNotification(await module.nextFrame()).messageId);
    return ids;
  };

  it('has exactly the bytes of the specification', async () => {
    const type = freshType();
    const module = await subscriber(type);
    await (await openModule(daemon)).announce(type, Buffer.from('c0ffee', 'hex'), { ttl: 7 });
    const bytes = await module.nextFrame();
    const typeHex = type.toString(16).padStart(4, '0');
    expect(bytes.toString('hex')).toMatch(new RegExp(`^000b01f6....${typeHex}c0ffee$`));
  });

  it.each([1, 200, 1_400])('leaves in one write: one read brings %i bytes', async (size) => {
    const type = freshType();
    const module = await subscriber(type);
    const chunk = once(module.socket, 'data');
    await (await openModule(daemon)).announce(type, Buffer.alloc(size, 1));
    const [bytes] = (await within(chunk, 10_000, () => 'a chunk')) as [Buffer];
    expect(bytes).toHaveLength(8 + size);
  });

  it('carries the most data that an item can have', async () => {
    const type = freshType();
    const module = await subscriber(type);
    await (await openModule(daemon)).announce(type, Buffer.alloc(65_527, 0xa5));
    const { size, data } = readNotification(await module.nextFrame());
    expect(size).toBe(65_535);
    expect(data.equals(Buffer.alloc(65_527, 0xa5))).toBe(true);
  });

  it('has a message id that no outstanding one of the connection has', async () => {
    const type = freshType();
    const module = await subscriber(type);
    const announcer = await openModule(daemon);
    for (let n = 0; n < 1_000; n += 1) void announcer.announce(type, `item ${n}`);
    const ids = await nextIds(module, 1_000);
    expect(new Set(ids).size).toBe(1_000);
  });

  it('has a random message id', async () => {
    const type = freshType();
    const module = await subscriber(type);
    const announcer = await openModule(daemon);
    for (let n = 0; n < 200; n += 1) void announcer.announce(type, `item ${n}`);
    const ids = await nextIds(module, 200);
    const steps = new Set(ids.slice(1).map((id, at) => id - (ids[at] ?? 0)));
    // Of a counter, or a counter with a stride, the steps would be one or two.
    expect(steps.size).toBeGreaterThan(150);
    // Of 200 picks from 65,536, all in one half: once in 2^199 runs.
    expect(ids.some((id) => id < 32_768) && ids.some((id) => id >= 32_768)).toBe(true);
  });

  it('has a message id of its own for each subscriber', async () => {
    const type = freshType();
    const modules = [await subscriber(type), await subscriber(type)];
    const announcer = await openModule(daemon);
    for (let n = 0; n < 20; n += 1) void announcer.announce(type, `item ${n}`);
    const [one, other] = await Promise.all(modules.map((module) => nextIds(module, 20)));
    expect(one).not.toEqual(other);
  });

  it('does not use an answered message id again before twice the deadline', async () => {
    const type = freshType();
    const module = await subscriber(type);
    const announcer = await openModule(daemon);
    const seen = new Set<number>();
    // With reuse, 3,000 picks from 65,536 would collide some 68 times.
    for (let round = 0; round < 6; round += 1) {
      for (let n = 0; n < 500; n += 1) void announcer.announce(type, `item ${round} ${n}`);
      const ids = await nextIds(module, 500);
      for (const id of ids) seen.add(id);
      await module.write(Buffer.concat(ids.map((id) => validation(id))));
      await checkpoint.passedBy(module);
    }
    expect(seen.size).toBe(3_000);
  });
});
