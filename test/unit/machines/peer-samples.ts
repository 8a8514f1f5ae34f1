/** Two daemons of the tests, and the connection of one with the other. */
import type { HandshakeOutput } from '../../../machines/handshake.js';
import type {
  PeerConnectionEvent,
  PeerConnectionInput,
  PeerSettings,
} from '../../../machines/peer-connection.js';
import { commitment } from '../../../src/wire/commitment.js';
import type { Hello } from '../../../src/wire/messages.js';
import { transcriptHash } from '../../../src/wire/transcript.js';
import { DIFFICULTY, challenge, ok, verify } from './handshake-samples.js';

export const CONNECTION = 7;
export const OUR_IDENTITY = Buffer.alloc(32, 0x0a);
export const PEERS_IDENTITY = Buffer.alloc(32, 0x0b);
export const PEERS_SALT = Buffer.alloc(16, 0x5b);
export const REMOTE = { host: '192.0.2.7', port: 4_711 };
export const PEERS_ADDRESS = { family: 4, host: '198.51.100.9', port: 6_001 } as const;

export const SETTINGS: PeerSettings = {
  identity: OUR_IDENTITY,
  listenAddress: { family: 4, host: '203.0.113.1', port: 6_001 },
  agent: 'hearsay/test',
  features: 0,
  difficultyMax: DIFFICULTY + 1,
  tls: true,
  blake3: false,
  challengeTimeoutMs: 5_000,
  proofTimeoutMs: 60_000,
  securingTimeoutMs: 9_000,
  greetingTimeoutMs: 10_000,
  acquaintanceTimeoutMs: 11_000,
  pingIntervalMs: 15_000,
  pingTimeoutMs: 3_000,
};

export const peerInput = (changes: Partial<PeerConnectionInput> = {}): PeerConnectionInput => ({
  settings: SETTINGS,
  connection: CONNECTION,
  direction: 'outbound',
  purpose: 'neighbor',
  remote: REMOTE,
  trusted: false,
  difficulty: DIFFICULTY,
  challenge: Buffer.alloc(16, 0xcc),
  salt: Buffer.alloc(16, 0x5a),
  ...changes,
});

const listenersCommitment = commitment(PEERS_IDENTITY, PEERS_SALT);
const TOLD = [challenge({ commitment: listenersCommitment, tls: true }), verify(), ok()] as const;

/** How a handshake with the peer ends well. */
export const ACCEPTED: Extract<HandshakeOutput, { verdict: 'accepted' }> = {
  verdict: 'accepted',
  challenge: TOLD[0],
  verify: TOLD[1],
  ok: TOLD[2],
  peerCommitment: listenersCommitment,
  peerIdentity: PEERS_IDENTITY,
};
export const REFUSED: HandshakeOutput = {
  verdict: 'refused',
  refusal: { error: 'badProof', reason: 'the proof is wrong', byUs: true },
};

export const hello = (changes: Partial<Hello> = {}): Hello => ({
  type: 'HELLO',
  identity: PEERS_IDENTITY,
  salt: PEERS_SALT,
  transcript: transcriptHash(...TOLD),
  address: PEERS_ADDRESS,
  features: 0,
  agent: 'another/1',
  ...changes,
});

type Side = 'challenger' | 'prover';

/** The end of the handshake's child, as XState tells it. */
export const handshakeDone = (side: Side, output: HandshakeOutput) =>
  ({
    type: `xstate.done.actor.${side}.${CONNECTION}`,
    actorId: `${side}.${CONNECTION}`,
    output,
  }) as PeerConnectionEvent;

/** The failure of the handshake's child, as XState tells it. */
export const handshakeFailed = (side: Side) =>
  ({
    type: `xstate.error.actor.${side}.${CONNECTION}`,
    actorId: `${side}.${CONNECTION}`,
    error: new Error('a bug'),
  }) as PeerConnectionEvent;
