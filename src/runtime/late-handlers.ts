import type { ApiHandler, PeersHandler } from './ports.js';

type Handlers = { readonly api: ApiHandler; readonly peers: PeersHandler };

/**
 * Handlers for ports that are opened before the actors exist, because an assembly needs its ports
 * and a port needs its handler. Until `bind`, whoever connects is refused.
 */
export class LateHandlers implements Handlers {
  #bound: Handlers | undefined;

  bind(handlers: Handlers): void {
    this.#bound = handlers;
  }

  readonly api: ApiHandler = {
    accepted: () => this.#bound?.api.accepted(),
    opened: (connection, remote) => this.#bound?.api.opened(connection, remote),
    received: (connection, messages) => this.#bound?.api.received(connection, messages),
    malformed: (connection, error, dump) => this.#bound?.api.malformed(connection, error, dump),
    drained: (connection) => this.#bound?.api.drained(connection),
    closed: (connection, reason) => this.#bound?.api.closed(connection, reason),
  };

  readonly peers: PeersHandler = {
    accepted: () => this.#bound?.peers.accepted(),
    opened: (connection, remote) => this.#bound?.peers.opened(connection, remote),
    connected: (connection, remote) => this.#bound?.peers.connected(connection, remote),
    received: (connection, messages) => this.#bound?.peers.received(connection, messages),
    secured: (connection, identity) => this.#bound?.peers.secured(connection, identity),
    unsecured: (connection, reason) => this.#bound?.peers.unsecured(connection, reason),
    malformed: (connection, error, dump) => this.#bound?.peers.malformed(connection, error, dump),
    drained: (connection) => this.#bound?.peers.drained(connection),
    closed: (connection, reason) => this.#bound?.peers.closed(connection, reason),
  };
}
