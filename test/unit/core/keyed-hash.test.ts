import { keyedHash, type HashKey } from '../../../src/core/keyed-hash.js';

/** Bytes 0 to 7, little-endian. */
const KEY: HashKey = [0x03020100, 0x07060504];
/** Of the reference implementation: the messages are the bytes 0, 1, … of growing length. */
const VECTORS = [
  'a9359f5b 27475ab8 fa62a603 8afee704 2a6e4689 c5fab669 5863fc23 8bcf63c5',
  'd0b8848f f806e779 94b07934 08083050 57f0872f 77e663ff d6fff87c',
]
  .join(' ')
  .split(' ');

const bytesUpTo = (length: number): string =>
  String.fromCharCode(...Array.from({ length }, (_, at) => at));

describe('keyedHash', () => {
  it('is HalfSipHash-2-4', () => {
    const hashes = VECTORS.map((_, length) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(keyedHash(KEY, bytesUpTo(length)));
      return bytes.toString('hex');
    });
    expect(hashes).toEqual(VECTORS);
  });

  it('depends on either half of the key', () => {
    const keys: readonly HashKey[] = [KEY, [KEY[0] ^ 1, KEY[1]], [KEY[0], KEY[1] ^ 1]];
    expect(new Set(keys.map((key) => keyedHash(key, '20.1.2.0/24'))).size).toBe(3);
  });
});
