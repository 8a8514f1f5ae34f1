/** Valid frames of either protocol, from which mutations begin. */
import { pick, type Random } from '../../src/core/prng.js';
import { encodeApi } from '../../src/wire/api-codec.js';
import { encodePeer } from '../../src/wire/peer-codec.js';
import { Samples } from '../unit/wire/samples.js';
import { mutated, type Header } from './mutate.js';

/** Sets of one message of each type; making them takes longer than mutating them. */
const SETS = 12;

export const API: Header = { sizeBytes: 2 };
export const PEER: Header = { sizeBytes: 4 };

export class Corpus {
  readonly #frames: readonly Buffer[];
  readonly #header: Header;

  constructor(frames: readonly Buffer[], header: Header) {
    this.#frames = frames;
    this.#header = header;
  }

  /** A valid frame. */
  valid(random: Random): Buffer {
    return pick(this.#frames, random) ?? Buffer.alloc(0);
  }

  /** A frame that may be anything, but began as a valid one. */
  mutated(random: Random): Buffer {
    return mutated(this.valid(random), this.valid(random), this.#header, random);
  }
}

const setsOf = <Message>(random: Random, of: (samples: Samples) => readonly Message[]): Message[] =>
  Array.from({ length: SETS }, () => of(new Samples(random.below(2 ** 32)))).flat();

export const apiCorpus = (random: Random): Corpus =>
  new Corpus(setsOf(random, (samples) => samples.apiMessages()).map(encodeApi), API);

export const peerCorpus = (random: Random): Corpus =>
  new Corpus(setsOf(random, (samples) => samples.peerMessages()).map(encodePeer), PEER);
