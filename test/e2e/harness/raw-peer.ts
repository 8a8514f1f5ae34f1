import { randomBytes } from 'node:crypto';
import { createConnection, type Socket } from 'node:net';
import { connect, TLSSocket, type SecureContext } from 'node:tls';
import { parseAddress } from '../../../src/client/address.js';
import { isProofValid, proofBinding, proofHash } from '../../../src/core/puzzle.js';
import { commitment } from '../../../src/wire/commitment.js';
import { peerFramer } from '../../../src/wire/framing.js';
import {
  CHALLENGE_BYTES,
  FRAME_LIMITS,
  NONCE_BYTES,
  SALT_BYTES,
  type Challenge,
  type Hello,
  type NeighborWord,
  type PeerAddress,
  type PeerMessage,
  type Verify,
} from '../../../src/wire/messages.js';
import { encodePeer } from '../../../src/wire/peer-codec.js';
import { transcriptHash } from '../../../src/wire/transcript.js';
import { newHost, type TestHost } from '../../contract/test-security.js';
import { onStopAll } from './cleanup.js';
import { WAIT_MS, within } from './wait.js';

type Named<Type extends PeerMessage['type']> = Extract<PeerMessage, { type: Type }>;

/** Where a raw peer says that it listens, unless told otherwise: nobody answers there. */
const NOWHERE: PeerAddress = { family: 4, host: '127.0.0.1', port: 1 };

/** At the other end of a daemon's connection: says exactly what the test has it say. */
export class RawPeer {
  /** What it commits to, and says in HELLO. */
  identity: Buffer;
  readonly salt = randomBytes(SALT_BYTES);
  /** How the daemon ended the connection: in order, or by a reset. */
  readonly ending: Promise<'ended' | 'reset'>;
  readonly #host: TestHost;
  readonly #framer = peerFramer({ tls: true });
  readonly #messages: PeerMessage[] = [];
  #socket: Socket;
  #over = false;
  #end: (how: 'ended' | 'reset') => void = () => {};
  #wake = (): void => {};

