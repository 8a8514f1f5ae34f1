import { once } from 'node:events';
import { connect, GossipClientError, type GossipClient } from '../../../src/client/index.js';
import type { ConnectOptions, Notification } from '../../../src/client/index.js';
import { ApiServer } from './api-server.js';

let server: ApiServer;
let clients: GossipClient[];

const open = async (options?: ConnectOptions): Promise<GossipClient> => {
  const client = await connect(server.address, options);
  clients.push(client);
  return client;
};

const take = async (
  stream: AsyncIterableIterator<Notification>,
  count: number,
): Promise<Notification[]> => {
  const taken: Notification[] = [];
  while (taken.length < count) {
    const result = await stream.next();
    if (result.done === true) break;
    taken.push(result.value);
  }
  return taken;
};

const texts = (notifications: readonly Notification[]): string[] =>
  notifications.map(({ data }) => data.toString());

beforeEach(async () => {
  server = await ApiServer.listen();
  clients = [];
});

afterEach(async () => {
  await server.close();
  await Promise.all(clients.map((client) => client.close()));
});

describe('connect', () => {
  it('takes host and port as an object', async () => {
    const client = await connect({ host: '127.0.0.1', port: server.port });
    clients.push(client);
    await client.subscribe(7);
    expect(await server.request()).toEqual({ type: 'NOTIFY', dataType: 7 });
  });

  it('refuses an address that is none', async () => {
    await expect(connect('nowhere')).rejects.toThrow(new RangeError('"nowhere" is no HOST:PORT'));
  });

  it('says where it found nobody', async () => {
    const { address } = server;
    await server.close();
    await expect(connect(address)).rejects.toMatchObject({
      code: 'unreachable',
      message: `cannot reach the daemon at ${address}: ECONNREFUSED`,
    });
    server = await ApiServer.listen();
  });
});

