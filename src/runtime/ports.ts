/**
 * Everything that the actors may ask of the world, and all that the world may tell them. One
 * implementation per runner: `src/node` has sockets, workers, files and the real clock; the
 * simulator has virtual ones. The contract tests run on every implementation.
 */
import type { DialAddress } from '../common/address.js';
import type { Puzzle } from '../core/puzzle.js';
import type { SendClass } from '../core/send-classes.js';
import type { ApiRequest, GossipNotification, PeerMessage, RpsPeer } from '../wire/messages.js';
import type { WireError } from '../wire/decoded.js';

/**
 * Names one connection while it lives. Small numbers, handed out by the runtime and used again
 * after the connection's `closed`, because XState keeps a little of every actor id for ever.
 */
export type ConnectionId = number;

/**
 * Unsent bytes of a connection above which whoever sends had better wait for `drained`. Our guess:
 * a few round trips' worth of a fast link.
 */
export const LOW_WATER_BYTES = 262_144;

/** The only source of time. XState's `Clock`, and two readings. */
export type ClockPort = {
  setTimeout(fire: (...args: unknown[]) => void, delayMs: number): unknown;
  clearTimeout(id: unknown): void;
  /** Milliseconds since 1970. May jump; only for what is compared with other hosts. */
  wallMs(): number;
  /** Milliseconds since some moment; never goes back. */
  monotonicMs(): number;
};

/** The only source of chance: unpredictable in the daemon, seeded in the simulator. */
export type RandomPort = {
  bytes(length: number): Buffer;
  /** A whole number, 0 <= n < bound, uniformly. `bound` is at most 2^32. */
  below(bound: number): number;
};

/** Connections of local modules. All calls are best effort and never block or throw. */
export type ApiPort = {
  /** Queues a NOTIFICATION. What is queued in one tick leaves in one write. */
  send(connection: ConnectionId, message: GossipNotification): void;
  /** Bytes accepted by `send` that the operating system has not taken yet. */
  unsentBytes(connection: ConnectionId): number;
  /** Stops reading, sends what is queued, closes; destroys after a grace of one second. */
  close(connection: ConnectionId): void;
};

/** What the API port tells the runtime. After `closed` it says nothing more of that connection. */
export type ApiHandler = {
  /** A module connected. Returns its name, at once; undefined: refused, the port ends it. */
  accepted(): ConnectionId | undefined;
  /** Follows `accepted` as soon as the port answers to the name; `remote` is for the log. */
  opened(connection: ConnectionId, remote: string): void;
  /** What one read brought, in order: never empty. */
  received(connection: ConnectionId, messages: readonly ApiRequest[]): void;
  /** Bytes that are no message; `dump` is a short hex dump. The runtime will close. */
  malformed(connection: ConnectionId, error: WireError, dump: string): void;
  /** What was queued has left, after `unsentBytes` had been above `LOW_WATER_BYTES`. */
  drained(connection: ConnectionId): void;
  /** The connection is gone, for whatever reason, `close` included. */
  closed(connection: ConnectionId, reason: string): void;
};

/** Who speaks first when TLS begins: the end that dialled is the client. */
export type SecurityRole = 'client' | 'server';

/** What makes a SPREAD the copy of an item. */
export type ItemCopy = {
  /** By which it can be taken back. */
  readonly itemId: string;
  /** Unasked, or in answer to WANT. */
  readonly sendClass: Extract<SendClass, 'push' | 'answer'>;
};

/** For `send`, which nearly always refuses nobody. */
export const NOBODY: readonly ConnectionId[] = [];

