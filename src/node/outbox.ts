import type { Writable } from 'node:stream';
import type { SendClass } from '../core/send-classes.js';
import type { Departure, SendQueue } from '../core/send-queue.js';

/** Bounds of an outbox, in bytes. */
export type OutboxLimits = {
  /** `drained` is told of only after more than this was unsent. */
  readonly lowWaterBytes: number;
  /** More than this unsent: the outbox overflows. */
  readonly unsentBytesMax: number;
};

/** What an outbox reports. */
export type OutboxOwner = {
  /** All has been taken by the operating system, after more than the low-water mark was unsent. */
  drained(): void;
  /** More than the bound was queued. Nothing is kept from now on. */
  overflowed(): void;
};

/**
 * Most bytes given to one write, unless a single frame is larger. A write is done only when all of
 * it is, so this is also the step in which progress shows (our guess: 15 s of 4 KiB/s).
 */
const WRITE_BYTES_MAX = 65_536;

/**
 * The frames that wait to leave through one socket, in the order of their classes.
 *
 * What is queued in one turn of the event loop leaves in one write (in several of 64 KiB when it is
 * more), in the check phase behind all reads of that turn: relaying 200 B frames to 8 peers cost a
 * third less CPU and latency than flushing in a microtask. The frames go to the system as they are,
 * in one gathering write, so a frame that many peers get is never copied. One write is under way at
 * a time: the next begins when the system has taken the last, which is more than `drain` asks for.
 *
 * An outbox without a socket keeps what it is given until it has one.
 */
export class Outbox {
  #socket: Writable | undefined;
  readonly #limits: OutboxLimits;
  readonly #owner: OutboxOwner;
  readonly #queue: SendQueue<Buffer>;
  #writingBytes = 0;
  #takenBytes = 0;
  #wasAboveMark = false;
  #flushing: NodeJS.Immediate | undefined;
  #state: 'open' | 'retired' | 'finishing' | 'dead' = 'open';

  constructor(
    socket: Writable | undefined,
    queue: SendQueue<Buffer>,
    limits: OutboxLimits,
    owner: OutboxOwner,
  ) {
    this.#socket = socket;
    this.#queue = queue;
    this.#limits = limits;
    this.#owner = owner;
  }

  /** Bytes pushed that the operating system has not taken yet. */
  get unsentBytes(): number {
    return this.#queue.bytes + this.#writingBytes;
  }

  /** Bytes that the operating system has taken so far. While it grows, somebody reads. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /**
   * Queues a frame, whose bytes must not change any more, as the copy of an item if it is one.
   * After `finish` it is dropped.
   */
  push(frame: Buffer, sendClass: SendClass, itemId?: string): void {
    if (this.#state !== 'open') return;
    this.#queue.push(frame, frame.length, sendClass, itemId);
    if (this.unsentBytes > this.#limits.unsentBytesMax) {
      this.discard();
      this.#owner.overflowed();
      return;
    }
    if (this.unsentBytes > this.#limits.lowWaterBytes) this.#wasAboveMark = true;
    this.#flushing ??= setImmediate(this.#flush);
  }

  /** Something that was to be sent was not, for want of room: `drained` is to be told. */
  noteRefusal(): void {
    this.#wasAboveMark = true;
  }

  /** From now on what is queued leaves through this socket. */
  open(socket: Writable): void {
    this.#socket = socket;
    if (this.#queue.bytes > 0) this.#flushing ??= setImmediate(this.#flush);
  }

  /** Gives all that is queued to the socket, at once, and takes nothing more. */
  retire(): void {
    if (this.#state !== 'open') return;
    this.#state = 'retired';
    clearImmediate(this.#flushing);
    for (let next = this.#next(); next !== undefined; next = this.#next()) this.#write(next);
  }

  /** Sends what is queued, then ends the stream. */
  finish(): void {
    if (this.#state !== 'open') return;
    this.#state = 'finishing';
    this.#flush();
  }

  /** Forgets what is queued and takes nothing more. */
  discard(): void {
    this.#state = 'dead';
    clearImmediate(this.#flushing);
    this.#queue.clear();
  }

  #next(): Departure<Buffer> | undefined {
    return this.#queue.take(WRITE_BYTES_MAX);
  }

  readonly #flush = (): void => {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    if (this.#writingBytes > 0 || this.#socket === undefined) return;
    if (this.#state === 'retired' || this.#state === 'dead') return;
    const next = this.#next();
    if (next !== undefined) this.#write(next);
    else if (this.#state === 'finishing') this.#socket.end();
    else this.#tellDrained();
  };

  #write({ frames, bytes }: Departure<Buffer>): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#writingBytes = bytes;
    const last = frames.length - 1;
    socket.cork();
    frames.forEach((frame, at) => {
      if (at < last) socket.write(frame);
      else socket.write(frame, this.#written);
    });
    socket.uncork();
  }

  readonly #written = (error?: Error | null): void => {
    // A socket that failed reports by itself.
    if (error || this.#state === 'retired' || this.#state === 'dead') return;
    this.#takenBytes += this.#writingBytes;
    this.#writingBytes = 0;
    // A turn's flush that is still to come takes along what else the turn will queue.
    if (this.#flushing === undefined) this.#flush();
  };

  /** Nothing is left, be it that all has been taken or that the rest was taken back. */
  #tellDrained(): void {
    if (!this.#wasAboveMark) return;
    this.#wasAboveMark = false;
    this.#owner.drained();
  }
}
