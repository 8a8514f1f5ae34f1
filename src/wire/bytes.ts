/**
 * Reading and writing big-endian fields. Reading is total: a `Reader` remembers the first thing
 * that is wrong and answers zeros and empty buffers from there on, so that a decoder is a plain
 * list of fields and asks for the verdict once, at the end. Writing asserts: what does not fit
 * is our own mistake.
 */
import type { WireError } from './decoded.js';

const NOTHING = Buffer.alloc(0);
const TWO_TO_32 = 2 ** 32;

/** Takes fields off the front of some bytes. Never throws; `error` says what went wrong first. */
export class Reader {
  readonly #bytes: Buffer;
  #at: number;
  #error: WireError | undefined;

  /** Reads `bytes` from offset `at` to the end. */
  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** The first thing that was wrong, undefined while all is well. */
  get error(): WireError | undefined {
    return this.#error;
  }

  /** Records that the bytes are no message, unless something was wrong before. */
  refuse(code: WireError['code'], detail: string): void {
    this.#error ??= { code, detail };
  }

  /** An unsigned byte. */
  u8(): number {
    return this.#has(1) ? this.#bytes.readUInt8(this.#pass(1)) : 0;
  }

  /** An unsigned number of 2 bytes. */
  u16(): number {
    return this.#has(2) ? this.#bytes.readUInt16BE(this.#pass(2)) : 0;
  }

  /** An unsigned number of 4 bytes. */
  u32(): number {
    return this.#has(4) ? this.#bytes.readUInt32BE(this.#pass(4)) : 0;
  }

  /** An unsigned number of 8 bytes. Above 2^53 - 1, which we could not keep: `bad field`. */
  u64(): number {
    const value = this.u32() * TWO_TO_32 + this.u32();
    if (Number.isSafeInteger(value)) return value;
    this.refuse('bad field', 'a number above 2^53 - 1');
    return 0;
  }

  /** The next `length` bytes. Shares memory with what is read. */
  bytes(length: number): Buffer {
    if (!this.#has(length)) return NOTHING;
    const from = this.#pass(length);
    return this.#bytes.subarray(from, from + length);
  }

  /** All bytes not read yet. Shares memory with what is read. */
  rest(): Buffer {
    return this.bytes(this.left);
  }

  /** The next `length` bytes as UTF-8. More than `bytesMax`, or no UTF-8: `bad field`. */
  text(length: number, bytesMax: number): string {
    if (length > bytesMax) {
      this.refuse('bad field', `a text of ${length} bytes, at most ${bytesMax} are allowed`);
      return '';
    }
    const bytes = this.bytes(length);
    const text = bytes.toString('utf8');
    if (!Buffer.from(text, 'utf8').equals(bytes))
      this.refuse('bad field', 'a text that is no UTF-8');
    return text;
  }

  /** `count` things, each read by `one`. More than `countMax`: `bad field`, and none is read. */
  list<Thing>(count: number, countMax: number, one: (reader: Reader) => Thing): Thing[] {
    if (count > countMax) {
      this.refuse('bad field', `a list of ${count}, at most ${countMax} are allowed`);
      return [];
    }
    const things: Thing[] = [];
    while (things.length < count && this.#error === undefined) things.push(one(this));
    return things;
  }

  #has(length: number): boolean {
    if (this.#error !== undefined) return false;
    if (length <= this.left) return true;
    this.refuse('truncated', `${length} more bytes are needed, ${this.left} are left`);
    return false;
  }

  #pass(length: number): number {
    const from = this.#at;
    this.#at += length;
    return from;
  }
}

/** Puts fields into a buffer of known length, in order. Throws RangeError on what does not fit. */
export class Writer {
  readonly #bytes: Buffer;
  #at = 0;

  /** Makes a buffer of `length` bytes to fill. */
  constructor(length: number) {
    this.#bytes = Buffer.allocUnsafe(length);
  }

  /** An unsigned byte. */
  u8(value: number): void {
    assertUnsigned(value, 0xff);
    this.#at = this.#bytes.writeUInt8(value, this.#at);
  }

  /** An unsigned number of 2 bytes. */
  u16(value: number): void {
    assertUnsigned(value, 0xffff);
    this.#at = this.#bytes.writeUInt16BE(value, this.#at);
  }

  /** An unsigned number of 4 bytes. */
  u32(value: number): void {
    assertUnsigned(value, 0xffff_ffff);
    this.#at = this.#bytes.writeUInt32BE(value, this.#at);
  }

  /** An unsigned number of 8 bytes, at most 2^53 - 1. */
  u64(value: number): void {
    assertUnsigned(value, Number.MAX_SAFE_INTEGER);
    this.u32(Math.floor(value / TWO_TO_32));
    this.u32(value % TWO_TO_32);
  }

  /** A field of exactly `length` bytes. */
  fixed(value: Buffer, length: number): void {
    if (value.length !== length) {
      throw new RangeError(`a field of ${length} bytes was given ${value.length}`);
    }
    this.bytes(value);
  }

  /** Bytes of a length that the layout has counted. */
  bytes(value: Buffer): void {
    if (this.#at + value.length > this.#bytes.length) {
      throw new RangeError(`${value.length} bytes do not fit at ${this.#at}`);
    }
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** The filled buffer. A layout that counted wrongly ends here, not on the wire. */
  done(): Buffer {
    if (this.#at !== this.#bytes.length) {
      throw new RangeError(`${this.#at} bytes were written, ${this.#bytes.length} announced`);
    }
    return this.#bytes;
  }
}

/** @throws RangeError unless `value` is a whole number from 0 to `max`. */
const assertUnsigned = (value: number, max: number): void => {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`${value} is no whole number from 0 to ${max}`);
  }
};

/** @throws RangeError when a list or text is longer than allowed. */
export const assertAtMost = (what: string, length: number, max: number): void => {
  if (length > max) throw new RangeError(`${length} ${what}, at most ${max} fit`);
};

/** The longest prefix of `text` with at most `bytesMax` bytes of UTF-8, cut between characters. */
export const clipText = (text: string, bytesMax: number): string => {
  let clipped = '';
  let length = 0;
  for (const character of text) {
    length += Buffer.byteLength(character);
    if (length > bytesMax) break;
    clipped += character;
  }
  return clipped;
};
