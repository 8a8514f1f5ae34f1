/** Attacks of strangers who have nothing but sockets. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { parseAddress } from '../../../src/client/address.js';
import {
  CHALLENGE_BYTES,
  COMMITMENT_BYTES,
  NONCE_BYTES,
  type PeerMessage,
} from '../../../src/wire/messages.js';
import { encodePeer } from '../../../src/wire/peer-codec.js';
import { announce, frame, notify } from '../api/frames.js';
import { onStopAll } from '../harness/cleanup.js';
import { openListener } from '../harness/modules.js';
import { rawModule } from '../harness/raw-module.js';
import { callDaemon, findNonce, verifyWith } from '../harness/raw-peer.js';
import type { Attack } from './attack.js';

/** Opens connections, and looks at nothing that comes. Those that are refused end by themselves. */
export const openSockets = async (address: string, count: number): Promise<Socket[]> => {
  const to = parseAddress(address);
  if (to === undefined) throw new Error(`"${address}" is no HOST:PORT`);
  const sockets = Array.from({ length: count }, () => {
    const socket = createConnection(to);
    socket.on('error', () => socket.destroy());
    onStopAll(async () => void socket.destroy());
    return socket.resume();
  });
  const settled = sockets.map((socket) =>
    Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {}),
  );
  await Promise.all(settled);
  return sockets;
};

const closeAll = (sockets: readonly Socket[]): void => {
  for (const socket of sockets) socket.destroy();
};

/** One byte of an endless message on each, again and again. */
const drip = async (
  sockets: readonly Socket[],
  bytes: Buffer,
  items: (count: number) => Promise<void>,
): Promise<void> => {
  for (const byte of bytes) {
    for (const socket of sockets) if (socket.writable) socket.write(Buffer.of(byte));
    await items(4);
  }
};

/** As long as any VERIFY. */
const NO_PROOF: PeerMessage = {
  type: 'VERIFY',
  commitment: Buffer.alloc(COMMITMENT_BYTES),
  nonce: Buffer.alloc(NONCE_BYTES),
  difficulty: 0,
  challenge: Buffer.alloc(CHALLENGE_BYTES),
};

export const halfOpen: Attack = {
  name: 'half-open',
  about: '500 connections to the peer port that say nothing',
  run: async (scene, force) => {
    const sockets = await openSockets(scene.victim.p2p, 500);
    await scene.items(force === 'full' ? 600 : 40);
    const halfOpen = (await scene.victim.metrics()).get('half_open') ?? 0;
    if (halfOpen > 64) throw new Error(`${halfOpen} callers were let in`);
    closeAll(sockets);
  },
};

export const slowLorisPeers: Attack = {
  name: 'slow-loris-peers',
  about: 'callers who send a byte of their VERIFY now and then, and never the last',
  run: async (scene, force) => {
    const sockets = await openSockets(scene.victim.p2p, 100);
    const bytes = encodePeer(NO_PROOF).subarray(0, force === 'full' ? -1 : 10);
    await drip(sockets, bytes, (count) => scene.items(count));
    closeAll(sockets);
  },
};

export const slowLorisModules: Attack = {
  name: 'slow-loris-modules',
  about: 'modules that send a byte of a large ANNOUNCE now and then, and never the last',
  run: async (scene, force) => {
    const sockets = await openSockets(scene.victim.api, 300);
    const bytes = announce(1, Buffer.alloc(60_000)).subarray(0, force === 'full' ? 100 : 10);
    await drip(sockets, bytes, (count) => scene.items(count));
    closeAll(sockets);
  },
};

const TRICKLED_TYPE = 710;

export const trickled: Attack = {
  name: 'trickled',
  about: 'honest messages of a module and a proof of work, byte by byte: slow is no crime',
  run: async (scene) => {
    const { victim } = scene;
    const listener = await openListener(victim, TRICKLED_TYPE);
    const module = await rawModule(victim.api);
    const peer = await callDaemon(victim);
    const verify = encodePeer(verifyWith(peer, findNonce(peer, await peer.next('CHALLENGE'))));
    const said = Buffer.concat([notify(TRICKLED_TYPE), announce(TRICKLED_TYPE, 'at last')]);
    for (let at = 0; at < Math.max(said.length, verify.length); at += 1) {
      if (at < said.length) await module.write(said.subarray(at, at + 1));
      if (at < verify.length) peer.write(verify.subarray(at, at + 1));
      await scene.items(1);
    }
    await listener.hears('at last');
    await peer.next('OK');
    peer.close();
    module.socket.destroy();
    await listener.client.close();
  },
};

const ANNOUNCE_CODE = 500;

export const oversize: Attack = {
  name: 'oversize',
  about: 'sizes that cannot be: none, less than a header, more than any frame may have',
  run: async (scene, force) => {
    const lies = [0, 1, 3, 65_535].map((size) => frame(size, ANNOUNCE_CODE, Buffer.alloc(64, 1)));
    const peers = [Buffer.alloc(16, 0xff), Buffer.alloc(16, 0), Buffer.from('00010000', 'hex')];
    for (let round = 0; round < (force === 'full' ? 50 : 5); round += 1) {
      const modules = await openSockets(scene.victim.api, lies.length);
      const callers = await openSockets(scene.victim.p2p, peers.length);
      for (const [at, socket] of modules.entries()) socket.write(lies[at] ?? Buffer.alloc(0));
      for (const [at, socket] of callers.entries()) socket.write(peers[at] ?? Buffer.alloc(0));
      await scene.items(4);
      closeAll([...modules, ...callers]);
    }
  },
};
