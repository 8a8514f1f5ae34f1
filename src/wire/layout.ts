/**
 * What both protocols share: a frame is a header with the frame's size and type, then a payload.
 * A protocol is its header and one `Layout` per message type; encoding, decoding and the judgement
 * of a header before the payload has come all follow from these.
 */
import { Reader, Writer } from './bytes.js';
import type { Decoded, WireError } from './decoded.js';

/** How the header of a protocol lies in bytes. */
export type HeaderFormat = {
  /** Its length in bytes. */
  readonly bytes: number;
  /** The largest size that its size field can say. */
  readonly sizeMax: number;
  /** Size of the whole frame, header included. */
  readonly sizeAt: (bytes: Buffer, at: number) => number;
  /** Type number of the message. */
  readonly typeAt: (bytes: Buffer, at: number) => number;
  readonly write: (writer: Writer, size: number, type: number) => void;
};

/** The module API: size u16, type u16. */
export const API_HEADER: HeaderFormat = {
  bytes: 4,
  sizeMax: 0xffff,
  sizeAt: (bytes, at) => bytes.readUInt16BE(at),
  typeAt: (bytes, at) => bytes.readUInt16BE(at + 2),
  write: (writer, size, type) => {
    writer.u16(size);
    writer.u16(type);
  },
};

/** The peer protocol: size u32, type u16, reserved u16. */
export const PEER_HEADER: HeaderFormat = {
  bytes: 8,
  sizeMax: 0xffff_ffff,
  sizeAt: (bytes, at) => bytes.readUInt32BE(at),
  typeAt: (bytes, at) => bytes.readUInt16BE(at + 4),
  write: (writer, size, type) => {
    writer.u32(size);
    writer.u16(type);
    writer.u16(0);
  },
};

/** The part of a layout that decoding needs. */
export type ReadingLayout<Message> = {
  /** The type number on the wire. */
  readonly number: number;
  /** Fewest and most bytes of payload. Both the same: every such message has one size. */
  readonly payload: readonly [min: number, max: number];
  /** True when all beyond the fewest bytes is data, and a message without any says nothing. */
  readonly needsData?: boolean;
  readonly read: (reader: Reader) => Message;
};

/** How the payload of one message type lies in bytes. */
export type Layout<Message> = ReadingLayout<Message> & {
  /** Bytes of payload that this message has beyond the fewest; absent when there are never any. */
  readonly extra?: (message: Message) => number;
  readonly write: (writer: Writer, message: Message) => void;
};

/** Every member of a union of messages, by its `type`. */
export type ByType<Message extends { readonly type: string }> = {
  readonly [M in Message as M['type']]: M;
};

/** A message type as the table of a document has it; sizes are whole frames in bytes. */
export type FrameSize = {
  readonly name: string;
  readonly number: number;
  readonly sizeMin: number;
  readonly sizeMax: number;
};

type NamedLayout<Message> = ReadingLayout<Message> & FrameSize;

/** Bytes of the frame that a message makes. @throws RangeError when there can be none. */
export const frameBytes = <Message extends { readonly type: string }>(
  header: HeaderFormat,
  layout: Layout<Message>,
  message: Message,
): number => {
  const [min, max] = layout.payload;
  const payload = min + (layout.extra?.(message) ?? 0);
  if (payload > max || (layout.needsData === true && payload === min)) {
    throw new RangeError(`${message.type}: a payload of ${payload} bytes`);
  }
  return header.bytes + payload;
};

/** Turns one message into a frame. @throws RangeError when a field does not fit its bytes. */
export const encodeFrame = <Message extends { readonly type: string }>(
  header: HeaderFormat,
  layout: Layout<Message>,
  message: Message,
): Buffer => {
  const size = frameBytes(header, layout, message);
  const writer = new Writer(size);
  header.write(writer, size, layout.number);
  layout.write(writer, message);
  return writer.done();
};

