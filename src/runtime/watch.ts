/**
 * What a person who looks is shown beyond the actors: messages at the sockets and steps in the
 * lives of items. While nobody looks it costs one comparison each. And what such a person may do
 * to a link: cut it, so that nothing passes, and heal it again.
 */
import type { ApiRequest, GossipNotification, PeerMessage } from '../wire/messages.js';
import { NOBODY, type ConnectionId, type PeersHandler, type Ports } from './ports.js';

/** What can happen to an item at one daemon. */
export type ItemStepName =
  | 'announced'
  | 'arrived'
  | 'arrived again'
  | 'asked'
  | 'answered'
  | 'accepted'
  | 'rejected'
  | 'ignored'
  | 'relayed'
  | 'offered'
  | 'held'
  | 'uninteresting'
  | 'refused';

export type ItemStep = {
  readonly step: ItemStepName;
  readonly item: string;
  readonly dataType: number;
  /** The actor that it concerns: `api-connection.N` or `peer-connection.N`. */
  readonly who: string | undefined;
  /** "valid", "ttl 3", why it was refused. */
  readonly detail: string;
  /** What the item says, where it is at hand. */
  readonly data?: Buffer | undefined;
};

export type WatchedMessage =
  | {
      readonly side: 'peer';
      readonly direction: 'in' | 'out';
      readonly connection: ConnectionId;
      readonly message: PeerMessage;
    }
  | {
      readonly side: 'api';
      readonly direction: 'in' | 'out';
      readonly connection: ConnectionId;
      readonly message: ApiRequest | GossipNotification;
    };

export type Watcher = {
  message(watched: WatchedMessage): void;
  /** Whoever only counts need not ask what it was. */
  item(step: () => ItemStep): void;
};

/** Stands between the ports and the actors of one daemon. */
export class Watch {
  /** Whoever looks; undefined: nobody. */
  watcher: Watcher | undefined;
  readonly #cut = new Set<ConnectionId>();

  isCut(connection: ConnectionId): boolean {
    return this.#cut.has(connection);
  }

  /** From now on nothing passes, in either direction, and neither end is told. */
  cut(connection: ConnectionId): void {
    this.#cut.add(connection);
  }

  heal(connection: ConnectionId): void {
    this.#cut.delete(connection);
  }

  /** A step in the life of an item; `step` is only called while somebody looks. */
  item(step: () => ItemStep): void {
    this.watcher?.item(step);
  }

  /** What a module sent. */
  apiReceived(connection: ConnectionId, messages: readonly ApiRequest[]): void {
    if (this.watcher === undefined) return;
    for (const message of messages) {
      this.watcher.message({ side: 'api', direction: 'in', connection, message });
    }
  }

  /** The same ports, watched and cut. */
  ports(ports: Ports): Ports {
    return {
      ...ports,
      api: {
        ...ports.api,
        send: (connection, message) => {
          this.watcher?.message({ side: 'api', direction: 'out', connection, message });
          ports.api.send(connection, message);
        },
      },
      peers: {
        ...ports.peers,
        send: (connections, message, copy) => {
          const open = this.#cut.size === 0 ? connections : this.#uncut(connections);
          const refused = open.length > 0 ? ports.peers.send(open, message, copy) : NOBODY;
          this.#peersSent(connections, message, refused);
          return refused;
        },
      },
    };
  }

  /** The same handler, watched and cut. */
  peersHandler(handler: PeersHandler): PeersHandler {
    return {
      ...handler,
      received: (connection, messages) => {
        if (this.#cut.size > 0 && this.#cut.has(connection)) return;
        if (this.watcher !== undefined) {
          for (const message of messages) {
            this.watcher.message({ side: 'peer', direction: 'in', connection, message });
          }
        }
        handler.received(connection, messages);
      },
      closed: (connection, reason) => {
        this.#cut.delete(connection);
        handler.closed(connection, reason);
      },
    };
  }

  #peersSent(
    connections: readonly ConnectionId[],
    message: PeerMessage,
    refused: readonly ConnectionId[],
  ): void {
    if (this.watcher === undefined) return;
    for (const connection of connections) {
      if (refused.includes(connection)) continue;
      this.watcher.message({ side: 'peer', direction: 'out', connection, message });
    }
  }

  #uncut(connections: readonly ConnectionId[]): ConnectionId[] {
    return connections.filter((connection) => !this.#cut.has(connection));
  }
}
