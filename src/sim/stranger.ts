/** A peer that keeps no rules but those of its script: for handshakes that go wrong. */
import type { DialAddress } from '../common/address.js';
import type { ConnectionId, LogPort, PeersHandler, SecurityRole } from '../runtime/ports.js';
import type { PeerMessage } from '../wire/messages.js';
import type { VirtualEndpoint, VirtualNetwork } from './virtual-network.js';

/** What a stranger does; whatever is absent it does not do. */
export type Script = {
  /** Somebody has called. */
  readonly called?: (connection: ConnectionId) => void;
  readonly heard?: (connection: ConnectionId, message: PeerMessage) => void;
  /** TLS has begun, for which the script has asked. */
  readonly secured?: (connection: ConnectionId) => void;
  /** It is over, whoever ended it; a dial that failed too. */
  readonly closed?: (connection: ConnectionId) => void;
};

/** A host without a daemon. */
export class Stranger {
  readonly #endpoint: VirtualEndpoint;
  #connections = 0;

  /** `identity`, 32 B, is what its certificate proves, if it speaks TLS. */
  constructor(
    network: VirtualNetwork,
    address: DialAddress,
    script: Script = {},
    identity?: Buffer,
  ) {
    const handler: PeersHandler = {
      accepted: () => this.#nextConnection(),
      opened: (connection) => script.called?.(connection),
      connected: () => undefined,
      received: (connection, messages) => {
        for (const message of messages) script.heard?.(connection, message);
      },
      secured: (connection) => script.secured?.(connection),
      unsecured: (connection) => this.#endpoint.port.close(connection),
      malformed: (connection) => this.#endpoint.port.close(connection),
      drained: () => undefined,
      closed: (connection) => script.closed?.(connection),
    };
    // A script that fails is our bug, of which the daemons it talks to would hide the traces.
    const log: LogPort = (level, what, fields) => {
      if (level === 'error') throw new Error(`stranger: ${what} ${JSON.stringify(fields)}`);
    };
    this.#endpoint = network.open(address, handler, {
      log,
      ...(identity !== undefined && { identity }),
    });
  }

  dial(to: DialAddress): ConnectionId {
    const connection = this.#nextConnection();
    this.#endpoint.port.dial(connection, to);
    return connection;
  }

  send(connection: ConnectionId, message: PeerMessage): void {
    this.#endpoint.port.send([connection], message);
  }

  /** Hears frames of so many bytes from now on. */
  limitFrames(connection: ConnectionId, bytes: number): void {
    this.#endpoint.port.limitFrames(connection, bytes);
  }

  close(connection: ConnectionId): void {
    this.#endpoint.port.close(connection);
  }

  secure(connection: ConnectionId, role: SecurityRole): void {
    this.#endpoint.port.secure(connection, role);
  }

  #nextConnection(): ConnectionId {
    this.#connections += 1;
    return this.#connections;
  }
}
