import type { DialAddress } from '../common/address.js';
import { sendClassOf } from '../core/send-classes.js';
import {
  LOW_WATER_BYTES,
  type LogPort,
  type PeersHandler,
  type PeersPort,
} from '../runtime/ports.js';
import { peerFramer } from '../wire/framing.js';
import type { PeerMessage } from '../wire/messages.js';
import { encodePeer } from '../wire/peer-codec.js';
import type { ConnectionLimits } from './tcp-connection.js';
import { TcpEndpoint } from './tcp-endpoint.js';
import type { LinkSecurity } from './tls-link.js';

/** Limits of the connections with other daemons; see `PEERS_LIMITS`. */
export type PeersLimits = ConnectionLimits & {
  /** A dial that has not succeeded by then, name lookup included, has failed. */
  readonly dialTimeoutMs: number;
};

/** Our guesses, but for the 15 s of stalling, which the p2p protocol page has. */
export const PEERS_LIMITS: PeersLimits = {
  messageTimeoutMs: 30_000,
  stallTimeoutMs: 15_000,
  closeGraceMs: 1_000,
  lowWaterBytes: LOW_WATER_BYTES,
  unsentBytesMax: Infinity,
  dialTimeoutMs: 5_000,
};

/** Where to listen for other daemons, and limits that differ from `PEERS_LIMITS`. */
export type PeersOptions = {
  readonly address: DialAddress;
  /** What TLS needs; undefined: all is plain, and `secure` is refused. */
  readonly security?: LinkSecurity | undefined;
} & Partial<PeersLimits>;

/** A running endpoint and how to end it. */
export type Listening<Port> = {
  readonly port: Port;
  /** Where it really listens: the port that the system picked, when 0 was asked for. */
  readonly address: DialAddress;
  /** Refuses new connections, and does not dial any more. */
  stopAccepting(): void;
  /** Stops and closes all; each connection's `closed` is told before this resolves. */
  close(): Promise<void>;
};

/**
 * Listens for other daemons and dials them: over TCP, with TLS on it when somebody asks for it.
 *
 * @throws ListenError when the address is taken, not ours or not allowed.
 */
export const listenPeers = async (
  { address, security, ...changes }: PeersOptions,
  handler: PeersHandler,
  log: LogPort,
): Promise<Listening<PeersPort>> => {
  const limits = { ...PEERS_LIMITS, ...changes };
  const endpoint = new TcpEndpoint<PeerMessage>(
    {
      name: 'peers',
      limits,
      stallReason: 'does not drain',
      boundsClasses: true,
      // A peer that dies while it sends breaks no rule; it must not be held against its address.
      endInsideMessageIsMalformed: false,
      makeFramer: () => peerFramer({ tls: security !== undefined }),
    },
    handler,
    log,
  );
  const port: PeersPort = {
    dial: (connection, to) => endpoint.dial(connection, to, limits.dialTimeoutMs),
    send: (connections, message, copy) =>
      endpoint.send(
        connections,
        () => encodePeer(message),
        copy ?? { sendClass: sendClassOf(message.type) },
      ),
    cancel: (connection, itemIds) => endpoint.get(connection)?.cancel(itemIds) ?? 0,
    waitingBytes: (sendClass) => endpoint.waiting.bytesOf(sendClass),
    unsentBytes: (connection) => endpoint.get(connection)?.unsentBytes ?? 0,
    limitFrames: (connection, bytes) => {
      const framer = endpoint.get(connection)?.framer;
      if (framer !== undefined) framer.limitBytes = bytes;
    },
    secure: (connection, role) => {
      const link = endpoint.get(connection);
      if (security === undefined) return link?.destroy('there is no certificate for TLS');
      link?.secure(role, security, {
        secured: (identity) => handler.secured(connection, identity),
        unsecured: (reason) => handler.unsecured(connection, reason),
      });
    },
    close: (connection) => endpoint.get(connection)?.close('closed by us'),
  };
  return {
    port,
    address: await endpoint.listen(address),
    stopAccepting: () => endpoint.stopAccepting(),
    close: () => endpoint.close(),
  };
};
