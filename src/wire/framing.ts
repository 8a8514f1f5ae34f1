/**
 * Streams of bytes cut into messages. A header is judged as soon as it is whole, before anything
 * behind it is kept; of an unfinished frame no more is kept than the frame; each byte is copied at
 * most once, and not at all when its frame lies whole in one chunk.
 */
import { apiNotificationFrames, apiRequestFrames, rpsFrames } from './api-codec.js';
import type { WireError } from './decoded.js';
import { API_HEADER, type FrameReader } from './layout.js';
import {
  FRAME_LIMITS,
  type ApiRequest,
  type GossipNotification,
  type PeerMessage,
  type RpsPeer,
} from './messages.js';
import { peerFrames } from './peer-codec.js';

/** What one chunk brought: messages in order, and what is wrong with the bytes behind them. */
export type Pushed<Message> = {
  readonly messages: Message[];
  readonly error: WireError | undefined;
};

/** How a `Framer` cuts a stream. */
export type FramerOptions<Message> = {
  /** The messages that may arrive. */
  readonly frames: FrameReader<Message>;
  /** Largest frame accepted at first, header included, in bytes. */
  readonly limitBytes: number;
  /**
   * The limit in bytes that may be in force once this message has been dealt with. Its sender may
   * rely on it at once, while the framer's owner can set `limitBytes` only after the chunk that
   * holds both; so it is granted for the rest of that chunk, and no further.
   */
  readonly raises?: (message: Message) => number | undefined;
  /**
   * True for a message behind which the bytes are no frames any more, but somebody else's, for
   * instance of TLS: the framer keeps them as they are until `surrender`.
   */
  readonly endsAt?: (message: Message) => boolean;
};

/**
 * Cuts one direction of one connection into messages.
 *
 * A message may share memory with the chunk that its frame lay in: whoever keeps one copies it, and
 * nobody may write into a chunk once it has been pushed. After an error the framer stays dead: it
 * takes nothing in and repeats the error.
 */
export class Framer<Message> {
  /**
   * Largest frame accepted from the next chunk on, header included, in bytes. An unfinished frame
   * is held to it too.
   */
  limitBytes: number;
  readonly #frames: FrameReader<Message>;
  readonly #raises: (message: Message) => number | undefined;
  readonly #endsAt: (message: Message) => boolean;
  /** Where a header is put together that comes in pieces. */
  readonly #header: Buffer;
  /** The unfinished frame: `#header` until the size is known, then a buffer of that size. */
  #unfinished: Buffer;
  #filled = 0;
  #error: WireError | undefined;
  /** What came behind the end; undefined: there was no end yet. */
  #foreign: Buffer | undefined;

  constructor({
    frames,
    limitBytes,
    raises = () => undefined,
    endsAt = () => false,
  }: FramerOptions<Message>) {
    this.limitBytes = limitBytes;
    this.#frames = frames;
    this.#raises = raises;
    this.#endsAt = endsAt;
    this.#header = Buffer.alloc(frames.header.bytes);
    this.#unfinished = this.#header;
  }

  /** True between a message that ends the stream of frames and `surrender`. */
  get hasEnded(): boolean {
    return this.#foreign !== undefined;
  }

  /** Bytes held of a frame that has begun and is not whole yet. */
  get pendingBytes(): number {
    return this.#filled;
  }

  /** Those bytes themselves, until the next `push`. */
  get pending(): Buffer {
    return this.#unfinished.subarray(0, this.#filled);
  }

