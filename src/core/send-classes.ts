/**
 * What waits to leave over one connection waits in four classes, the first of which leaves first.
 * Each has a bound of its own in bytes, so that none can take the room of another, and all
 * connections together have one.
 */
import type { PeerMessage } from '../wire/messages.js';

/**
 * In the order in which they leave (protocol page, "Spreading"). `membership`: the handshake, who
 * is linked with whom, and what each wants: said once, so that it must not be lost. `control`: what
 * is said about items, and signs of life. `push`: items of our own, and those passed on unasked.
 * `answer`: items that were asked for by WANT, and the farewell, which must overtake no item.
 */
export const SEND_CLASSES = ['membership', 'control', 'push', 'answer'] as const;
export type SendClass = (typeof SEND_CLASSES)[number];

/** The place of a class in that order. */
export const SEND_RANK: Readonly<Record<SendClass, number>> = {
  membership: 0,
  control: 1,
  push: 2,
  answer: 3,
};

/**
 * Bytes of each class that may wait on one connection. Of pushes 8 MiB (module API page: unsent
 * bytes); the others are our guess: 150 PEER_RESPONSEs, 200 HAVEs, 64 of the largest items.
 */
export const MEMBERSHIP_BYTES_MAX = 262_144;
export const CONTROL_BYTES_MAX = 1_048_576;
export const PUSH_BYTES_MAX = 8 * 1_048_576;
export const ANSWER_BYTES_MAX = 4 * 1_048_576;
/** Bytes of all classes that may wait on all connections together; our guess. */
export const WAITING_BYTES_MAX = 128 * 1_048_576;
/**
 * A class of a connection has room for so much whatever waits elsewhere: peers that read nothing
 * do not silence us towards those that do. Our guess: what one write takes.
 */
export const ASSURED_BYTES_MAX = 65_536;

const MOST_BYTES: Readonly<Record<SendClass, number>> = {
  membership: MEMBERSHIP_BYTES_MAX,
  control: CONTROL_BYTES_MAX,
  push: PUSH_BYTES_MAX,
  answer: ANSWER_BYTES_MAX,
};

/**
 * Whether one more message of a class, however large, may wait where `classBytes` of it do already,
 * and `allBytes` of whatever class on all connections. A class can exceed its bound by one message.
 */
export const hasRoom = (sendClass: SendClass, classBytes: number, allBytes: number): boolean =>
  classBytes < MOST_BYTES[sendClass] &&
  (allBytes < WAITING_BYTES_MAX || classBytes < ASSURED_BYTES_MAX);

const CLASS_OF: Readonly<Record<PeerMessage['type'], SendClass>> = {
  CHALLENGE: 'membership',
  VERIFY: 'membership',
  OK: 'membership',
  ERROR: 'membership',
  HELLO: 'membership',
  INTEREST: 'membership',
  NEIGHBOR: 'membership',
  PEER_JOIN: 'membership',
  PEER_REQUEST: 'membership',
  PEER_RESPONSE: 'membership',
  HAVE: 'control',
  WANT: 'control',
  DONT_WANT: 'control',
  GRAFT: 'control',
  PRUNE: 'control',
  PING: 'control',
  PONG: 'control',
  SPREAD: 'push',
  PEER_LEAVE: 'answer',
};

/** The class of a message; of SPREAD, when nobody asked for it. */
export const sendClassOf = (type: PeerMessage['type']): SendClass => CLASS_OF[type];
