/** What lies around the end of a virtual connection: its host, and the network. */
import type { DialAddress } from '../common/address.js';
import type { SendTally } from '../core/send-queue.js';
import type { ConnectionId, LogPort, PeersHandler } from '../runtime/ports.js';
import type { PeerMessage } from '../wire/messages.js';
import type { Cuts } from './cuts.js';
import type { Paths } from './paths.js';
import type { Scheduler } from './virtual-clock.js';

/** Whoever counts what passes between hosts. */
export type NetworkTap = {
  /** A message was handed to the sender's sockets. */
  sent(fromHost: string, toHost: string, message: PeerMessage, bytes: number): void;
  /** A message is about to be told to the receiver. */
  received(fromHost: string, toHost: string, message: PeerMessage): void;
};

/** What lies between the hosts, as a link needs it; `End`: of a connection. */
export type LinkNetwork<End> = {
  readonly scheduler: Scheduler;
  readonly dialTimeoutMs: number;
  readonly paths: Paths;
  readonly cuts: Cuts;
  readonly tap: NetworkTap | undefined;
  /** No connection opens before this moment. */
  readonly opensFromMs: number;
  listenerAt(address: DialAddress): LinkHost<End> | undefined;
};

/** The host at one end of a link. */
export type LinkHost<End> = {
  readonly network: LinkNetwork<End>;
  readonly address: DialAddress;
  readonly handler: PeersHandler;
  readonly log: LogPort;
  /** Bytes a millisecond, shared by all its links; undefined: no limit. */
  readonly uplink: number | undefined;
  uplinkFreeMs: number;
  /** What waits on all its links. */
  readonly waiting: SendTally;
  /** The process stands still: what comes waits. */
  readonly isFrozen: boolean;
  whenAwake(act: () => void): void;
  onThawed(goOn: () => void): void;
  /** What its certificate proves, 32 B; undefined: it has none, and speaks no TLS. */
  readonly identity: Buffer | undefined;
  admit(end: End): ConnectionId | undefined;
  release(connection: ConnectionId): void;
};
