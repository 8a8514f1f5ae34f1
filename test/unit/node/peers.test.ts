import { connect } from 'node:net';
import { ListenError } from '../../../src/node/listen.js';
import { listenPeers, type PeersOptions } from '../../../src/node/peers.js';
import { FRAME_LIMITS, type Ping } from '../../../src/wire/messages.js';
import { encodePeer } from '../../../src/wire/peer-codec.js';
import { PeersRecorder } from '../../contract/peers-recorder.js';
import { RawSocket } from '../../contract/raw-socket.js';
import { flood, FLOOD_BYTES } from './flood.js';
import { LogRecorder } from './log-recorder.js';

const LOOPBACK = { host: '127.0.0.1', port: 0 };
const ping: Ping = { type: 'PING', echo: Buffer.from('12345678') };
const item = {
  type: 'SPREAD',
  ttl: 1,
  dataType: 1,
  expiryMs: 1,
  salt: Buffer.alloc(8),
  data: Buffer.alloc(60_000),
} as const;

describe('listenPeers', () => {
  const closing: (() => Promise<void>)[] = [];
  const open = async (limits: Omit<PeersOptions, 'address'> = {}) => {
    const told = new PeersRecorder();
    const logged = new LogRecorder();
    const peers = await listenPeers(
      { address: LOOPBACK, closeGraceMs: 50, ...limits },
      told,
      logged.log,
    );
    closing.push(() => peers.close());
    return { ...peers, told, logged };
  };
  const openWithClient = async (limits: Omit<PeersOptions, 'address'> = {}) => {
    const peers = await open(limits);
    const client = await RawSocket.open(peers.address);
    closing.push(() => client.destroy());
    await peers.told.first('opened');
    return { ...peers, client };
  };
  afterEach(async () => {
    await Promise.all(
      closing
        .splice(0)
        .reverse()
        .map((close) => close()),
    );
  });

  it('understands a peer that sends byte by byte', async () => {
    const { client, told } = await openWithClient();
    const hello = Buffer.concat([encodePeer(ping), encodePeer(ping)]);
    await client.writeByteByByte(hello);
    await told.until(() => told.messages.length === 2);
    expect(told.messages).toEqual([ping, ping]);
  });

  it('calls a frame malformed that stays incomplete', async () => {
    const { client, told } = await openWithClient({ messageTimeoutMs: 20 });
    client.write(Buffer.concat([encodePeer(ping), encodePeer(ping).subarray(0, 3)]));
    const malformed = await told.first('malformed');
    expect(malformed.error.code).toBe('truncated');
    expect(told.messages).toEqual([ping]);
  });

  it('counts the time of a frame from its first byte, however slowly the rest comes', async () => {
    const { client, told, port } = await openWithClient({ messageTimeoutMs: 40 });
    port.limitFrames(101, FRAME_LIMITS.established);
    const dribbling = client.writeByteByByte(encodePeer(item));
    expect((await told.first('malformed')).error.code).toBe('truncated');
    await Promise.all([client.destroy(), dribbling]);
  });

  it('lets a silent connection be', async () => {
    const { client, told } = await openWithClient({ messageTimeoutMs: 10, stallTimeoutMs: 10 });
    const busy = await openWithClient({ messageTimeoutMs: 10, stallTimeoutMs: 10 });
    busy.client.write(Buffer.of(0));
    await busy.told.first('malformed');
    client.write(encodePeer(ping));
    await told.first('received');
    expect(told.events.map(({ type }) => type)).toEqual(['opened', 'received']);
  });

  it('closes, and does not blame, a peer whose stream ends inside a frame', async () => {
    const { client, told } = await openWithClient();
    client.write(encodePeer(ping).subarray(0, 9));
    client.end();
    const { reason } = await told.first('closed');
    expect(reason).toBe('the stream ends 9 bytes into a message');
    expect(told.all('malformed')).toEqual([]);
  });

  it('queues for a reader that pauses, and goes on when it reads again', async () => {
    const { client, told, port } = await openWithClient();
    client.socket.pause();
    flood(port, 101);
    await new Promise((resolve) => setImmediate(resolve));
    const unsent = port.unsentBytes(101);
    expect(unsent).toBeGreaterThan(1_000_000);
    client.socket.resume();
    await told.first('drained');
    expect(port.unsentBytes(101)).toBe(0);
    expect(await client.read(FLOOD_BYTES)).toHaveLength(FLOOD_BYTES);
  });

  it('destroys a connection whose other side takes nothing', async () => {
    const { client, told, port } = await openWithClient({ stallTimeoutMs: 30 });
    client.socket.pause();
    flood(port, 101);
    expect((await told.first('closed')).reason).toBe('does not drain');
    expect(port.unsentBytes(101)).toBe(0);
  });

  it('gives up a close that a peer does not take part in', async () => {
    const { client, told, port } = await openWithClient({ closeGraceMs: 20 });
    client.socket.pause();
    flood(port, 101);
    port.close(101);
    expect((await told.first('closed')).reason).toBe('closed by us');
  });

  it('reads on, unheard, while it closes, so that its last word is not lost', async () => {
    const { client, told, port } = await openWithClient();
    client.write(Buffer.alloc(FRAME_LIMITS.unproven * 100));
    await told.first('malformed');
    port.send([101], { type: 'ERROR', code: 8, text: 'protocol violation' });
    port.close(101);
    const read = await client.readToEnd();
    expect(read.toString('latin1')).toContain('protocol violation');
  });

  it('gives up a dial that is closed or late', async () => {
    const { port, told, address } = await open({ dialTimeoutMs: 1 });
    port.dial(1, address);
    port.close(1);
    await told.first('closed');
    expect(told.all('connected').filter(({ connection }) => connection === 1)).toEqual([]);
  });

  it('tells of a dial to a port that there cannot be', async () => {
    const { port, told } = await open();
    port.dial(1, { host: '127.0.0.1', port: 70_000 });
    expect((await told.first('closed')).reason).toMatch(/cannot dial 127.0.0.1:70000/);
  });

  it('dials a host by its name', async () => {
    const { port, told, address } = await open();
    port.dial(1, { host: 'localhost', port: address.port });
    expect((await told.first('connected')).remote).toEqual(address);
  });

  it('logs a message that cannot be encoded, and throws nothing', async () => {
    const { port, logged } = await openWithClient();
    port.send([101], { ...ping, echo: Buffer.alloc(3) });
    expect(logged.lines).toEqual([['error', 'message cannot be encoded']]);
  });

  it('accepts and dials nobody any more once told so, and keeps what is open', async () => {
    const { client, told, port, address, stopAccepting } = await openWithClient();
    stopAccepting();
    port.dial(1, address);
    expect(await told.first('closed')).toMatchObject({ connection: 1, reason: 'shutting down' });
    const late = connect(address);
    await new Promise((resolve) => late.once('error', resolve));
    client.write(encodePeer(ping));
    await told.first('received');
    expect(told.messages).toEqual([ping]);
  });

  it('refuses with one line to listen where somebody listens', async () => {
    const { address } = await open();
    const second = listenPeers({ address }, new PeersRecorder(), () => undefined);
    await expect(second).rejects.toThrow(ListenError);
    await expect(second).rejects.toThrow(
      `cannot listen on 127.0.0.1:${address.port}: the address is in use`,
    );
  });
});
