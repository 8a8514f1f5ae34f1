import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { DialAddress } from '../../../src/common/address.js';
import { listen } from '../../../src/node/listen.js';
import { rpsClient } from '../../../src/node/rps.js';
import { encodeApi } from '../../../src/wire/api-codec.js';
import type { RpsPeer } from '../../../src/wire/messages.js';
import { LogRecorder } from './log-recorder.js';

const peer: RpsPeer = {
  type: 'RPS_PEER',
  address: { family: 4, host: '192.0.2.1', port: 6_001 },
  portMap: [{ app: 500, port: 6_001 }],
  hostKey: Buffer.from('a host key'),
};

describe('rpsClient', () => {
  let server: Server;
  let address: DialAddress;
  let answer: (socket: Socket) => void;
  let asked: Buffer[];
  const sockets = new Set<Socket>();

  beforeEach(async () => {
    asked = [];
    answer = (socket) => socket.write(encodeApi(peer));
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        asked.push(chunk);
        answer(socket);
      });
    });
    address = await listen(server, { host: '127.0.0.1', port: 0 });
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  });
  const query = (timeoutMs?: number) => {
    const logged = new LogRecorder();
    const rps = rpsClient(address, logged.log, timeoutMs === undefined ? {} : { timeoutMs });
    const ask = () => new Promise<RpsPeer | undefined>((resolve) => rps.query(resolve));
    return { ask, logged };
  };

  it('asks with RPS QUERY and gives the peer of the answer', async () => {
    expect(await query().ask()).toEqual(peer);
    expect(asked).toEqual([Buffer.from('0004021c', 'hex')]);
  });

  it('asks once for all who ask at the same time, and again afterwards', async () => {
    const { ask } = query();
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([peer, peer, peer]);
    expect(asked).toHaveLength(1);
    expect(await ask()).toEqual(peer);
    expect(asked).toHaveLength(2);
  });

  it.each<[string, (socket: Socket) => void, number | undefined]>([
    ['hangs up', (socket) => socket.end(), undefined],
    ['answers nonsense', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), undefined],
    ['ends inside its answer', (socket) => socket.end(encodeApi(peer).subarray(0, 9)), undefined],
    ['says nothing', () => undefined, 20],
  ])('gives no peer when the module %s', async (_what, reaction, timeoutMs) => {
    answer = reaction;
    const { ask, logged } = query(timeoutMs);
    expect(await ask()).toBeUndefined();
    expect(logged.lines).toEqual([['warn', 'RPS module gave no peer']]);
  });

  it('gives no peer when there is no module', async () => {
    server.close();
    await once(server, 'close');
    expect(await query().ask()).toBeUndefined();
  });
});
