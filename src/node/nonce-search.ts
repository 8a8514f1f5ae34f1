import { hash } from 'node:crypto';
import { leadingZeroBits, type ProofHash, type Puzzle } from '../core/puzzle.js';
import { NONCE_BYTES } from '../wire/messages.js';

/** Which code hashes with SHA-256. `auto`: hashtree where it loads, else crypto. */
export type EngineChoice = 'auto' | 'hashtree' | 'crypto';

/** One search for a nonce, which goes on where it stopped. */
export type NonceSearch = {
  /** Tries the next `BATCH_NONCES` nonces; the first good one, or undefined. */
  tryBatch(): Buffer | undefined;
};

/** The part of a puzzle that an engine for its hash has to know; the binding may come from afar. */
export type SearchTask = Pick<Puzzle, 'difficulty'> & { readonly binding: Uint8Array };

/** A way to hash many 64-byte messages. */
export type SolverEngine = {
  readonly name: 'hashtree' | 'crypto' | 'hash-wasm';
  /**
   * Searches a nonce that makes the hash of binding 32 B ‖ 24 zero bytes ‖ nonce 8 B begin with
   * `difficulty` zero bits (p2p protocol page, "Handshake"). `start` is 8 B: where to begin.
   */
  search(task: SearchTask, start: Uint8Array): NonceSearch;
};

/** Nonces tried in one go: 64 KiB of messages stay in the cache; more is no faster (measured). */
export const BATCH_NONCES = 1_024;

const MESSAGE_BYTES = 64;
const DIGEST_BYTES = 32;
const NONCE_AT = MESSAGE_BYTES - NONCE_BYTES;
const MESSAGE_WORDS = MESSAGE_BYTES / 4;
const DIGEST_WORDS = DIGEST_BYTES / 4;
const NONCE_WORD = NONCE_AT / 4;

type HashInto = (input: Uint8Array, output: Uint8Array) => void;

/**
 * Loads an engine for a hash; `choice` is about SHA-256 only.
 *
 * @throws Error when `hashtree` is asked for by name and does not load, or hashes wrongly.
 */
export const loadEngine = async (
  hashName: ProofHash,
  choice: EngineChoice,
): Promise<SolverEngine> => {
  if (hashName === 'blake3') return loadBlake3();
  if (choice === 'crypto') return cryptoEngine;
  try {
    return await loadHashtree();
  } catch (error) {
    // No prebuilt binary for this platform: an optional dependency may be absent.
    if (choice === 'auto') return cryptoEngine;
    throw error;
  }
};

const loadHashtree = async (): Promise<SolverEngine> => {
  const { hashInto } = await import('@chainsafe/hashtree');
  const probe = new Uint8Array(MESSAGE_BYTES).fill(1);
  const digest = new Uint8Array(DIGEST_BYTES);
  hashInto(probe, digest);
  if (!hash('sha256', probe, 'buffer').equals(digest)) throw new Error('hashtree hashes wrongly');
  return {
    name: 'hashtree',
    search: (task, start) => new HashtreeSearch(hashInto, task, start),
  };
};

/**
 * The nonce as two words: the first counts batches, the second is the message's place in its batch;
 * both begin somewhere in `start`. So one word a message changes from batch to batch.
 */
class HashtreeSearch implements NonceSearch {
  readonly #hashInto: HashInto;
  readonly #difficulty: number;
  readonly #messages = Buffer.alloc(BATCH_NONCES * MESSAGE_BYTES);
  readonly #digests = Buffer.alloc(BATCH_NONCES * DIGEST_BYTES);
  readonly #messageWords = wordsOf(this.#messages);
  readonly #digestWords = wordsOf(this.#digests);
  readonly #mask: number;
  #counter: number;

  constructor(hashInto: HashInto, { binding, difficulty }: SearchTask, start: Uint8Array) {
    this.#hashInto = hashInto;
    this.#difficulty = difficulty;
    this.#mask = firstWordMask(difficulty);
    const [counter = 0, place = 0] = wordsOf(Uint8Array.from(start));
    this.#counter = counter;
    for (let n = 0; n < BATCH_NONCES; n += 1) {
      this.#messages.set(binding, n * MESSAGE_BYTES);
      this.#messageWords[n * MESSAGE_WORDS + NONCE_WORD + 1] = place + n;
    }
  }

