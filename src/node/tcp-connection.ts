import type { Socket } from 'node:net';
import { formatAddress, type DialAddress } from '../common/address.js';
import { hasRoom, type SendClass } from '../core/send-classes.js';
import { SendQueue, type SendTally } from '../core/send-queue.js';
import type { LogPort, SecurityRole } from '../runtime/ports.js';
import type { WireError } from '../wire/decoded.js';
import { describeFailure } from './failure.js';
import { Outbox } from './outbox.js';
import { beginTls, beginsTls, type LinkSecurity, type SecurityOwner } from './tls-link.js';

/** Limits of every connection of an endpoint. */
export type ConnectionLimits = {
  /** A message not complete this long after its first byte is malformed. */
  readonly messageTimeoutMs: number;
  /** Unsent bytes of which the other side takes none for this long end the connection. */
  readonly stallTimeoutMs: number;
  /** How long a closed connection may still send what is queued. */
  readonly closeGraceMs: number;
  /** `drained` is told of after more bytes than this were unsent. */
  readonly lowWaterBytes: number;
  /** More unsent bytes than this end the connection; Infinity where classes bound them. */
  readonly unsentBytesMax: number;
};

/** How a frame is to be sent. */
export type Sending = {
  readonly sendClass: SendClass;
  /** The item that it is a copy of. */
  readonly itemId?: string | undefined;
};

/** What cuts the incoming bytes into messages; `src/wire/framing.ts` makes them. */
export type StreamFramer<Message> = {
  limitBytes: number;
  readonly pendingBytes: number;
  readonly pending: Buffer;
  /** What came behind is not for the framer: it is kept until `surrender`. */
  readonly hasEnded: boolean;
  /** The bytes that are no message, which the framer forgets. */
  surrender(): Buffer;
  push(chunk: Buffer): {
    readonly messages: readonly Message[];
    readonly error: WireError | undefined;
  };
};

/** What a connection tells: `opened` or `connected` first, `closed` last, and once. */
export type ConnectionOwner<Message> = {
  opened(remote: DialAddress): void;
  connected(remote: DialAddress): void;
  received(messages: readonly Message[]): void;
  malformed(error: WireError, dump: string): void;
  drained(): void;
  closed(reason: string): void;
};

/** How one kind of connection differs from another. */
export type ConnectionStyle = {
  readonly limits: ConnectionLimits;
  /** Why a connection is closed whose other side takes nothing. */
  readonly stallReason: string;
  /** A frame whose class has no room is refused; otherwise `unsentBytesMax` alone is the bound. */
  readonly boundsClasses: boolean;
  /** A stream that ends inside a message is malformed; otherwise it is merely closed. */
  readonly endInsideMessageIsMalformed: boolean;
};

/** Bytes of a hex dump: enough to tell HTTP from TLS from noise. */
const DUMP_BYTES = 32;
/** What Node reads of a socket at once. A read that is full says that there is more. */
const READ_BYTES = 65_536;
/** Keepalive probes begin after this much silence (our guess; our own PINGs come sooner). */
const KEEP_ALIVE_MS = 30_000;

/**
 * One TCP connection as messages in and frames out: framing, queue, deadlines and an orderly end.
 * It begins in the clear; `secure` puts TLS on the same socket.
 *
 * Whatever happens to the socket, the owner is told `closed` exactly once and nothing after that.
 * An owner that throws loses this connection, and nothing else.
 */
export class TcpConnection<Message> {
  readonly framer: StreamFramer<Message>;
  /** The socket in the clear, then the one of TLS upon it. */
  #socket: Socket;
  readonly #style: ConnectionStyle;
  readonly #owner: ConnectionOwner<Message>;
  readonly #log: LogPort;
  readonly #queue: SendQueue<Buffer>;
  readonly #tally: SendTally;
  #outbox: Outbox;
  /** Set while TLS is due and has not begun: begins it with what has been read already. */
  #startTls: ((early: Buffer) => void) | undefined;
  /** While securing nothing may leave. */
  #channel: 'plain' | 'securing' | 'tls' = 'plain';
  #phase: 'open' | 'deaf' | 'closing' | 'closed' = 'open';
  #reason: string | undefined;
  #grace: NodeJS.Timeout | undefined;
  /** When the first byte of the unfinished message came. */
  #messageSinceMs: number | undefined;
  #progress = { takenBytes: 0, sinceMs: performance.now() };

  constructor(
    socket: Socket,
    framer: StreamFramer<Message>,
    style: ConnectionStyle,
    tally: SendTally,
    owner: ConnectionOwner<Message>,
    log: LogPort,
  ) {
    this.framer = framer;
    this.#socket = socket;
    this.#style = style;
    this.#owner = owner;
    this.#log = log;
    this.#tally = tally;
    this.#queue = new SendQueue(tally);
    this.#outbox = this.#makeOutbox(socket);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.#listenTo(socket);
  }

