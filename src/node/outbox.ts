import type { Writable } from 'node:stream';

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

type Batch = { readonly frames: Buffer[]; bytes: number };

/**
 * The frames that wait to leave through one socket.
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
  /** What waits, as it will be written. */
  #batches: Batch[] = [];
  #queuedBytes = 0;
  #writingBytes = 0;
  #takenBytes = 0;
  #wasAboveMark = false;
  #flushing: NodeJS.Immediate | undefined;
  #state: 'open' | 'retired' | 'finishing' | 'dead' = 'open';

  constructor(socket: Writable | undefined, limits: OutboxLimits, owner: OutboxOwner) {
    this.#socket = socket;
    this.#limits = limits;
    this.#owner = owner;
  }

  /** Bytes pushed that the operating system has not taken yet. */
  get unsentBytes(): number {
    return this.#queuedBytes + this.#writingBytes;
  }

  /** Bytes that the operating system has taken so far. While it grows, somebody reads. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** Queues a frame, whose bytes must not change any more. After `finish` it is dropped. */
  push(frame: Buffer): void {
    if (this.#state !== 'open') return;
    this.#enqueue(frame);
    if (this.unsentBytes > this.#limits.unsentBytesMax) {
      this.discard();
      this.#owner.overflowed();
      return;
    }
    if (this.unsentBytes > this.#limits.lowWaterBytes) this.#wasAboveMark = true;
    this.#flushing ??= setImmediate(this.#flush);
  }

  /** From now on what is queued leaves through this socket. */
  open(socket: Writable): void {
    this.#socket = socket;
    if (this.#queuedBytes > 0) this.#flushing ??= setImmediate(this.#flush);
  }

  /** Gives all that is queued to the socket, at once, and takes nothing more. */
  retire(): void {
    if (this.#state !== 'open') return;
    this.#state = 'retired';
    clearImmediate(this.#flushing);
    for (const batch of this.#batches.splice(0)) this.#write(batch);
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
    this.#batches = [];
    this.#queuedBytes = 0;
  }

  #enqueue(frame: Buffer): void {
    const last = this.#batches.at(-1);
    if (last === undefined || last.bytes + frame.length > WRITE_BYTES_MAX) {
      this.#batches.push({ frames: [frame], bytes: frame.length });
    } else {
      last.frames.push(frame);
      last.bytes += frame.length;
    }
    this.#queuedBytes += frame.length;
  }

  readonly #flush = (): void => {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    if (this.#writingBytes > 0 || this.#socket === undefined) return;
    if (this.#state === 'retired' || this.#state === 'dead') return;
    const batch = this.#batches.shift();
    if (batch !== undefined) this.#write(batch);
    else if (this.#state === 'finishing') this.#socket.end();
  };

  #write({ frames, bytes }: Batch): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#queuedBytes -= bytes;
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
    if (this.#queuedBytes > 0 || this.#state === 'finishing') {
      // A turn's flush that is still to come takes along what else the turn will queue.
      if (this.#flushing === undefined) this.#flush();
    } else if (this.#wasAboveMark) {
      this.#wasAboveMark = false;
      this.#owner.drained();
    }
  };
}