/** Connections with other daemons. All calls are best effort and never block or throw. */
export type PeersPort = {
  /** Dials, and tells `connected` or `closed`. A host name is resolved, each address tried. */
  dial(connection: ConnectionId, to: DialAddress): void;
  /**
   * Queues one message to each; encoded once. What is queued in one tick leaves in one write, by
   * class (`src/core/send-classes.ts`). Returns those whose queue has no room for the class of the
   * message: nothing was queued there.
   */
  send(
    connections: readonly ConnectionId[],
    message: PeerMessage,
    copy?: ItemCopy,
  ): readonly ConnectionId[];
  /** Takes back the copies of these items that have not begun to leave; how many there were. */
  cancel(connection: ConnectionId, itemIds: readonly string[]): number;
  /** Bytes of a class that wait on all connections. */
  waitingBytes(sendClass: SendClass): number;
  /** Bytes accepted by `send` that the operating system has not taken yet. */
  unsentBytes(connection: ConnectionId): number;
  /** Sets the largest frame accepted from now on, header included. */
  limitFrames(connection: ConnectionId, bytes: number): void;
  /**
   * Begins TLS on the same socket, behind what was sent and what has been heard: tells `secured` or
   * `unsecured`, unless the connection is `closed` first. What is sent meanwhile waits for it.
   */
  secure(connection: ConnectionId, role: SecurityRole): void;
  /** Stops reading, sends what is queued, closes; destroys after a grace of one second. */
  close(connection: ConnectionId): void;
};

/**
 * What the peers port tells the runtime. After `closed` it says nothing more of that connection.
 */
export type PeersHandler = {
  /** A caller connected. Returns its name, at once; undefined: refused, the port ends it. */
  accepted(): ConnectionId | undefined;
  /** Follows `accepted` as soon as the port answers to the name. */
  opened(connection: ConnectionId, remote: DialAddress): void;
  /** A dial succeeded; `remote` is the address that answered. */
  connected(connection: ConnectionId, remote: DialAddress): void;
  /** What one read brought, in order: never empty. */
  received(connection: ConnectionId, messages: readonly PeerMessage[]): void;
  /** TLS has begun: what the peer's certificate proves, 32 B. */
  secured(connection: ConnectionId, identity: Buffer): void;
  /**
   * TLS failed, or the peer's certificate proves no identity. Nothing that the peer sends is heard
   * any more. The runtime will close.
   */
  unsecured(connection: ConnectionId, reason: string): void;
  /** Bytes that are no message; `dump` is a short hex dump. The runtime will close. */
  malformed(connection: ConnectionId, error: WireError, dump: string): void;
  /**
   * What was queued has left, after `unsentBytes` had been above `LOW_WATER_BYTES` or `send` had
   * refused the connection.
   */
  drained(connection: ConnectionId): void;
  /** A dial failed or the connection is gone, for whatever reason, `close` included. */
  closed(connection: ConnectionId, reason: string): void;
};

/** Solves proof-of-work puzzles off the caller's stack. */
export type SolverPort = {
  /** Calls `done` once with the 8-byte nonce, unless cancelled before. `job` names the solve. */
  solve(job: ConnectionId, puzzle: Puzzle, done: (nonce: Buffer) => void): void;
  /** Forgets a job; unknown jobs are ignored. */
  cancel(job: ConnectionId): void;
};

/** Keeps the address book's text over a restart. */
export type AddressBookPort = {
  /**
   * Writes atomically, off the caller's stack, what `text` returns when the write begins. Of what
   * is saved while another write is under way, only the latest is written. A failure is logged,
   * never thrown.
   */
  save(text: () => string): void;
};

/** The local RPS module, when the config names one. */
export type RpsPort = {
  /** Asks for one random peer; undefined when there was no usable answer in time. */
  query(done: (peer: RpsPeer | undefined) => void): void;
};

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
/** One line per event worth an operator's attention; nothing per message above `debug`. */
export type LogPort = (
  level: LogLevel,
  what: string,
  fields?: Readonly<Record<string, string | number | boolean | undefined>>,
) => void;

export type Ports = {
  readonly clock: ClockPort;
  readonly random: RandomPort;
  readonly api: ApiPort;
  readonly peers: PeersPort;
  readonly solver: SolverPort;
  readonly addressBook: AddressBookPort;
  readonly rps: RpsPort | undefined;
  readonly log: LogPort;
};