  /** Bytes sent here that the operating system has not taken yet. */
  get unsentBytes(): number {
    return this.#outbox.unsentBytes;
  }

  /** Begins a connection that somebody else dialled. */
  open(remote: DialAddress): void {
    this.#tell(() => this.#owner.opened(remote));
  }

  /** Opens a dialled connection: tells `connected`, or `closed` with why not. */
  dial(to: DialAddress, timeoutMs: number): void {
    const late = setTimeout(() => this.destroy(`no connection within ${timeoutMs} ms`), timeoutMs);
    this.#socket.once('close', () => clearTimeout(late));
    this.#socket.once('connect', () => {
      clearTimeout(late);
      this.#tell(() => this.#owner.connected(remoteOf(this.#socket) ?? to));
    });
    try {
      this.#socket.connect({ host: to.host, port: to.port });
    } catch (error) {
      // Node throws when it is told of a port that there cannot be.
      this.destroy(`cannot dial ${formatAddress(to)}: ${describeFailure(error)}`);
    }
  }

  /**
   * Queues a frame, whose bytes must not change any more. False: its class has no room; `drained`
   * will be told.
   */
  send(frame: Buffer, { sendClass, itemId }: Sending): boolean {
    if (!this.#hasRoom(sendClass)) {
      this.#outbox.noteRefusal();
      return false;
    }
    if (this.#outbox.unsentBytes === 0) this.#progress.sinceMs = performance.now();
    this.#outbox.push(frame, sendClass, itemId);
    return true;
  }

  /** Takes back what has not begun to leave of these items; how many frames that were. */
  cancel(itemIds: readonly string[]): number {
    let cancelled = 0;
    for (const itemId of itemIds) cancelled += this.#queue.cancel(itemId);
    return cancelled;
  }

  /**
   * Begins TLS behind what has been sent; what is sent from now on waits for it. A server waits
   * for the first bytes of a client. If something else comes, TLS never begins, and it is still cut
   * into messages, whose reader ends the connection: a caller that finds fault with our last word
   * says so in the clear.
   */
  secure(role: SecurityRole, security: LinkSecurity, owner: SecurityOwner): void {
    const { connecting, destroyed } = this.#socket;
    if (this.#phase !== 'open' || this.#channel !== 'plain' || connecting || destroyed) return;
    this.#channel = 'securing';
    this.#messageSinceMs = undefined;
    this.#outbox.retire();
    this.#outbox = this.#makeOutbox(undefined);
    this.#startTls = (early) => this.#putTlsOn(early, role, security, owner);
    const early = this.framer.surrender();
    if (role === 'client') this.#startTls(early);
    else if (early.length > 0) this.#receive(early);
  }

  /** Hears no more, sends what is queued, ends the stream; destroys after the grace. */
  close(reason: string): void {
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    // Nothing may leave in the clear while TLS is due, not even a farewell.
    if (this.#socket.connecting || this.#channel === 'securing') return this.destroy(reason);
    this.#phase = 'closing';
    this.#reason ??= reason;
    this.#socket.resume();
    this.#outbox.finish();
    this.#grace = setTimeout(() => this.#socket.destroy(), this.#style.limits.closeGraceMs);
  }

  /** Ends at once; what is queued is lost. */
  destroy(reason: string): void {
    this.#reason ??= reason;
    if (this.#phase !== 'closed') this.#phase = 'closing';
    this.#outbox.discard();
    this.#socket.destroy();
  }

  /** Looks for deadlines that have passed by `nowMs` (`performance.now`). */
  sweep(nowMs: number): void {
    const { messageTimeoutMs, stallTimeoutMs } = this.#style.limits;
    if (this.#messageSinceMs !== undefined && nowMs - this.#messageSinceMs >= messageTimeoutMs) {
      const detail = `a message is not complete ${messageTimeoutMs} ms after its first byte`;
      this.#reject({ code: 'truncated', detail }, hexDump(this.framer.pending));
    }
    const { takenBytes } = this.#outbox;
    if (this.#outbox.unsentBytes === 0 || takenBytes > this.#progress.takenBytes) {
      this.#progress = { takenBytes, sinceMs: nowMs };
    } else if (nowMs - this.#progress.sinceMs >= stallTimeoutMs) {
      this.destroy(this.#style.stallReason);
    }
  }

  #receive(chunk: Buffer): void {
    // A connection that is being closed is still read, and not listened to: bytes left unread would
    // make the system reset it, and what we have just sent could be lost on the way.
    if (this.#phase !== 'open') return;
    if (this.#startTls !== undefined) {
      if (beginsTls(chunk)) return this.#startTls(chunk);
      // Whatever somebody slips in before TLS must never stand before what TLS brings.
      this.#startTls = undefined;
    }
    if (chunk.length >= READ_BYTES) this.#letOthersRead();
    const hadBegun = this.framer.pendingBytes > 0;
    const { messages, error } = this.framer.push(chunk);
    // Nobody reads what is not for the framer, so that it cannot grow.
    if (this.framer.hasEnded) this.#socket.pause();
    if (this.framer.pendingBytes === 0) this.#messageSinceMs = undefined;
    else if (!hadBegun || messages.length > 0) this.#messageSinceMs = performance.now();
    if (messages.length > 0) this.#tell(() => this.#owner.received(messages));
    if (error !== undefined) this.#reject(error, hexDump(chunk));
  }

  #hasRoom(sendClass: SendClass): boolean {
    if (!this.#style.boundsClasses) return true;
    return hasRoom(sendClass, this.#queue.bytesOf(sendClass), this.#tally.total);
  }

  #makeOutbox(socket: Socket | undefined): Outbox {
    return new Outbox(socket, this.#queue, this.#style.limits, {
      drained: () => this.#tell(() => this.#owner.drained()),
      overflowed: () => this.destroy('too many unsent bytes'),
    });
  }

  #listenTo(socket: Socket): void {
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  readonly #onData = (chunk: Buffer): void => this.#receive(chunk);
  readonly #onEnd = (): void => this.#receiveEnd();
  readonly #onError = (error: Error): void => void (this.#reason ??= describeFailure(error));
  readonly #onClose = (): void => this.#finish();

  #putTlsOn(early: Buffer, role: SecurityRole, security: LinkSecurity, owner: SecurityOwner): void {
    this.#startTls = undefined;
    const clear = this.#socket;
    clear.off('data', this.#onData).off('end', this.#onEnd);
    // TLS is told of these by its own listeners, and tells us in its turn.
    clear.off('error', this.#onError).off('close', this.#onClose);
    const secure = beginTls(clear, early, role, security, {
      secured: (identity) => {
        this.#beginSending();
        this.#tell(() => owner.secured(identity));
      },
      unsecured: (reason) => {
        // Whoever shows no good certificate is told so, within TLS; and is not listened to.
        if (!this.#socket.destroyed) this.#beginSending();
        if (this.#phase === 'open') this.#phase = 'deaf';
        this.#reason ??= reason;
        this.#tell(() => owner.unsecured(reason));
      },
    });
    this.#socket = secure;
    this.#listenTo(secure);
  }

  #beginSending(): void {
    this.#channel = 'tls';
    this.#progress = { takenBytes: 0, sinceMs: performance.now() };
    this.#outbox.open(this.#socket);
  }

  /**
   * One full read a turn of the event loop. Node would go on with up to 31 more before any other
   * socket has its turn: after a pause, 2 MiB of items would reach the modules before the first of
   * their verdicts is heard, and those for which there is no room would be skipped.
   */
  #letOthersRead(): void {
    this.#socket.pause();
    setImmediate(() => {
      if (!this.framer.hasEnded) this.#socket.resume();
    });
  }

  #receiveEnd(): void {
    if (this.#phase === 'open' && this.framer.pendingBytes > 0) {
      const detail = `the stream ends ${this.framer.pendingBytes} bytes into a message`;
      if (this.#style.endInsideMessageIsMalformed) {
        this.#reject({ code: 'truncated', detail }, hexDump(this.framer.pending));
      } else {
        this.#reason ??= detail;
      }
    }
    this.close('ended by the other side');
  }

  #reject(error: WireError, dump: string): void {
    if (this.#phase !== 'open') return;
    this.#phase = 'deaf';
    this.#messageSinceMs = undefined;
    this.#tell(() => this.#owner.malformed(error, dump));
  }

  #finish(): void {
    if (this.#phase === 'closed') return;
    clearTimeout(this.#grace);
    this.#outbox.discard();
    const reason = this.#reason ?? 'closed';
    this.#tell(() => this.#owner.closed(reason));
    this.#phase = 'closed';
  }

  #tell(say: () => void): void {
    if (this.#phase === 'closed') return;
    try {
      say();
    } catch (error) {
      this.#log('error', 'connection handler failed', { reason: describeFailure(error) });
      this.destroy('handler failed');
    }
  }
}

/**
 * Who is at the other end, an IPv4 address as such even when it came through an IPv6 socket.
 * Undefined when the other side has gone already.
 */
export const remoteOf = (socket: Socket): DialAddress | undefined => {
  const { remoteAddress: host, remotePort: port } = socket;
  if (host === undefined || port === undefined) return undefined;
  return { host: host.replace(/^::ffff:(?=[\d.]+$)/i, ''), port };
};

/** The first of the bytes that held the fault, as hex; an ellipsis says there was more. */
const hexDump = (bytes: Buffer): string =>
  bytes.toString('hex', 0, DUMP_BYTES) + (bytes.length > DUMP_BYTES ? '…' : '');