  constructor(socket: Socket, host: TestHost) {
    this.identity = host.identity;
    this.#host = host;
    this.#socket = socket;
    this.#framer.limitBytes = FRAME_LIMITS.established;
    this.ending = new Promise((resolve) => (this.#end = resolve));
    void this.ending.then(() => {
      this.#over = true;
      this.#wake();
    });
    this.#listenTo(socket);
  }

  #listenTo(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => {
      this.#messages.push(...this.#framer.push(chunk).messages);
      this.#wake();
    });
    socket.once('end', () => this.#end('ended'));
    socket.on('error', () => this.#end('reset'));
    socket.once('close', () => this.#end('reset'));
  }

  /** Begins TLS, as is due behind OK, as a caller unless told; resolves when it has begun. */
  async secure({
    context = this.#host.context(),
    role = 'client',
  }: {
    readonly context?: SecureContext;
    readonly role?: 'client' | 'server';
  } = {}): Promise<void> {
    const socket = this.#socket;
    socket.removeAllListeners('data').removeAllListeners('end');
    socket.pause();
    const early = this.#framer.surrender();
    if (early.length > 0) socket.unshift(early);
    const options = { secureContext: context, rejectUnauthorized: false };
    const secure =
      role === 'client'
        ? connect({ socket, ...options })
        : new TLSSocket(socket, { isServer: true, requestCert: true, ...options });
    this.#socket = secure;
    this.#listenTo(secure);
    const begun = new Promise<void>((resolve) => {
      secure.once(role === 'client' ? 'secureConnect' : 'secure', resolve);
    });
    await within(begun, WAIT_MS, () => 'TLS begins');
  }

  /** Our commitment on this connection. */
  get commitment(): Buffer {
    return commitment(this.identity, this.salt);
  }

  send(...messages: PeerMessage[]): void {
    this.write(Buffer.concat(messages.map(encodePeer)));
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Cuts the connection. */
  close(): void {
    this.#socket.destroy();
  }

  /** The next message of this type; others before it are passed over. Rejects after 10 s. */
  next<Type extends PeerMessage['type']>(type: Type): Promise<Named<Type>> {
    const isIt = (message: PeerMessage): message is Named<Type> => message.type === type;
    const coming = new Promise<Named<Type>>((resolve, reject) => {
      this.#wake = () => {
        const at = this.#messages.findIndex(isIt);
        const found = this.#messages.splice(0, at + 1).find(isIt);
        if (found !== undefined) resolve(found);
        else if (this.#over) reject(new Error(`the connection ended without ${type}`));
      };
      this.#wake();
    });
    return within(coming, WAIT_MS, () => `a ${type} from the daemon`);
  }

  /** Resolves when the daemon has ended the connection; 10 s at most. */
  closed(): Promise<'ended' | 'reset'> {
    return within(this.ending, WAIT_MS, () => 'the daemon ends the connection');
  }
}

/** Calls a daemon's peer port, as a new host unless told; `stopAll` cuts the connection. */
export const callDaemon = async (
  { p2p }: { readonly p2p: string },
  host?: TestHost,
): Promise<RawPeer> => {
  const caller = host ?? (await newHost());
  const to = parseAddress(p2p);
  if (to === undefined) throw new Error(`"${p2p}" is no HOST:PORT`);
  const socket = createConnection({ ...to, noDelay: true });
  onStopAll(async () => void socket.destroy());
  const peer = new RawPeer(socket, caller);
  const connected = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  await within(connected, WAIT_MS, () => `a connection with ${p2p}`);
  return peer;
};

/** The HELLO of a raw peer, behind the handshake whose transcript is given. */
export const helloOf = (peer: RawPeer, transcript: Buffer, address = NOWHERE): Hello => ({
  type: 'HELLO',
  identity: peer.identity,
  salt: peer.salt,
  transcript,
  address,
  features: 0,
  agent: 'raw peer',
});

/** VERIFY with the nonce given, asking for no proof in return. */
export const verifyWith = (peer: RawPeer, nonce: Buffer): Verify => ({
  type: 'VERIFY',
  commitment: peer.commitment,
  nonce,
  difficulty: 0,
  challenge: Buffer.alloc(CHALLENGE_BYTES),
});

/** The first nonce that answers the daemon's challenge; with `good` false, that does not. */
export const findNonce = (peer: RawPeer, challenge: Challenge, good = true): Buffer => {
  const hash = proofHash(challenge);
  const { difficulty } = challenge;
  const binding = proofBinding(hash, challenge.challenge, challenge.commitment, peer.commitment);
  const nonce = Buffer.alloc(NONCE_BYTES);
  for (let n = 0; isProofValid({ hash, binding, difficulty }, nonce) !== good; n += 1) {
    nonce.writeUInt32BE(n, 4);
  }
  return nonce;
};

/** Challenge -> verify -> ok, done honestly; the HELLO that is due when TLS has begun. */
export const proveWork = async (peer: RawPeer, address: PeerAddress = NOWHERE): Promise<Hello> => {
  const challenge = await peer.next('CHALLENGE');
  const verify = verifyWith(peer, findNonce(peer, challenge));
  peer.send(verify);
  const ok = await peer.next('OK');
  return helloOf(peer, transcriptHash(challenge, verify, ok), address);
};

/** Challenge -> verify -> ok -> TLS, done honestly; the HELLO that is due now. */
export const proveHonestly = async (peer: RawPeer, address?: PeerAddress): Promise<Hello> => {
  const hello = await proveWork(peer, address);
  await peer.secure();
  return hello;
};

/** Calls a daemon and greets it: established, but no link yet. */
export const meetDaemon = async (
  daemon: { readonly p2p: string },
  address?: PeerAddress,
): Promise<RawPeer> => {
  const peer = await callDaemon(daemon);
  peer.send(await proveHonestly(peer, address));
  await peer.next('HELLO');
  return peer;
};

/** Calls a daemon, greets it and asks to be its neighbor; the daemon's answer. */
export const joinDaemon = async (
  daemon: { readonly p2p: string },
  { word = 'high', address }: { readonly word?: NeighborWord; readonly address?: PeerAddress } = {},
): Promise<{ readonly peer: RawPeer; readonly answer: NeighborWord }> => {
  const peer = await meetDaemon(daemon, address);
  peer.send({ type: 'NEIGHBOR', word });
  const answer = await peer.next('NEIGHBOR');
  return { peer, answer: answer.word };
};
