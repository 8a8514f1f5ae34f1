import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { parseAddress } from '../../../src/client/address.js';
import { listen } from '../../../src/node/listen.js';
import { onStopAll } from './cleanup.js';

/** One connection that went through a tap. */
export type Tapped = {
  /** Bytes from the caller, and from the one who was called, so far. */
  readonly up: () => Buffer;
  readonly down: () => Buffer;
};

/** Stands between a caller and a daemon, as whoever sits on the wire does. */
export type Tap = {
  /** Where to call, in place of the daemon. */
  readonly p2p: string;
  readonly connections: readonly Tapped[];
};

export type TapOptions = {
  /** Changes what the daemon says on its way; `at` counts its bytes on this connection. */
  readonly alterDown?: (chunk: Buffer, at: number) => Buffer;
};

/** A tap in front of a daemon; `stopAll` removes it and what goes through it. */
export const tapDaemon = async (
  { p2p }: { readonly p2p: string },
  { alterDown = (chunk) => chunk }: TapOptions = {},
): Promise<Tap> => {
  const to = parseAddress(p2p);
  if (to === undefined) throw new Error(`"${p2p}" is no HOST:PORT`);
  const connections: Tapped[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((caller) => {
    const daemon = connect(to);
    const [up, down]: [Buffer[], Buffer[]] = [[], []];
    connections.push({ up: () => Buffer.concat(up), down: () => Buffer.concat(down) });
    let passed = 0;
    caller.on('data', (chunk: Buffer) => {
      up.push(chunk);
      daemon.write(chunk);
    });
    daemon.on('data', (chunk: Buffer) => {
      down.push(chunk);
      caller.write(alterDown(chunk, passed));
      passed += chunk.length;
    });
    for (const [one, other] of [
      [caller, daemon],
      [daemon, caller],
    ] as const) {
      sockets.add(one);
      one.on('end', () => other.end());
      one.on('error', () => other.destroy());
      one.on('close', () => sockets.delete(one));
    }
  });
  const { host, port } = await listen(server, { host: '127.0.0.1', port: 0 });
  onStopAll(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return { p2p: `${host}:${port}`, connections };
};
