import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { listen } from '../../../src/node/listen.js';
import {
  CHALLENGE_BYTES,
  PROTOCOL_VERSION,
  type Challenge,
  type Hello,
} from '../../../src/wire/messages.js';
import { transcriptHash } from '../../../src/wire/transcript.js';
import type { TestHost } from '../../contract/test-security.js';
import { onStopAll } from './cleanup.js';
import { helloOf, RawPeer } from './raw-peer.js';
import { WAIT_MS, within } from './wait.js';

/** Waits for a daemon to call, as a host that is no daemon. */
export type RawListener = {
  readonly p2p: string;
  /** Resolves to the next call; 10 s at most. */
  nextCall(): Promise<RawPeer>;
  /** Calls that nobody has asked for yet. */
  waiting(): number;
};

/** Listens as `host` does; `stopAll` ends it. */
export const listenAsPeer = async (host: TestHost): Promise<RawListener> => {
  const calls: RawPeer[] = [];
  let wake = (): void => {};
  const server = createServer((socket) => {
    onStopAll(async () => void socket.destroy());
    calls.push(new RawPeer(socket, host));
    wake();
  });
  const { host: address, port } = await listen(server, { host: '127.0.0.1', port: 0 });
  onStopAll(async () => void server.close());
  const nextCall = (): Promise<RawPeer> => {
    const called = new Promise<RawPeer>((resolve) => {
      wake = () => {
        const call = calls.shift();
        if (call !== undefined) resolve(call);
      };
      wake();
    });
    return within(called, WAIT_MS, () => 'a daemon calls');
  };
  return { p2p: `${address}:${port}`, nextCall, waiting: () => calls.length };
};

/** The CHALLENGE of a listener that asks for no work. */
export const challengeOf = (peer: RawPeer, changes: Partial<Challenge> = {}): Challenge => ({
  type: 'CHALLENGE',
  version: PROTOCOL_VERSION,
  difficulty: 0,
  tls: true,
  blake3: false,
  challenge: randomBytes(CHALLENGE_BYTES),
  commitment: peer.commitment,
  ...changes,
});

/** Challenge -> verify -> ok with a daemon that called and trusts us; our HELLO. */
export const acceptCall = async (
  peer: RawPeer,
  challenge: Challenge = challengeOf(peer),
): Promise<Hello> => {
  peer.send(challenge);
  const verify = await peer.next('VERIFY');
  const ok = { type: 'OK', nonce: undefined } as const;
  peer.send(ok);
  return helloOf(peer, transcriptHash(challenge, verify, ok));
};
