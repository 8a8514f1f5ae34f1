/** Bytes to messages: every decoder, fed through the framer that cuts its stream. */
import { pick, type Random } from '../../../src/core/prng.js';
import {
  apiNotificationFramer,
  apiRequestFramer,
  peerFramer,
  rpsFramer,
  type Framer,
} from '../../../src/wire/framing.js';
import {
  apiNotificationFrames,
  apiRequestFrames,
  encodeApi,
  rpsFrames,
} from '../../../src/wire/api-codec.js';
import type { Decoded } from '../../../src/wire/decoded.js';
import { FRAME_LIMITS, type PeerMessage } from '../../../src/wire/messages.js';
import { decodePeer, encodePeer, peerFrameBytes } from '../../../src/wire/peer-codec.js';
import { apiCorpus, peerCorpus, type Corpus } from '../corpus.js';
import { pieces } from '../mutate.js';
import { must, type Target } from '../target.js';

const FRAMES_A_ROUND = 64;

type Decoder<Message> = {
  readonly name: string;
  readonly what: string;
  readonly corpus: (random: Random) => Corpus;
  readonly framer: (random: Random) => Framer<Message>;
  readonly limitBytes: number;
  /** The frame of what was decoded. */
  readonly encode: (message: Message) => Buffer;
  readonly decode: (frame: Buffer) => Decoded<Message>;
};

/** What was decoded is encoded, and decoded once more: both must be the same frame. */
const isStable = <Message>({ encode, decode }: Decoder<Message>, message: Message): boolean => {
  const frame = encode(message);
  const again = decode(frame);
  return again.ok && encode(again.value).equals(frame);
};

const decoder = <Message>(of: Decoder<Message>): Target => ({
  name: of.name,
  what: of.what,
  open: (begin) => {
    const corpus = of.corpus(begin);
    let frames = 0;
    return {
      round: (random) => {
        let framer = of.framer(random);
        for (let n = 0; n < FRAMES_A_ROUND; n += 1) {
          const frame = random.below(8) === 0 ? corpus.valid(random) : corpus.mutated(random);
          for (const piece of pieces(frame, random)) {
            const { messages, error } = framer.push(piece);
            must(framer.pendingBytes <= of.limitBytes, 'more is held than a frame');
            must(error === undefined || framer.pendingBytes === 0, 'a dead framer holds bytes');
            for (const message of messages) {
              must(isStable(of, message), `${JSON.stringify(message)} is read anew`);
            }
            if (error !== undefined) {
              must(error.detail.length < 300, 'an error is told in few words');
              framer = of.framer(random);
            }
          }
          frames += 1;
        }
        return FRAMES_A_ROUND;
      },
      close: () => must(frames > 0, 'no frame was decoded'),
    };
  },
});

const encodePeerOfSize = (message: PeerMessage): Buffer => {
  const frame = encodePeer(message);
  must(frame.length === peerFrameBytes(message), 'a frame is as long as was said');
  return frame;
};

const API_FRAME_MAX = 65_535;
const LIMITS = Object.values(FRAME_LIMITS);

export const decoders: readonly Target[] = [
  decoder({
    name: 'api-requests',
    what: 'what modules send to a daemon',
    corpus: apiCorpus,
    framer: apiRequestFramer,
    limitBytes: API_FRAME_MAX,
    encode: encodeApi,
    decode: (frame) => apiRequestFrames.decode(frame),
  }),
  decoder({
    name: 'api-notifications',
    what: 'what a daemon sends to modules',
    corpus: apiCorpus,
    framer: apiNotificationFramer,
    limitBytes: API_FRAME_MAX,
    encode: encodeApi,
    decode: (frame) => apiNotificationFrames.decode(frame),
  }),
  decoder({
    name: 'rps-answers',
    what: 'what the RPS module sends',
    corpus: apiCorpus,
    framer: rpsFramer,
    limitBytes: API_FRAME_MAX,
    encode: encodeApi,
    decode: (frame) => rpsFrames.decode(frame),
  }),
  decoder({
    name: 'peer-messages',
    what: 'what daemons send to each other, at every limit on frames',
    corpus: peerCorpus,
    framer: (random) => {
      const framer = peerFramer({ tls: random.below(2) === 0 });
      framer.limitBytes = pick(LIMITS, random) ?? 0;
      return framer;
    },
    limitBytes: FRAME_LIMITS.established,
    encode: encodePeerOfSize,
    decode: decodePeer,
  }),
];