  tryBatch(): Buffer | undefined {
    for (let at = NONCE_WORD; at < this.#messageWords.length; at += MESSAGE_WORDS) {
      this.#messageWords[at] = this.#counter;
    }
    this.#counter += 1;
    this.#hashInto(this.#messages, this.#digests);
    for (let n = 0; n < BATCH_NONCES; n += 1) {
      const word = this.#digestWords[n * DIGEST_WORDS] ?? 0;
      if ((word & this.#mask) === 0 && this.#isGood(n)) return this.#nonce(n);
    }
    return undefined;
  }

  #isGood(n: number): boolean {
    const digest = this.#digests.subarray(n * DIGEST_BYTES, (n + 1) * DIGEST_BYTES);
    return leadingZeroBits(digest) >= this.#difficulty;
  }

  #nonce(n: number): Buffer {
    const at = n * MESSAGE_BYTES + NONCE_AT;
    return Buffer.from(this.#messages.subarray(at, at + NONCE_BYTES));
  }
}

const wordsOf = (bytes: Uint8Array): Uint32Array =>
  new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);

/** Where a digest's first word, in the byte order of this machine, must be zero. */
const firstWordMask = (difficulty: number): number => {
  const bytes = new Uint8Array(4);
  const bits = Math.min(difficulty, 32);
  // Shifting 32-bit numbers by 32 would do nothing, hence the multiplication.
  new DataView(bytes.buffer).setUint32(0, (0xffffffff * 2 ** (32 - bits)) >>> 0);
  return wordsOf(bytes)[0] ?? 0;
};

/** `crypto.hash` gives a string twice as fast as it gives a buffer (measured). */
const cryptoEngine: SolverEngine = {
  name: 'crypto',
  search: ({ binding, difficulty }, start) => {
    const zeroBytes = Math.floor(difficulty / 8);
    const nextByteLimit = 2 ** (8 - (difficulty % 8));
    return searchOneByOne(binding, start, (message) => {
      const digest = hash('sha256', message, 'binary');
      for (let at = 0; at < zeroBytes; at += 1) if (digest.charCodeAt(at) !== 0) return false;
      return zeroBytes === DIGEST_BYTES || digest.charCodeAt(zeroBytes) < nextByteLimit;
    });
  },
};

/** BLAKE3 in WebAssembly: eight times as fast as `@noble/hashes`, by which proofs are checked. */
const loadBlake3 = async (): Promise<SolverEngine> => {
  const { createBLAKE3 } = await import('hash-wasm');
  const hasher = await createBLAKE3();
  return {
    name: 'hash-wasm',
    search: ({ binding, difficulty }, start) =>
      searchOneByOne(binding, start, (message) => {
        const digest = hasher.init().update(message).digest('binary');
        return digest[0] === 0
          ? leadingZeroBits(Buffer.from(digest)) >= difficulty
          : Math.clz32(digest[0] ?? 0) - 24 >= difficulty;
      }),
  };
};

/** Counts the nonce up from `start`, as one number of 64 bits. */
const searchOneByOne = (
  binding: Uint8Array,
  start: Uint8Array,
  isGood: (message: Buffer) => boolean,
): NonceSearch => {
  const message = Buffer.alloc(MESSAGE_BYTES);
  message.set(binding);
  message.set(start, NONCE_AT);
  let [high, low] = [message.readUInt32BE(NONCE_AT), message.readUInt32BE(NONCE_AT + 4)];
  const tryNext = (): Buffer | undefined => {
    message.writeUInt32BE(high, NONCE_AT);
    message.writeUInt32BE(low, NONCE_AT + 4);
    low = (low + 1) >>> 0;
    if (low === 0) high = (high + 1) >>> 0;
    return isGood(message) ? Buffer.from(message.subarray(NONCE_AT)) : undefined;
  };
  const tryBatch = (): Buffer | undefined => {
    let nonce: Buffer | undefined;
    for (let n = 0; n < BATCH_NONCES && nonce === undefined; n += 1) nonce = tryNext();
    return nonce;
  };
  return { tryBatch };
};