  /** Takes in what one read brought. Messages that were whole before an error come with it. */
  push(chunk: Buffer): Pushed<Message> {
    const messages: Message[] = [];
    if (this.#foreign !== undefined) {
      this.#foreign = Buffer.concat([this.#foreign, chunk]);
      return { messages, error: undefined };
    }
    let limit = this.limitBytes;
    this.#holdUnfinishedTo(limit);
    let at = 0;
    while (at < chunk.length && this.#error === undefined) {
      let frame = this.#wholeFrame(chunk, at, limit);
      at += frame?.length ?? this.#gather(chunk, at, limit);
      frame ??= this.#takeFinished();
      const decoded = frame && this.#frames.decode(frame);
      if (decoded?.ok === true) {
        messages.push(decoded.value);
        limit = Math.max(limit, this.#raises(decoded.value) ?? 0);
        if (this.#endsAt(decoded.value)) {
          this.#foreign = chunk.subarray(at);
          break;
        }
      } else if (decoded !== undefined) {
        this.#fail(decoded.error);
      }
    }
    return { messages, error: this.#error };
  }

  /**
   * Gives up the bytes that have been pushed and are no message: those behind the end, or of an
   * unfinished frame. The framer begins anew.
   */
  surrender(): Buffer {
    const bytes = this.#foreign ?? Buffer.from(this.pending);
    this.#foreign = undefined;
    this.#reset();
    return bytes;
  }

  /** The frame at `at`, not copied; undefined when it is not all there or nothing good. */
  #wholeFrame(chunk: Buffer, at: number, limit: number): Buffer | undefined {
    if (this.#filled > 0 || chunk.length - at < this.#header.length) return undefined;
    const size = this.#frames.judge(chunk, at, limit);
    if (!size.ok || size.value > chunk.length - at) return undefined;
    return chunk.subarray(at, at + size.value);
  }

  /** Copies into the unfinished frame what it lacks, and gives the number of bytes taken. */
  #gather(chunk: Buffer, at: number, limit: number): number {
    const taken = chunk.copy(this.#unfinished, this.#filled, at);
    this.#filled += taken;
    if (this.#unfinished === this.#header && this.#filled === this.#header.length) {
      this.#openFrame(limit);
    }
    return taken;
  }

  #openFrame(limit: number): void {
    const size = this.#frames.judge(this.#header, 0, limit);
    if (!size.ok) return this.#fail(size.error);
    this.#unfinished = Buffer.allocUnsafe(size.value);
    this.#header.copy(this.#unfinished);
  }

  #takeFinished(): Buffer | undefined {
    const frame = this.#unfinished;
    if (frame === this.#header || this.#filled < frame.length) return undefined;
    this.#reset();
    return frame;
  }

  #holdUnfinishedTo(limit: number): void {
    if (this.#unfinished === this.#header) return;
    const size = this.#frames.judge(this.#unfinished, 0, limit);
    if (!size.ok) this.#fail(size.error);
  }

  #reset(): void {
    this.#unfinished = this.#header;
    this.#filled = 0;
  }

  #fail(error: WireError): void {
    this.#error = error;
    this.#reset();
  }
}

/** What a local module sends to us: ANNOUNCE, NOTIFY, VALIDATION. */
export const apiRequestFramer = (): Framer<ApiRequest> =>
  new Framer({ frames: apiRequestFrames, limitBytes: API_HEADER.sizeMax });

/** What the daemon sends to a local module, for clients: NOTIFICATION. */
export const apiNotificationFramer = (): Framer<GossipNotification> =>
  new Framer({ frames: apiNotificationFrames, limitBytes: API_HEADER.sizeMax });

/** What the RPS module sends to us: RPS PEER. */
export const rpsFramer = (): Framer<RpsPeer> =>
  new Framer({ frames: rpsFrames, limitBytes: API_HEADER.sizeMax });

/**
 * The limit in bytes that may be in force once this peer message has been dealt with. OK, with
 * HELLO and INTEREST right behind it, and HELLO, with items behind it, may come in one chunk with
 * what only they allow; so each grants the next phase's limit for the rest of its chunk.
 */
export const limitRaisedBy = ({ type }: { readonly type: string }): number | undefined => {
  if (type === 'OK') return FRAME_LIMITS.unestablished;
  return type === 'HELLO' ? FRAME_LIMITS.established : undefined;
};

/**
 * What another daemon sends to us. The limit is that of an unproven peer until `limitBytes` is set.
 * With `tls` what comes behind OK is not ours to read.
 */
export const peerFramer = ({ tls = false }: { readonly tls?: boolean } = {}): Framer<PeerMessage> =>
  new Framer({
    frames: peerFrames,
    limitBytes: FRAME_LIMITS.unproven,
    raises: limitRaisedBy,
    endsAt: ({ type }) => tls && type === 'OK',
  });