describe('announce', () => {
  it('sends the data with type and ttl', async () => {
    const client = await open();
    await client.announce(1337, 'grüße', { ttl: 3 });
    const data = Buffer.from('grüße');
    expect(await server.request()).toEqual({ type: 'ANNOUNCE', ttl: 3, dataType: 1337, data });
  });

  it('is unlimited in hops unless told otherwise', async () => {
    const client = await open();
    await client.announce(1, new Uint8Array([0]));
    expect(await server.request()).toMatchObject({ ttl: 0, data: Buffer.from([0]) });
  });

  it('sends the most data that an item can have', async () => {
    const client = await open();
    await client.announce(1, Buffer.alloc(65_527, 'x'));
    expect(await server.request()).toMatchObject({ data: Buffer.alloc(65_527, 'x') });
  });

  it('puts everything announced in one tick into one write', async () => {
    const client = await open();
    const socket = await server.connection();
    const sizes: number[] = [];
    socket.on('data', (chunk) => sizes.push(chunk.length));
    await Promise.all(Array.from({ length: 100 }, () => client.announce(1, 'abcd')));
    await server.requests(100);
    expect(sizes).toEqual([1_200]);
  });

  it.each([
    ['no data', 1, '', 0, 'an item has 1 to 65527 bytes of data, not 0'],
    ['too much data', 1, 'x'.repeat(65_528), 0, 'not 65528'],
    ['a data type beyond 16 bits', 65_536, 'x', 0, 'the data type is 65536'],
    ['a negative data type', -1, 'x', 0, 'the data type is -1'],
    ['a fractional data type', 1.5, 'x', 0, 'the data type is 1.5'],
    ['a ttl beyond 8 bits', 1, 'x', 256, 'the ttl is 256'],
  ])('refuses %s', async (_what, dataType, data, ttl, message) => {
    const client = await open();
    const refused = client.announce(dataType, data, { ttl });
    await expect(refused).rejects.toThrow(RangeError);
    await expect(refused).rejects.toThrow(message);
  });

  it('refuses a closed client', async () => {
    const client = await open();
    await client.close();
    await expect(client.announce(1, 'x')).rejects.toMatchObject({ code: 'closed' });
    await expect(client.subscribe(1)).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('notifications', () => {
  it('subscribes once to each type', async () => {
    const client = await open();
    await client.subscribe(5);
    client.notifications(5, 6);
    await client.subscribe(6);
    await client.announce(9, 'end');
    expect(await server.requests(3)).toMatchObject([
      { type: 'NOTIFY', dataType: 5 },
      { type: 'NOTIFY', dataType: 6 },
      { type: 'ANNOUNCE' },
    ]);
  });

  it('refuses a data type beyond 16 bits', async () => {
    const client = await open();
    expect(() => client.notifications(65_536)).toThrow(RangeError);
  });

  it('gives what came, and sends the verdicts', async () => {
    const client = await open();
    const stream = client.notifications(5);
    await server.request();
    await server.notify(11, 5, 'good');
    await server.notify(12, 5, 'bad');
    const [good, bad] = await take(stream, 2);
    expect(good).toMatchObject({ messageId: 11, dataType: 5, data: Buffer.from('good') });
    good?.accept();
    bad?.reject();
    expect(await server.requests(2)).toEqual([
      { type: 'VALIDATION', messageId: 11, valid: true },
      { type: 'VALIDATION', messageId: 12, valid: false },
    ]);
  });

  it('lets the first verdict count', async () => {
    const client = await open();
    const stream = client.notifications(5);
    await server.notify(11, 5, 'x');
    const [item] = await take(stream, 1);
    item?.reject();
    item?.accept();
    await client.announce(9, 'end');
    expect(await server.requests(3)).toMatchObject([
      { type: 'NOTIFY' },
      { type: 'VALIDATION', valid: false },
      { type: 'ANNOUNCE' },
    ]);
  });

  it('gives a notification to every iterator of its type and to no other', async () => {
    const client = await open();
    const [both, five, six] = [
      client.notifications(5, 6),
      client.notifications(5),
      client.notifications(6),
    ];
    await server.notify(1, 5, 'five');
    await server.notify(2, 6, 'six');
    expect(texts(await take(both, 2))).toEqual(['five', 'six']);
    expect(texts(await take(five, 1))).toEqual(['five']);
    expect(texts(await take(six, 1))).toEqual(['six']);
  });

  it('keeps what nobody asked for until somebody does, the latest only', async () => {
    const client = await open({ waitingMax: 2 });
    await client.subscribe(5);
    const other = client.notifications(6);
    for (const text of ['a', 'b', 'c']) await server.notify(1, 5, text);
    await server.notify(2, 6, 'marker');
    await take(other, 1);
    expect(texts(await take(client.notifications(5), 2))).toEqual(['b', 'c']);
  });

  it('stops at the return of the iterator, and the connection goes on', async () => {
    const client = await open();
    const stream = client.notifications(5);
    const reading = stream.next();
    await stream.return?.();
    expect(await reading).toEqual({ done: true, value: undefined });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await client.announce(9, 'still here');
    expect(await server.requests(2)).toMatchObject([{}, { type: 'ANNOUNCE' }]);
  });

  it('reads no more than it may hold until its consumer goes on', async () => {
    const client = await open({ waitingMax: 4 });
    const stream = client.notifications(5);
    const socket = await server.connection();
    const count = 400;
    let last = Promise.resolve();
    for (let id = 0; id < count; id += 1) last = server.notify(id, 5, Buffer.alloc(60_000));
    await last;
    // 24 MB are far more than the system holds between the two: the rest waits at the server.
    expect(socket.writableNeedDrain).toBe(true);
    const drained = once(socket, 'drain');
    const items = await take(stream, count);
    expect(items.map(({ messageId }) => messageId)).toEqual([...Array(count).keys()]);
    await drained;
  });
});

describe('the end of a connection', () => {
  it('ends the iterators once what came was read', async () => {
    const client = await open();
    const stream = client.notifications(5);
    await server.request();
    await server.notify(1, 5, 'last');
    (await server.connection()).end();
    await client.closed;
    expect(texts(await take(stream, 2))).toEqual(['last']);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('is thrown when it comes inside a message', async () => {
    const client = await open();
    const stream = client.notifications(5);
    (await server.connection()).end(Buffer.from('00ff01f6', 'hex'));
    await expect(client.closed).rejects.toMatchObject({ code: 'broken' });
    await expect(stream.next()).rejects.toThrow('the connection ended inside a message');
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('is thrown when it is a reset', async () => {
    const client = await open();
    const stream = client.notifications(5);
    const reading = stream.next();
    (await server.connection()).resetAndDestroy();
    await expect(reading).rejects.toMatchObject({ code: 'broken' });
    await expect(client.announce(1, 'x')).rejects.toThrow(GossipClientError);
  });

  it('is made by the client when the daemon sends garbage, after what came before', async () => {
    const client = await open();
    const stream = client.notifications(5);
    await server.notify(1, 5, 'fine');
    (await server.connection()).write('HTTP/1.1 400 Bad Request\r\n\r\n');
    expect(texts(await take(stream, 1))).toEqual(['fine']);
    await expect(stream.next()).rejects.toMatchObject({ code: 'garbage' });
    await expect(client.closed).rejects.toMatchObject({ code: 'garbage' });
  });

  it('ends an iterator that is made afterwards', async () => {
    const client = await open();
    await client.close();
    expect(await client.notifications(5).next()).toEqual({ done: true, value: undefined });
  });
});

describe('close', () => {
  it('sends what is queued first', async () => {
    const client = await open();
    const announced = client.announce(1, Buffer.alloc(65_000, 'y'));
    await client.close();
    await announced;
    expect(await server.request()).toMatchObject({ data: Buffer.alloc(65_000, 'y') });
  });

  it('ends the iterators and resolves `closed`', async () => {
    const client = await open();
    const reading = client.notifications(5).next();
    await client.close();
    expect(await reading).toEqual({ done: true, value: undefined });
    await expect(client.closed).resolves.toBeUndefined();
    await client.close();
  });

  it('cuts off a daemon that does not close its end', async () => {
    await server.close();
    server = await ApiServer.listen({ allowHalfOpen: true });
    const client = await open({ closeTimeoutMs: 20 });
    await client.close();
    await expect(client.closed).resolves.toBeUndefined();
  });

  it('is what disposing does', async () => {
    const client = await open();
    await client[Symbol.asyncDispose]();
    await expect(client.announce(1, 'x')).rejects.toMatchObject({ code: 'closed' });
  });
});
