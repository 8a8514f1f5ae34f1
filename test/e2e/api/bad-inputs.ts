/** What may not be said to the module API, as bytes, and why the connection is closed for it. */
import { seededRandom } from '../../../src/core/prng.js';
import { announce, frame, notify, validation } from './frames.js';

/** Why a connection is closed, as the log and the counters name it (docs/PROTOCOL.md). */
export type Fault =
  | 'size too small'
  | 'size too large'
  | 'wrong size'
  | 'unknown type'
  | 'not for us'
  | 'no data'
  | 'truncated';

/** One bad input. */
export type BadInput = {
  readonly name: string;
  readonly bytes: Buffer;
  /** True: the module ends its half of the stream behind the bytes. */
  readonly ends?: boolean;
  readonly fault: Fault;
};

const bad = (name: string, fault: Fault, bytes: Buffer): BadInput => ({ name, fault, bytes });
const cut = (name: string, bytes: Buffer): BadInput => ({
  ...bad(name, 'truncated', bytes),
  ends: true,
});

/** Noise that is the same in every run. */
const noise = (seed: number, length: number): Buffer => seededRandom(seed).bytes(length);

const TYPE = 700;
const zeros = (length: number): Buffer => Buffer.alloc(length);
const ANNOUNCE = announce(TYPE, 'never to be spread');

const sizes: readonly BadInput[] = [
  ...[0, 1, 2, 3].map((size) =>
    bad(`ANNOUNCE of size ${size}`, 'size too small', frame(size, 500, zeros(16))),
  ),
  bad('NOTIFY of size 0', 'size too small', frame(0, 501, zeros(4))),
  bad('VALIDATION of size 3', 'size too small', frame(3, 503, zeros(4))),
  bad('unknown type of size 2', 'size too small', frame(2, 999)),
  bad('ANNOUNCE of a header alone', 'size too small', frame(4, 500)),
  bad('ANNOUNCE one byte short of its fields', 'size too small', frame(7, 500, zeros(3))),
  bad('ANNOUNCE without data', 'no data', frame(8, 500, zeros(4))),
  bad('NOTIFY of a header alone', 'wrong size', frame(4, 501)),
  bad('NOTIFY one byte too short', 'wrong size', frame(7, 501, zeros(3))),
  bad('NOTIFY one byte too long', 'wrong size', frame(9, 501, zeros(5))),
  bad('NOTIFY of the largest size', 'wrong size', frame(65_535, 501, zeros(65_531))),
  bad('VALIDATION of a header alone', 'wrong size', frame(4, 503)),
  bad('VALIDATION one byte too short', 'wrong size', frame(7, 503, zeros(3))),
  bad('VALIDATION one byte too long', 'wrong size', frame(9, 503, zeros(5))),
];

const types: readonly BadInput[] = [
  ...[0, 1, 499, 504, 539, 542, 65_535].map((type) =>
    bad(`type ${type}`, 'unknown type', frame(8, type, zeros(4))),
  ),
  bad('a NOTIFICATION', 'not for us', frame(9, 502, zeros(5))),
  bad('an RPS QUERY', 'not for us', frame(4, 540)),
  bad('an RPS PEER', 'not for us', frame(14, 541, zeros(10))),
];

const ends: readonly BadInput[] = [
  ...[1, 2, 3].map((length) =>
    cut(`end ${length} bytes into a header`, ANNOUNCE.subarray(0, length)),
  ),
  ...[4, 5, 8, ANNOUNCE.length - 1].map((length) =>
    cut(`end ${length} bytes into an ANNOUNCE`, ANNOUNCE.subarray(0, length)),
  ),
  cut('end 65,534 bytes into the longest ANNOUNCE', announce(TYPE, zeros(65_527)).subarray(0, -1)),
  ...[4, 7].map((length) =>
    cut(`end ${length} bytes into a NOTIFY`, notify(TYPE).subarray(0, length)),
  ),
  cut('end 6 bytes into a VALIDATION', validation(1).subarray(0, 6)),
  cut('end inside the second message', Buffer.concat([notify(TYPE), notify(TYPE).subarray(0, 5)])),
];

const strangers: readonly BadInput[] = [
  bad('HTTP GET', 'unknown type', Buffer.from('GET / HTTP/1.1\r\nHost: localhost:7001\r\n\r\n')),
  bad(
    'HTTP POST',
    'unknown type',
    Buffer.from('POST /api HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}'),
  ),
  bad('HTTP/2 preface', 'unknown type', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')),
  bad(
    'TLS ClientHello',
    'unknown type',
    Buffer.concat([Buffer.from('1603010200010001fc0303', 'hex'), noise(3, 508)]),
  ),
  bad('SSH banner', 'unknown type', Buffer.from('SSH-2.0-OpenSSH_9.6\r\n')),
  bad('SMTP greeting', 'unknown type', Buffer.from('EHLO localhost\r\n')),
  bad('JSON', 'unknown type', Buffer.from('{"type":"announce","data":"x"}')),
  bad('a telnet negotiation', 'unknown type', Buffer.from('fffb1ffffb20fffb18', 'hex')),
  bad('zeros', 'size too small', zeros(64)),
  bad('0xff', 'unknown type', Buffer.alloc(64, 0xff)),
  bad('a megabyte of 0xff', 'unknown type', Buffer.alloc(1_048_576, 0xff)),
  bad('little-endian NOTIFY', 'unknown type', Buffer.from('0800f5010000bc02', 'hex')),
  ...[1, 2, 3].map((seed) => bad(`random bytes, seed ${seed}`, 'unknown type', noise(seed, 4_096))),
  bad('garbage behind a NOTIFY', 'unknown type', Buffer.concat([notify(TYPE), noise(4, 64)])),
];

/** All of them; each closes the connection, for the reason that it names. */
export const BAD_INPUTS: readonly BadInput[] = [...sizes, ...types, ...ends, ...strangers];
