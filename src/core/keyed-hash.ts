/**
 * HalfSipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", the 32-bit variant of
 * their reference code): who does not know the key cannot tell which of two texts has the smaller
 * hash. 32 bits are enough to rank by, and not to be relied on for anything else. Takes a fraction
 * of the time of a SHA-256 of `node:crypto`, and is called for every address that we hear of.
 */

/** 64 bits, as two words. */
export type HashKey = readonly [number, number];

/** Rounds that end a hash are four, those of a word two. */
const ENDING_STEPS = 2;

/** The hash of a text under a key, from 0 to 2^32 - 1. Of each character the low byte counts. */
export const keyedHash = ([k0, k1]: HashKey, text: string): number => {
  let [v0, v1, v2, v3] = [k0, k1, 0x6c796765 ^ k0, 0x74656462 ^ k1];
  // The last word has what is left of the text, and its length.
  const words = (text.length >>> 2) + 1;
  for (let step = 0; step < words + ENDING_STEPS; step += 1) {
    const word = step < words ? wordOf(text, step, words) : 0;
    if (step === words) v2 ^= 0xff;
    v3 ^= word;
    // Two rounds in local variables, and none of it in a function: this is what the time goes to.
    for (let round = 0; round < 2; round += 1) {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
    }
    v0 ^= word;
  }
  return (v1 ^ v3) >>> 0;
};

/** Four bytes of a text, the first the lowest; in the last word the length is the highest. */
const wordOf = (text: string, at: number, words: number): number => {
  const from = 4 * at;
  if (at < words - 1) {
    return (
      (text.charCodeAt(from) & 0xff) |
      ((text.charCodeAt(from + 1) & 0xff) << 8) |
      ((text.charCodeAt(from + 2) & 0xff) << 16) |
      (text.charCodeAt(from + 3) << 24)
    );
  }
  const { length } = text;
  let word = length << 24;
  for (let byte = from; byte < length; byte += 1) {
    word |= (text.charCodeAt(byte) & 0xff) << (8 * (byte & 3));
  }
  return word;
};
