import { createConnection, type Socket } from 'node:net';
import { formatAddress, type DialAddress } from '../common/address.js';
import { encodeApi } from '../wire/api-codec.js';
import { apiNotificationFramer } from '../wire/framing.js';
import { ITEM_DATA_BYTES_MAX, type GossipNotification } from '../wire/messages.js';
import { parseAddress } from './address.js';
import { GossipClientError, systemReason } from './errors.js';
import { NotificationStream, type Notification } from './notification-stream.js';

/** How a client behaves. The defaults are our guesses. */
export type ConnectOptions = {
  /** How long connecting may take, in milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** How long `close` waits for the daemon before it cuts the connection, in ms. Default 5,000. */
  readonly closeTimeoutMs?: number;
  /**
   * Notifications that may wait in open iterators before the socket is paused; also how many are
   * kept for an iterator that does not exist yet. Default 256. One read of the socket (64 KiB) may
   * go over it.
   */
  readonly waitingMax?: number;
};

/** How an announce travels. */
export type AnnounceOptions = {
  /** Most hops: 1 reaches the daemon's direct neighbours, 0 (the default) is unlimited. */
  readonly ttl?: number;
};

type Queued = {
  readonly frame: Buffer;
  readonly sent: () => void;
  readonly failed: (error: Error) => void;
};

const requireByteRange = (what: string, value: number, max: number): void => {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`${what} is ${value}, allowed are whole numbers from 0 to ${max}`);
  }
};

const requireDataType = (dataType: number): void =>
  requireByteRange('the data type', dataType, 65_535);

const lost = (error: Error): GossipClientError =>
  new GossipClientError('broken', `connection lost: ${systemReason(error)}`);

const toBuffer = (data: Uint8Array | string): Buffer =>
  typeof data === 'string'
    ? Buffer.from(data)
    : Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/**
 * One connection with the gossip daemon of this host, made by {@link connect}.
 *
 * What is sent in one tick leaves in one write, and while the system has not taken a write the next
 * ones are gathered. A client that reads slower than items come stops reading the socket, and the
 * daemon then skips its oldest notifications.
 */
export class GossipClient {
  /**
   * Settles when the connection is gone: resolves when one end closed it in order, rejects with a
   * {@link GossipClientError} otherwise. Need not be looked at.
   */
  readonly closed: Promise<void>;

  readonly #socket: Socket;
  readonly #waitingMax: number;
  readonly #closeTimeoutMs: number;
  readonly #framer = apiNotificationFramer();
  readonly #streams = new Set<NotificationStream>();
  readonly #subscriptions = new Map<number, Promise<void>>();
  readonly #unclaimed: Notification[] = [];
  #outbox: Queued[] = [];
  #writing = false;
  #closing = false;
  #failure: GossipClientError | undefined;

