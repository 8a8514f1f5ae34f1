import { listenApi, type ApiOptions } from '../../../src/node/api.js';
import { encodeApi } from '../../../src/wire/api-codec.js';
import type { GossipNotification } from '../../../src/wire/messages.js';
import { ApiRecorder } from '../../contract/api-port.suite.js';
import { RawSocket } from '../../contract/raw-socket.js';

const notification: GossipNotification = {
  type: 'NOTIFICATION',
  messageId: 1,
  dataType: 2,
  data: Buffer.alloc(60_000),
};

describe('listenApi', () => {
  const closing: (() => Promise<void>)[] = [];
  const openWithModule = async (limits: Omit<ApiOptions, 'address'> = {}) => {
    const told = new ApiRecorder();
    const address = { host: '127.0.0.1', port: 0 };
    const api = await listenApi({ address, closeGraceMs: 50, ...limits }, told, () => undefined);
    const module = await RawSocket.open(api.address);
    closing.push(
      () => module.destroy(),
      () => api.close(),
    );
    await told.first('opened');
    return { ...api, told, module };
  };

  afterEach(async () => {
    await Promise.all(closing.splice(0).map((close) => close()));
  });

  it('names a module by its address and port', async () => {
    const { told, module } = await openWithModule();
    expect((await told.first('opened')).remote).toBe(`127.0.0.1:${module.socket.localPort}`);
  });

  it('understands a module that sends byte by byte', async () => {
    const { told, module } = await openWithModule();
    const announce = { type: 'ANNOUNCE', ttl: 1, dataType: 2, data: Buffer.from('hi') } as const;
    await module.writeByteByByte(encodeApi(announce));
    expect((await told.first('received')).messages).toEqual([announce]);
  });

  it('calls a message malformed that stays incomplete', async () => {
    const { told, module } = await openWithModule({ messageTimeoutMs: 20 });
    module.write(encodeApi({ type: 'NOTIFY', dataType: 1 }).subarray(0, 7));
    expect((await told.first('malformed')).error.code).toBe('truncated');
  });

  it('closes a module that reads nothing', async () => {
    const { told, module, port } = await openWithModule({ stallTimeoutMs: 30 });
    module.socket.pause();
    for (let n = 0; n < 200; n += 1) port.send(1, notification);
    expect((await told.first('closed')).reason).toBe('reads nothing');
  });

  it('tells of a module that vanishes', async () => {
    const { told, module } = await openWithModule();
    module.socket.resetAndDestroy();
    expect((await told.first('closed')).reason).toMatch(/ECONNRESET/);
    expect(told.all('malformed')).toEqual([]);
  });

  it('hears a module out of a crowd of messages of another', async () => {
    const { told, module, address } = await openWithModule();
    const quiet = await RawSocket.open(address);
    closing.push(() => quiet.destroy());
    await told.until(() => told.all('opened').length === 2);
    const data = Buffer.alloc(1_000);
    const announce = encodeApi({ type: 'ANNOUNCE', ttl: 1, dataType: 2, data });
    // Both are in the system's hands before the port reads the first byte of either.
    module.write(Buffer.concat(Array.from({ length: 1_000 }, () => announce)));
    quiet.write(encodeApi({ type: 'VALIDATION', messageId: 7, valid: true }));
    const heard = (): string[] => told.messages.map(({ type }) => type);
    await told.until(() => heard().length === 1_001);
    // Of the megabyte that came first, two reads at most: one heard, one already begun.
    expect(heard().indexOf('VALIDATION')).toBeLessThan(140);
  });

  it('closes what is open when it is closed', async () => {
    const { told, close } = await openWithModule();
    await close();
    expect(await told.first('closed')).toMatchObject({ connection: 1, reason: 'shutting down' });
  });
});
