/**
 * A host of an attacker that never was a daemon. It speaks the protocol as far as it must, to be
 * let in and to stay: it proves its work, shows the certificate of its own identity, asks to be a
 * neighbor, accepts whoever asks, answers PING. Items it takes, and relays none. The rest is its
 * plot's.
 */
import type { Random } from '../../core/prng.js';
import { proofBinding, proofHash } from '../../core/puzzle.js';
import type { ConnectionId, SecurityRole, SolverPort } from '../../runtime/ports.js';
import { commitment } from '../../wire/commitment.js';
import {
  CHALLENGE_BYTES,
  FRAME_LIMITS,
  IDENTITY_BYTES,
  PROTOCOL_VERSION,
  SALT_BYTES,
  type Challenge,
  type Ok,
  type PeerAddress,
  type PeerMessage,
  type PeerRecord,
  type Verify,
} from '../../wire/messages.js';
import { transcriptHash } from '../../wire/transcript.js';
import type { SimNode } from '../run/swarm.js';
import { Stranger } from '../stranger.js';
import { virtualSolver } from '../virtual-solver.js';
import type { AttackStage, HandshakeTerms } from './attacker.js';
import type { Conduct, Foothold, Plot } from './foothold.js';

/** As honest daemons have them: nobody is faster because of ill will. */
const HASHES_PER_MS = 1;

/** One connection, from its first message on. */
type Session = {
  readonly salt: Buffer;
  /** Whom we have called; undefined: we were called. */
  readonly callee: SimNode | undefined;
  challenge: Challenge | undefined;
  verify: Verify | undefined;
  ok: Ok | undefined;
  isLink: boolean;
};

/** What a host does beside what keeps it in. */
export type HostileConduct = Conduct & {
  /** A link was made. */
  readonly linked?: (connection: ConnectionId) => void;
  /** What we tell of peers, when we are asked. */
  readonly records?: () => readonly PeerRecord[];
};

export type HostilePlot = (foothold: Foothold) => HostileConduct;

export class HostilePeer implements Foothold {
  readonly address: PeerAddress;
  readonly identity: Buffer;
  /** Where it says it listens. */
  readonly #claimed: PeerAddress;
  readonly #terms: HandshakeTerms;
  readonly #random: Random;
  readonly #solver: SolverPort;
  readonly #stranger: Stranger;
  readonly #sessions = new Map<ConnectionId, Session>();
  readonly #conduct: HostileConduct;

  constructor(
    { swarm, random, terms }: AttackStage,
    address: PeerAddress,
    plot: Plot | HostilePlot = () => ({}),
    claimed = address,
  ) {
    const { network, scheduler } = swarm.world;
    this.address = address;
    this.#claimed = claimed;
    this.identity = random.bytes(IDENTITY_BYTES);
    this.#terms = terms;
    this.#random = random;
    this.#solver = virtualSolver({ scheduler, random, hashesPerMs: HASHES_PER_MS });
    const script = {
      called: (connection: ConnectionId) => this.#challenge(connection),
      heard: (connection: ConnectionId, message: PeerMessage) => this.#hear(connection, message),
      secured: (connection: ConnectionId) => this.#greet(connection),
      closed: (connection: ConnectionId) => this.#forget(connection),
    };
    this.#stranger = new Stranger(network, address, script, this.identity);
    this.#conduct = plot({ links: () => this.links(), say: (to, what) => this.say(to, what) });
  }

