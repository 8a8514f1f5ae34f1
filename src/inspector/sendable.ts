/**
 * The events that a person may send to an actor, and what each carries. Actors trust one another,
 * so that an event of a wrong shape could do worse than make its receiver fail: what claims to be
 * a wire message must survive the codec, everything else must be listed here.
 */
import type {
  AdmissionEvent,
  ConnectionEvent,
  LinkEvent,
  NoticeEvent,
  PuzzleEvent,
  ValidationEvent,
  ViewEvent,
} from '../../machines/events.js';
import { apiArrivals, peerArrivals } from '../runtime/arrivals.js';
import { decodeApi, encodeApi } from '../wire/api-codec.js';
import {
  ERROR_CODES,
  NONCE_BYTES,
  type ApiMessage,
  type ApiRequest,
  type PeerMessage,
} from '../wire/messages.js';
import { decodePeer, encodePeer } from '../wire/peer-codec.js';
import type { Plain } from './protocol.js';

export type SentEvent = { readonly type: string; readonly [key: string]: unknown };

type Field = { readonly says: string; fits(value: unknown): boolean };
type Fields = { readonly [name: string]: Field };

type InternalEvent =
  | AdmissionEvent
  | ConnectionEvent
  | LinkEvent
  | NoticeEvent
  | PuzzleEvent
  | ValidationEvent
  | ViewEvent;

const TEXT_CHARS_MAX = 256;
/** Messages in one event; our guess. */
const MESSAGES_MAX = 64;
const DEPTH_MAX = 8;
const HEX = /^(?:[0-9a-f]{2})*$/;

const text: Field = {
  says: `a text of at most ${TEXT_CHARS_MAX} characters`,
  fits: (value) => typeof value === 'string' && value.length <= TEXT_CHARS_MAX,
};
const count: Field = {
  says: 'a whole number from 0 to 65535',
  fits: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535,
};
const truth: Field = { says: 'true or false', fits: (value) => typeof value === 'boolean' };
const oneOf = (...words: readonly string[]): Field => ({
  says: words.join(' or '),
  fits: (value) => words.some((word) => word === value),
});
const optional = ({ says, fits }: Field): Field => ({
  says: `${says}, or nothing`,
  fits: (value) => value === undefined || fits(value),
});
const nonce: Field = {
  says: `${NONCE_BYTES} bytes`,
  fits: (value) => Buffer.isBuffer(value) && value.length === NONCE_BYTES,
};
const address: Field = {
  says: '{"host": text, "port": number}',
  fits: (value) =>
    typeof value === 'object' &&
    value !== null &&
    'host' in value &&
    text.fits(value.host) &&
    'port' in value &&
    count.fits(value.port),
};

/**
 * Not listed: what carries whole records of peers or items, which wire messages bring about; and
 * who is at the other end of a connection, which only a certificate says.
 */
const SENDABLE: { readonly [Type in InternalEvent['type']]?: Fields } = {
  'connection.connected': { remote: address },
  'connection.unsecured': { reason: text },
  'connection.malformed': { reason: text, dump: text },
  'connection.closed': { reason: text },
  'connection.dropped': { error: optional(oneOf(...Object.keys(ERROR_CODES))), reason: text },
  'puzzle.solved': { nonce },
  'verdict.missed': {},
  'verdict.given': { valid: truth, awaited: truth },
  'subscriber.left': {},
  'deadline.passed': {},
  'link.admitted': {},
  'link.refused': { reason: text },
  'link.activated': {},
  'link.suspected': { connection: count },
  'link.lost': { connection: count },
  'peers.awaited': {},
  'peers.learned': {},
  'neighbor.asked': { connection: count, priority: oneOf('low', 'high') },
  'neighbor.answered': { connection: count, accepted: truth },
  'view.changed': { standing: oneOf('alone', 'growing', 'full') },
  'view.alarmed': {
    alarm: oneOf('outbound links lost', 'one network left', 'links exchanged'),
  },
};

