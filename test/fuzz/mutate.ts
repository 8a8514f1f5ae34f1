/**
 * Structure-aware mutations: what a fuzzer makes of valid frames and texts. Most of a frame stays
 * as it was, so that what is broken is met deep inside and not at the door.
 */
import { pick, type Random } from '../../src/core/prng.js';

/** Numbers at which code that counts or compares goes wrong, if it does. */
const ODD_NUMBERS = [0, 1, 2, 3, 4, 7, 8, 19, 20, 127, 128, 255, 256, 257, 32_767, 32_768];
const ODD_LARGE = [65_535, 65_536, 71_680, 71_681, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
/** Types of both protocols and some beside them. */
const [TYPE_FIRST, TYPE_COUNT] = [496, 52];
/** Longest that a frame grows by insertion, in bytes. */
const INSERTED_MAX = 64;

/** Where the header of a protocol has its size and type. */
export type Header = { readonly sizeBytes: 2 | 4 };

type Mutation = (frame: Buffer, random: Random, header: Header, other: Buffer) => Buffer;

const oddNumber = (random: Random): number =>
  pick(random.below(3) === 0 ? ODD_LARGE : ODD_NUMBERS, random) ?? 0;

const writeSize = (frame: Buffer, { sizeBytes }: Header, size: number): void => {
  if (frame.length < sizeBytes) return;
  if (sizeBytes === 2) frame.writeUInt16BE(size & 0xffff);
  else frame.writeUInt32BE(size >>> 0);
};

/** Makes the size field true again, so that what is behind it is read. */
const resized = (frame: Buffer, header: Header): Buffer => {
  writeSize(frame, header, frame.length);
  return frame;
};

const MUTATIONS: readonly Mutation[] = [
  function flipBit(frame, random) {
    const at = random.below(frame.length);
    frame.writeUInt8(frame.readUInt8(at) ^ (1 << random.below(8)), at);
    return frame;
  },
  function setByte(frame, random) {
    frame.writeUInt8(oddNumber(random) & 0xff, random.below(frame.length));
    return frame;
  },
  function setWord(frame, random) {
    if (frame.length >= 2) {
      frame.writeUInt16BE(oddNumber(random) & 0xffff, random.below(frame.length - 1));
    }
    return frame;
  },
  function setLong(frame, random) {
    if (frame.length >= 4) {
      frame.writeUInt32BE(oddNumber(random) >>> 0, random.below(frame.length - 3));
    }
    return frame;
  },
  function lieAboutSize(frame, random, header) {
    const near = frame.length + random.below(5) - 2;
    writeSize(frame, header, random.below(2) === 0 ? near : oddNumber(random));
    return frame;
  },
  function changeType(frame, random, { sizeBytes }) {
    if (frame.length >= sizeBytes + 2) {
      frame.writeUInt16BE(TYPE_FIRST + random.below(TYPE_COUNT), sizeBytes);
    }
    return frame;
  },
  function cutShort(frame, random, header) {
    const cut = Buffer.from(frame.subarray(0, 1 + random.below(frame.length)));
    return random.below(2) === 0 ? resized(cut, header) : cut;
  },
  function insert(frame, random, header) {
    const at = random.below(frame.length + 1);
    const more = random.bytes(1 + random.below(INSERTED_MAX));
    return resized(Buffer.concat([frame.subarray(0, at), more, frame.subarray(at)]), header);
  },
  function remove(frame, random, header) {
    const from = random.below(frame.length);
    const to = Math.min(frame.length, from + 1 + random.below(8));
    return resized(Buffer.concat([frame.subarray(0, from), frame.subarray(to)]), header);
  },
  function splice(frame, random, header, other) {
    const head = frame.subarray(0, random.below(frame.length + 1));
    return resized(Buffer.concat([head, other.subarray(random.below(other.length + 1))]), header);
  },
  function wearHeader(frame, _random, { sizeBytes }, other) {
    // The type of one message before the body of another.
    const end = sizeBytes + 2;
    if (frame.length >= end && other.length >= end) other.copy(frame, sizeBytes, sizeBytes, end);
    return frame;
  },
];

/** A frame after one to three mutations; `other` is another valid one, to take parts from. */
export const mutated = (frame: Buffer, other: Buffer, header: Header, random: Random): Buffer => {
  let bytes: Buffer = Buffer.from(frame);
  for (let times = 1 + random.below(3); times > 0 && bytes.length > 0; times -= 1) {
    bytes = pick(MUTATIONS, random)?.(bytes, random, header, other) ?? bytes;
  }
  return bytes;
};

/** Records of TLS: a change of cipher, an alert that warns, one that ends, application data. */
export const PIECES_OF_TLS: readonly Buffer[] = [
  '14 0303 0001 01',
  '15 0303 0002 0100',
  '15 0303 0002 0228',
  '17 0303 0010 00112233445566778899aabbccddeeff',
].map((text) => Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** A stream in pieces, as a network may deliver it: mostly whole, sometimes in dribs. */
export const pieces = (stream: Buffer, random: Random): Buffer[] => {
  if (random.below(4) > 0) return [stream];
  const longest = pick([1, 3, 7, 64, 1_500], random) ?? 1;
  const cut: Buffer[] = [];
  for (let at = 0; at < stream.length;) {
    const end = at + 1 + random.below(longest);
    cut.push(stream.subarray(at, end));
    at = end;
  }
  return cut;
};

/** What texts are made worse with: syntax of INI and JSON, odd numbers, odd characters. */
const TOKENS = [
  ...['{', '}', '[', ']', '"', "'", ':', ',', '\\', '=', ';', '#', '\n', '\r', '\t', '\0', ' '],
  ...['null', 'true', 'false', '-1', '1e999', '-0', '0.5', '9007199254740993', '""', '{}', '[]'],
  ...['__proto__', 'constructor', 'toString', 'length', '\u2028', '\ufeff', '\ud800', '🙂', 'é'],
  ...['127.0.0.1', '::1', '0.0.0.0', '::ffff:1.2.3.4', '65536', 'new', 'tried', '[gossip]', 'NaN'],
];
const REPEATED_MAX = 200;

/** A text after one to four mutations; `other` is another valid one. */
export const mutatedText = (text: string, other: string, random: Random): string => {
  let now = text;
  for (let times = 1 + random.below(4); times > 0; times -= 1) {
    const at = random.below(now.length + 1);
    const token = pick(TOKENS, random) ?? '';
    const length = random.below(12);
    const kinds = [
      (): string => now.slice(0, at) + token + now.slice(at),
      (): string => now.slice(0, at) + token + now.slice(at + length),
      (): string => now.slice(0, at) + now.slice(at + length),
      (): string => now.slice(0, at),
      (): string => now.slice(0, at) + other.slice(random.below(other.length + 1)),
      (): string => now.slice(0, at) + now.slice(random.below(now.length + 1)),
      (): string => now.slice(0, at) + token.repeat(random.below(REPEATED_MAX)) + now.slice(at),
      (): string =>
        now.slice(0, at) +
        String.fromCharCode(now.charCodeAt(at) ^ (1 << random.below(7))) +
        now.slice(at + 1),
    ];
    now = pick(kinds, random)?.() ?? now;
  }
  return now;
};