  /** Takes over a connected socket; programs use {@link connect}. */
  constructor(socket: Socket, options: ConnectOptions = {}) {
    this.#socket = socket;
    this.#waitingMax = options.waitingMax ?? 256;
    this.#closeTimeoutMs = options.closeTimeoutMs ?? 5_000;
    this.closed = new Promise((resolve, reject) => {
      socket.once('close', () => {
        this.#finish();
        if (this.#failure === undefined) resolve();
        else reject(this.#failure);
      });
    });
    // Whoever does not look at `closed` must not be killed by an unhandled rejection.
    this.closed.catch(() => {});
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => this.#otherEndClosed());
    socket.on('error', (error) => this.#fail(lost(error)));
  }

  /**
   * Spreads `data` (1 to 65,527 bytes; a string as UTF-8). Resolves when the bytes were handed to
   * the system; there is no answer from the daemon, delivery is best effort.
   *
   * @throws RangeError for a data type outside 0-65,535, a ttl outside 0-255, no or too much data.
   * @throws GossipClientError when the connection has ended, or ends before the bytes have left.
   */
  async announce(
    dataType: number,
    data: Uint8Array | string,
    { ttl = 0 }: AnnounceOptions = {},
  ): Promise<void> {
    requireDataType(dataType);
    requireByteRange('the ttl', ttl, 255);
    const bytes = toBuffer(data);
    if (bytes.length === 0 || bytes.length > ITEM_DATA_BYTES_MAX) {
      throw new RangeError(
        `an item has 1 to ${ITEM_DATA_BYTES_MAX} bytes of data, not ${bytes.length}`,
      );
    }
    await this.#send(encodeApi({ type: 'ANNOUNCE', ttl, dataType, data: bytes }));
  }

  /**
   * Asks for items of a type, until the connection ends: there is no unsubscribe. Resolves when the
   * request was handed to the system; the daemon does not confirm it. Repeating it changes nothing.
   *
   * @throws RangeError for a data type outside 0-65,535.
   * @throws GossipClientError when the connection has ended.
   */
  async subscribe(dataType: number): Promise<void> {
    requireDataType(dataType);
    const earlier = this.#subscriptions.get(dataType);
    if (earlier !== undefined && this.#isOpen) return earlier;
    const subscription = this.#send(encodeApi({ type: 'NOTIFY', dataType }));
    this.#subscriptions.set(dataType, subscription);
    return subscription;
  }

  /**
   * Subscribes to the types and gives their notifications as they come; answer each with `accept`
   * or `reject`, or abstain. The loop ends when the connection ends, and throws a
   * {@link GossipClientError} when it ended by an error or by bytes that are no notification; what
   * came before can still be read. Leaving the loop stops the iterator, not the subscription.
   *
   * A notification goes to every open iterator of its type. One that nobody asked for is kept for
   * the next iterator that wants it, the last 256; older ones are dropped without a verdict.
   *
   * @throws RangeError for a data type outside 0-65,535.
   */
  notifications(...dataTypes: number[]): AsyncIterableIterator<Notification, undefined> {
    dataTypes.forEach(requireDataType);
    const stream = new NotificationStream(dataTypes, {
      taken: () => this.#regulate(),
      returned: (ended) => {
        this.#streams.delete(ended);
        this.#regulate();
      },
    });
    for (const notification of this.#unclaimed.splice(0)) {
      (stream.wants(notification.dataType) ? stream : this.#unclaimed).push(notification);
    }
    if (!this.#isOpen) {
      stream.end(this.#failure);
      return stream;
    }
    this.#streams.add(stream);
    // A subscription that cannot be sent means a connection that ends: the stream tells of that.
    for (const dataType of dataTypes) this.subscribe(dataType).catch(() => {});
    return stream;
  }

  /**
   * Sends what is queued, closes, and resolves when the connection is gone. Open iterators end at
   * once. A daemon that does not close its end in time is cut off; never rejects.
   */
  async close(): Promise<void> {
    if (!this.#closing && !this.#socket.closed) {
      this.#closing = true;
      for (const stream of this.#streams) stream.drop();
      this.#unclaimed.length = 0;
      // The daemon's end of the stream is only seen by a socket that reads.
      this.#socket.resume();
      if (!this.#writing) this.#socket.end();
      const cut = setTimeout(() => this.#socket.destroy(), this.#closeTimeoutMs);
      this.#socket.once('close', () => clearTimeout(cut));
    }
    await this.closed.catch(() => {});
  }

  /** The same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #isOpen(): boolean {
    return this.#socket.writable && !this.#closing;
  }

  #send(frame: Buffer): Promise<void> {
    if (!this.#isOpen) return Promise.reject(this.#whyGone());
    return new Promise((sent, failed) => {
      this.#outbox.push({ frame, sent, failed });
      if (this.#writing) return;
      this.#writing = true;
      setImmediate(() => this.#flush());
    });
  }

  #flush(): void {
    const batch = this.#outbox;
    this.#outbox = [];
    if (!this.#socket.writable) {
      this.#flushed(batch, false);
      return;
    }
    this.#socket.write(Buffer.concat(batch.map(({ frame }) => frame)), (error) => {
      // The system's error comes here before the socket's `error` event.
      if (error && !this.#socket.destroyed) this.#fail(lost(error));
      this.#flushed(batch, !error);
    });
  }

  #flushed(batch: readonly Queued[], ok: boolean): void {
    for (const { sent, failed } of batch) {
      if (ok) sent();
      else failed(this.#whyGone());
    }
    if (this.#outbox.length > 0) {
      this.#flush();
      return;
    }
    this.#writing = false;
    if (this.#closing) this.#socket.end();
  }

  #receive(chunk: Buffer): void {
    if (this.#closing) return;
    const { messages, error } = this.#framer.push(chunk);
    for (const message of messages) this.#deliver(this.#toNotification(message));
    if (error !== undefined) {
      this.#fail(
        new GossipClientError('garbage', `not a notification: ${error.code}, ${error.detail}`),
      );
    }
    this.#regulate();
  }

  #toNotification({ messageId, dataType, data }: GossipNotification): Notification {
    let answered = false;
    const answer = (valid: boolean): void => {
      if (answered) return;
      answered = true;
      // Nobody can be told of a verdict that came too late, nor needs to be.
      this.#send(encodeApi({ type: 'VALIDATION', messageId, valid })).catch(() => {});
    };
    return {
      dataType,
      // A copy, so that a small item which is kept does not keep the whole read with it.
      data: Buffer.from(data),
      messageId,
      accept: () => answer(true),
      reject: () => answer(false),
    };
  }

  #deliver(notification: Notification): void {
    const takers = [...this.#streams].filter((stream) => stream.wants(notification.dataType));
    for (const stream of takers) stream.push(notification);
    if (takers.length > 0) return;
    this.#unclaimed.push(notification);
    if (this.#unclaimed.length > this.#waitingMax) this.#unclaimed.shift();
  }

  /** Reads the socket only while there is room in the open iterators. */
  #regulate(): void {
    if (this.#closing) return;
    let waiting = 0;
    for (const stream of this.#streams) waiting += stream.waiting;
    if (waiting >= this.#waitingMax) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  #otherEndClosed(): void {
    if (this.#framer.pendingBytes === 0 || this.#closing) return;
    this.#fail(new GossipClientError('broken', 'the connection ended inside a message'));
  }

  #fail(error: GossipClientError): void {
    this.#failure ??= error;
    this.#socket.destroy();
  }

  #finish(): void {
    const batch = this.#outbox;
    this.#outbox = [];
    for (const { failed } of batch) failed(this.#whyGone());
    for (const stream of this.#streams) stream.end(this.#failure);
    this.#streams.clear();
  }

  #whyGone(): GossipClientError {
    return this.#failure ?? new GossipClientError('closed', 'the connection has ended');
  }
}

/**
 * Connects to the API address of a daemon: `127.0.0.1:7001`, `[::1]:7001`, `host.name:7001`, or
 * host and port.
 *
 * @throws RangeError for an address that is none.
 * @throws GossipClientError `unreachable` when nobody answers there in time.
 */
export const connect = async (
  address: string | DialAddress,
  options: ConnectOptions = {},
): Promise<GossipClient> => {
  const to = typeof address === 'string' ? parseAddress(address) : address;
  if (to === undefined) throw new RangeError(`"${String(address)}" is no HOST:PORT`);
  const timeoutMs = options.connectTimeoutMs ?? 10_000;
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: to.host, port: to.port, noDelay: true });
    const giveUp = (reason: string): void => {
      clearTimeout(timeout);
      socket.destroy();
      const message = `cannot reach the daemon at ${formatAddress(to)}: ${reason}`;
      reject(new GossipClientError('unreachable', message));
    };
    const refused = (error: Error): void => giveUp(systemReason(error));
    const timeout = setTimeout(() => giveUp(`no answer in ${timeoutMs} ms`), timeoutMs);
    socket.once('error', refused);
    socket.once('connect', () => {
      clearTimeout(timeout);
      socket.off('error', refused);
      resolve(new GossipClient(socket, options));
    });
  });
};