/**
 * The event as its actor is to get it.
 *
 * @throws Error when it is none that may be sent; the message is a sentence for the person.
 */
export const sentEvent = (event: {
  readonly type: string;
  readonly [key: string]: Plain;
}): SentEvent => {
  const revived = revive(event, DEPTH_MAX) as SentEvent;
  if (/^(peer|api)\./.test(event.type)) return arrival(revived);
  const fields = new Map<string, Fields>(Object.entries(SENDABLE)).get(event.type);
  if (fields === undefined) {
    const names = Object.keys(SENDABLE).join(', ');
    throw new Error(`may be sent by hand: wire messages (peer.…, api.…), and ${names}`);
  }
  for (const [name, { says, fits }] of Object.entries(fields)) {
    if (!fits(revived[name])) throw new Error(`${name} of ${event.type} is ${says}`);
  }
  // What else was sent along is nothing that the actor knows.
  return {
    type: event.type,
    ...Object.fromEntries(Object.keys(fields).map((name) => [name, revived[name]])),
  };
};

/** A message, or a run of them, as if it had just been read from the socket. */
const arrival = ({ type, message, messages = [message] }: SentEvent): SentEvent => {
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > MESSAGES_MAX) {
    throw new Error(`${type} carries a message, or 1 to ${MESSAGES_MAX} messages`);
  }
  const arrivals: readonly SentEvent[] = type.startsWith('peer.')
    ? peerArrivals(messages.map(peerMessage))
    : apiArrivals(messages.map(apiRequest));
  const [first, another] = arrivals;
  if (first?.type !== type || another !== undefined) {
    throw new Error(`what it carries arrives as ${arrivals.map((one) => one.type).join(', ')}`);
  }
  return first;
};

/** Through the codec and back: what comes out is a message whatever went in. */
const peerMessage = (value: unknown): PeerMessage => {
  if (!isNamed(value)) throw new Error('a message is an object with a type');
  const decoded = decodePeer(encodePeer(value as PeerMessage));
  if (!decoded.ok) throw new Error(`no message of the peer protocol: ${decoded.error.detail}`);
  return decoded.value;
};

const apiRequest = (value: unknown): ApiRequest => {
  if (!isNamed(value)) throw new Error('a message is an object with a type');
  const decoded = decodeApi(encodeApi(value as ApiMessage));
  if (!decoded.ok) throw new Error(`no message of the module API: ${decoded.error.detail}`);
  const { value: message } = decoded;
  switch (message.type) {
    case 'ANNOUNCE':
    case 'NOTIFY':
    case 'VALIDATION':
      return message;
    case 'NOTIFICATION':
    case 'RPS_QUERY':
    case 'RPS_PEER':
      throw new Error(`${message.type} is not for us`);
  }
};

const BYTES_KEYS: readonly string[] = ['bytes', 'hex', 'text'];

/** Bytes as `plain` shows them become bytes again. @throws Error when some were left out */
const revive = (value: Plain, depth: number): unknown => {
  if (value === '‹undefined›') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) throw new Error('the event is nested too deeply');
  if (isList(value)) return value.map((element) => revive(element, depth - 1));
  const { bytes, hex } = value;
  // The text beside them says the same once more.
  const isBytes = Object.keys(value).every((key) => BYTES_KEYS.includes(key));
  if (typeof bytes === 'number' && typeof hex === 'string' && isBytes) {
    if (!HEX.test(hex)) throw new Error('bytes are written in lower-case hex');
    if (hex.length !== 2 * bytes) throw new Error(`${bytes} bytes, but ${hex.length} hex digits`);
    return Buffer.from(hex, 'hex');
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, revive(inner, depth - 1)]),
  );
};

const isList = (value: Plain): value is readonly Plain[] => Array.isArray(value);

const isNamed = (value: unknown): value is { readonly type: string } =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
