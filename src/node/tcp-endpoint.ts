import { once } from 'node:events';
import { createServer, Socket, type Server } from 'node:net';
import type { DialAddress } from '../common/address.js';
import { SendTally } from '../core/send-queue.js';
import { NOBODY, type ConnectionId, type LogPort } from '../runtime/ports.js';
import type { WireError } from '../wire/decoded.js';
import { describeFailure } from './failure.js';
import { listen } from './listen.js';
import {
  remoteOf,
  TcpConnection,
  type ConnectionStyle,
  type Sending,
  type StreamFramer,
} from './tcp-connection.js';

/**
 * What an endpoint tells: the part that `ApiHandler` and `PeersHandler` have in common, and more.
 */
export type EndpointHandler<Message> = {
  accepted(): ConnectionId | undefined;
  opened(connection: ConnectionId, remote: DialAddress): void;
  connected(connection: ConnectionId, remote: DialAddress): void;
  received(connection: ConnectionId, messages: readonly Message[]): void;
  malformed(connection: ConnectionId, error: WireError, dump: string): void;
  drained(connection: ConnectionId): void;
  closed(connection: ConnectionId, reason: string): void;
};

/** What makes an endpoint one for modules or one for peers. */
export type EndpointStyle<Message> = ConnectionStyle & {
  /** "api" or "peers": names the endpoint in the log. */
  readonly name: string;
  readonly makeFramer: () => StreamFramer<Message>;
};

/** Most time in ms between two looks at the deadlines of all connections: how late they may be. */
const SWEEP_MS_MAX = 1_000;
/** Connections that the system holds for us while we are busy (Node's own default). */
const BACKLOG = 511;

/**
 * A TCP server and dialler: connections by the name that the handler gave them. Calls on names that
 * are not, or no longer, in use do nothing.
 */
export class TcpEndpoint<Message> {
  /** What waits on all connections. */
  readonly waiting = new SendTally();
  readonly #style: EndpointStyle<Message>;
  readonly #handler: EndpointHandler<Message>;
  readonly #log: LogPort;
  readonly #connections = new Map<ConnectionId, TcpConnection<Message>>();
  readonly #server: Server;
  #sweeper: NodeJS.Timeout | undefined;
  #accepting = true;
  #emptied: (() => void) | undefined;

  constructor(style: EndpointStyle<Message>, handler: EndpointHandler<Message>, log: LogPort) {
    this.#style = style;
    this.#handler = handler;
    this.#log = log;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  /**
   * Starts to listen, and returns the address that it really has.
   *
   * @throws ListenError when the address is taken, not ours or not allowed.
   */
  async listen(address: DialAddress): Promise<DialAddress> {
    const bound = await listen(this.#server, address, BACKLOG);
    // For instance no file descriptor was left for a caller; the next one may have more luck.
    this.#server.on('error', (error) =>
      this.#log('error', `${this.#style.name} server failed`, { reason: describeFailure(error) }),
    );
    const { messageTimeoutMs, stallTimeoutMs } = this.#style.limits;
    const everyMs = Math.min(SWEEP_MS_MAX, Math.min(messageTimeoutMs, stallTimeoutMs) / 4);
    this.#sweeper = setInterval(() => this.#sweep(), everyMs);
    return bound;
  }

  /** Opens a connection of this name; `connected` or `closed` is told later, never at once. */
  dial(name: ConnectionId, to: DialAddress, timeoutMs: number): void {
    if (this.#connections.has(name)) {
      this.#log('error', 'dial under a name in use', { connection: name });
      return;
    }
    const socket = new Socket({ allowHalfOpen: true });
    const connection = this.#adopt(name, socket);
    if (this.#accepting) connection.dial(to, timeoutMs);
    else connection.destroy('shutting down');
  }

  /**
   * Queues one frame to each, made once; one that cannot be made is our mistake, and logged.
   * Returns those whose queue has no room for its class, where the style bounds classes.
   */
  send(
    names: readonly ConnectionId[],
    encode: () => Buffer,
    sending: Sending,
  ): readonly ConnectionId[] {
    let refused: ConnectionId[] | undefined;
    try {
      const frame = encode();
      for (const name of names) {
        const connection = this.#connections.get(name);
        if (connection?.send(frame, sending) === false) (refused ??= []).push(name);
      }
    } catch (error) {
      const reason = describeFailure(error);
      this.#log('error', 'message cannot be encoded', { endpoint: this.#style.name, reason });
    }
    return refused ?? NOBODY;
  }

  get(name: ConnectionId): TcpConnection<Message> | undefined {
    return this.#connections.get(name);
  }

  /** Refuses new callers, and does not dial any more. What is open stays open. */
  stopAccepting(): void {
    if (!this.#accepting) return;
    this.#accepting = false;
    this.#server.close();
  }

  /** Stops, closes all connections, and resolves when the last is gone: within the grace. */
  async close(): Promise<void> {
    const stopped = this.#server.listening ? once(this.#server, 'close') : undefined;
    this.stopAccepting();
    for (const connection of this.#connections.values()) connection.close('shutting down');
    if (this.#connections.size > 0) {
      await new Promise<void>((resolve) => (this.#emptied = resolve));
    }
    await stopped;
    clearInterval(this.#sweeper);
  }

  #accept(socket: Socket): void {
    const remote = remoteOf(socket);
    const name = remote && this.#askForName();
    if (remote !== undefined && name !== undefined) {
      this.#adopt(name, socket).open(remote);
      return;
    }
    // Nobody speaks of this socket any more, so its errors have nobody to be told to.
    socket.on('error', () => socket.destroy());
    socket.destroySoon();
  }

  #askForName(): ConnectionId | undefined {
    try {
      return this.#handler.accepted();
    } catch (error) {
      this.#log('error', 'connection handler failed', { reason: describeFailure(error) });
      return undefined;
    }
  }

  #adopt(name: ConnectionId, socket: Socket): TcpConnection<Message> {
    const handler = this.#handler;
    const connection = new TcpConnection(
      socket,
      this.#style.makeFramer(),
      this.#style,
      this.waiting,
      {
        opened: (remote) => handler.opened(name, remote),
        connected: (remote) => handler.connected(name, remote),
        received: (messages) => handler.received(name, messages),
        malformed: (error, dump) => handler.malformed(name, error, dump),
        drained: () => handler.drained(name),
        closed: (reason) => {
          // First, so that the handler may give the name to another connection at once.
          this.#connections.delete(name);
          if (this.#connections.size === 0) this.#emptied?.();
          handler.closed(name, reason);
        },
      },
      this.#log,
    );
    this.#connections.set(name, connection);
    return connection;
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const connection of this.#connections.values()) connection.sweep(nowMs);
  }
}