  /** As others are told of it. */
  get record(): PeerRecord {
    return { address: this.#claimed, identity: this.identity, ageSeconds: 0 };
  }

  /** Calls a node, unless it has a connection with it that it has dialled. */
  call(node: SimNode, address: PeerAddress): void {
    if ([...this.#sessions.values()].some(({ callee }) => callee === node)) return;
    this.#begin(this.#stranger.dial(address), node);
  }

  links(): readonly ConnectionId[] {
    return [...this.#sessions].filter(([, { isLink }]) => isLink).map(([name]) => name);
  }

  /** Connections that it has, or is about to have, by its own calling. */
  get calls(): number {
    return [...this.#sessions.values()].filter(({ callee }) => callee !== undefined).length;
  }

  say(to: readonly ConnectionId[], message: PeerMessage): void {
    for (const connection of to) this.#stranger.send(connection, message);
  }

  // ------------------------------------------------------------------ the handshake, at both ends

  #begin(connection: ConnectionId, callee: SimNode | undefined): Session {
    const salt = this.#random.bytes(SALT_BYTES);
    const nothing = { challenge: undefined, verify: undefined, ok: undefined };
    const session = { salt, callee, ...nothing, isLink: false };
    this.#sessions.set(connection, session);
    this.#stranger.limitFrames(connection, FRAME_LIMITS.established);
    return session;
  }

  #challenge(connection: ConnectionId): void {
    const session = this.#begin(connection, undefined);
    session.challenge = {
      type: 'CHALLENGE',
      version: PROTOCOL_VERSION,
      difficulty: this.#terms.difficulty,
      tls: this.#terms.tls,
      blake3: this.#terms.blake3,
      challenge: this.#random.bytes(CHALLENGE_BYTES),
      commitment: commitment(this.identity, session.salt),
    };
    this.say([connection], session.challenge);
  }

  #hear(connection: ConnectionId, message: PeerMessage): void {
    const session = this.#sessions.get(connection);
    if (session === undefined) return;
    this.#conduct.heard?.(connection, message);
    switch (message.type) {
      case 'CHALLENGE':
        return this.#prove(connection, session, message);
      case 'VERIFY':
        return this.#acknowledge(connection, session, message);
      case 'OK':
        session.ok = message;
        return this.#secure(connection, 'client');
      case 'HELLO':
        if (session.callee !== undefined) this.#ask(connection);
        return;
      case 'NEIGHBOR':
        return this.#answer(connection, session, message.word);
      case 'PING':
        return this.say([connection], { type: 'PONG', echo: message.echo });
      case 'PEER_REQUEST': {
        const peers = this.#conduct.records?.() ?? [];
        return this.say([connection], {
          type: 'PEER_RESPONSE',
          peers: peers.slice(0, message.max),
          sharing: 0,
        });
      }
      default:
        return;
    }
  }

  #prove(connection: ConnectionId, session: Session, challenge: Challenge): void {
    const ours = commitment(this.identity, session.salt);
    const hash = proofHash(challenge);
    const binding = proofBinding(hash, challenge.challenge, challenge.commitment, ours);
    session.challenge = challenge;
    const puzzle = { binding, hash, difficulty: challenge.difficulty };
    this.#solver.solve(connection, puzzle, (nonce) => {
      session.verify = {
        type: 'VERIFY',
        commitment: ours,
        nonce,
        difficulty: 0,
        challenge: this.#random.bytes(CHALLENGE_BYTES),
      };
      this.say([connection], session.verify);
    });
  }

  #acknowledge(connection: ConnectionId, session: Session, verify: Verify): void {
    session.verify = verify;
    const accept = (nonce: Buffer | undefined): void => {
      session.ok = { type: 'OK', nonce };
      this.say([connection], session.ok);
      this.#secure(connection, 'server');
    };
    if (verify.difficulty === 0) return accept(undefined);
    const ours = commitment(this.identity, session.salt);
    const hash = proofHash(this.#terms);
    const binding = proofBinding(hash, verify.challenge, verify.commitment, ours);
    const puzzle = { binding, hash, difficulty: verify.difficulty };
    this.#solver.solve(connection, puzzle, accept);
  }

  #secure(connection: ConnectionId, role: SecurityRole): void {
    if (this.#terms.tls) this.#stranger.secure(connection, role);
    else this.#greet(connection);
  }

  #greet(connection: ConnectionId): void {
    const session = this.#sessions.get(connection);
    const { challenge, verify, ok, salt } = session ?? {};
    if (challenge === undefined || verify === undefined || ok === undefined) return;
    const transcript = transcriptHash(challenge, verify, ok);
    const { identity } = this;
    const who = { identity, salt: salt ?? Buffer.alloc(SALT_BYTES), address: this.#claimed };
    const greeting = { ...who, transcript };
    this.say([connection], { type: 'HELLO', ...greeting, features: 0, agent: 'hearsay/sim' });
    this.say([connection], { type: 'INTEREST', all: true, add: [], remove: [] });
  }

  // ------------------------------------------------------------------ being a neighbor

  #ask(connection: ConnectionId): void {
    this.say([connection], { type: 'NEIGHBOR', word: 'high' });
  }

  #answer(connection: ConnectionId, session: Session, word: string): void {
    if (word === 'refuse') return;
    if (word !== 'accept') this.say([connection], { type: 'NEIGHBOR', word: 'accept' });
    session.isLink = true;
    this.#conduct.linked?.(connection);
  }

  #forget(connection: ConnectionId): void {
    this.#solver.cancel(connection);
    this.#sessions.delete(connection);
  }
}