/** The reading half of a protocol. */
export class FrameReader<Message> {
  readonly header: HeaderFormat;
  /** Of every known type, in the order of the layouts. */
  readonly sizes: readonly FrameSize[];
  readonly #foreign: ReadonlyMap<number, string>;
  readonly #known: ReadonlyMap<number, NamedLayout<Message>>;

  /** Reads the messages of `layouts`; a type among `foreign` is `not for us`, not unknown. */
  constructor(
    header: HeaderFormat,
    layouts: Readonly<Record<string, ReadingLayout<Message>>>,
    foreign: readonly FrameSize[] = [],
  ) {
    const known = Object.entries(layouts).map(([name, layout]) => ({
      ...layout,
      name,
      sizeMin: header.bytes + layout.payload[0] + (layout.needsData === true ? 1 : 0),
      sizeMax: header.bytes + layout.payload[1],
    }));
    this.header = header;
    this.sizes = known.map(({ name, number, sizeMin, sizeMax }) => ({
      name,
      number,
      sizeMin,
      sizeMax,
    }));
    this.#foreign = new Map(foreign.map(({ number, name }) => [number, name]));
    this.#known = new Map(known.map((layout) => [layout.number, layout]));
  }

  /**
   * Judges the whole header at `at` without looking at what is behind it: the size of the frame,
   * or why no frame can begin so. `limitBytes` is the largest size accepted; a type may have less.
   */
  judge(bytes: Buffer, at: number, limitBytes: number): Decoded<number> {
    const layout = this.#find(bytes, at);
    if (!layout.ok) return layout;
    const size = this.header.sizeAt(bytes, at);
    return size > limitBytes
      ? refused('size too large', `${layout.value.name}: size ${size}, limit ${limitBytes}`)
      : { ok: true, value: size };
  }

  /** Reads exactly one frame. Total: any bytes give a message or an error, never a throw. */
  decode(frame: Buffer): Decoded<Message> {
    if (frame.length < this.header.bytes) {
      return refused('truncated', `${frame.length} bytes, no whole header`);
    }
    const layout = this.#find(frame, 0);
    if (!layout.ok) return layout;
    const { name, read } = layout.value;
    const size = this.header.sizeAt(frame, 0);
    if (size !== frame.length) {
      const code = size > frame.length ? 'truncated' : 'wrong size';
      return refused(code, `${name}: size ${size}, but ${frame.length} bytes`);
    }
    const reader = new Reader(frame, this.header.bytes);
    const value = read(reader);
    if (reader.error !== undefined) {
      return refused(reader.error.code, `${name}: ${reader.error.detail}`);
    }
    if (reader.left > 0) return refused('wrong size', `${name}: ${reader.left} bytes too many`);
    return { ok: true, value };
  }

  /** The layout for the whole header at `at`, if its size and type go together. */
  #find(bytes: Buffer, at: number): Decoded<NamedLayout<Message>> {
    const size = this.header.sizeAt(bytes, at);
    const type = this.header.typeAt(bytes, at);
    if (size < this.header.bytes)
      return refused('size too small', `size ${size}, not even a header`);
    const layout = this.#known.get(type);
    if (layout === undefined) {
      const name = this.#foreign.get(type);
      return name === undefined
        ? refused('unknown type', `type ${type}`)
        : refused('not for us', `${name}: type ${type}`);
    }
    const { name, sizeMin, sizeMax } = layout;
    if (size >= sizeMin && size <= sizeMax) return { ok: true, value: layout };
    const found = `${name}: size ${size}`;
    if (sizeMin === sizeMax) return refused('wrong size', `${found}, not ${sizeMin}`);
    if (size > sizeMax) return refused('size too large', `${found}, at most ${sizeMax}`);
    if (layout.needsData === true && size === sizeMin - 1) return refused('no data', found);
    return refused('size too small', `${found}, at least ${sizeMin}`);
  }
}

const refused = (code: WireError['code'], detail: string): Decoded<never> => ({
  ok: false,
  error: { code, detail },
});
