/**
 * What a person may do from the page: send an event to an actor, close a link, cut and heal one.
 *
 * An event may make its actor fail; the supervisor outlives that. What could make the supervisor
 * itself fail is not let through: it takes only the wish to stop, and what claims to be a wire
 * message must be one.
 */
import type { AnyActorRef } from 'xstate';
import { apiArrivals, peerArrivals } from '../runtime/arrivals.js';
import { decodeApi, encodeApi } from '../wire/api-codec.js';
import type { ApiMessage, ApiRequest, PeerMessage } from '../wire/messages.js';
import { decodePeer, encodePeer } from '../wire/peer-codec.js';
import { findActor, type Inspected } from './actors.js';
import type { ControlCommand, Plain } from './protocol.js';
import type { ControlOutcome } from './source.js';

/** Messages in one event sent by a person; our guess. */
const MESSAGES_MAX = 64;
const TYPE_CHARS_MAX = 100;
const DEEPEST = 8;
const HEX = /^(?:[0-9a-f]{2})*$/;

type AnyEvent = { readonly type: string; readonly [key: string]: unknown };
type Links = Pick<Inspected, 'root' | 'router' | 'watch'>;

/** Does what the command says. Never throws. */
export const controlDaemon = (daemon: Links, command: ControlCommand): ControlOutcome => {
  try {
    return command.do === 'send' ? send(daemon, command) : touchLink(daemon, command);
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
};

/** Reads a command from outside; undefined when it is none. */
export const readCommand = (value: unknown): ControlCommand | undefined => {
  if (!isObject(value) || typeof value['daemon'] !== 'string') return undefined;
  const { daemon, actor, event, connection } = value;
  switch (value['do']) {
    case 'send':
      return typeof actor === 'string' && isObject(event) && typeof event['type'] === 'string'
        ? { do: 'send', daemon, actor, event: { ...event, type: event['type'] } }
        : undefined;
    case 'close':
    case 'cut':
    case 'heal':
      return typeof connection === 'number' && Number.isSafeInteger(connection) && connection >= 0
        ? { do: value['do'], daemon, connection }
        : undefined;
    default:
      return undefined;
  }
};

const touchLink = (
  { root, watch }: Links,
  { do: deed, connection }: Extract<ControlCommand, { do: 'close' | 'cut' | 'heal' }>,
): ControlOutcome => {
  const link = root.getSnapshot().children[`peer-connection.${connection}`];
  if (link === undefined) return { status: 404, message: `there is no connection ${connection}` };
  if (deed === 'cut') watch.cut(connection);
  else if (deed === 'heal') watch.heal(connection);
  else {
    const reason = 'closed by a person at the inspector';
    (link as AnyActorRef).send({ type: 'connection.dropped', error: undefined, reason });
  }
  return done;
};

const send = (
  daemon: Links,
  { actor: name, event }: Extract<ControlCommand, { do: 'send' }>,
): ControlOutcome => {
  const { type } = event;
  if (type === '' || type.length > TYPE_CHARS_MAX) return refused('the event has no proper type');
  if (type.startsWith('xstate.')) return refused('events of XState itself are not sent by hand');
  const actor = findActor(daemon, name);
  if (actor === undefined) return { status: 404, message: `there is no living actor ${name}` };
  if (actor === daemon.root && type !== 'shutdown.requested') {
    return refused('the supervisor takes only shutdown.requested by hand');
  }
  actor.send(asEvent(event));
  return done;
};

/** The event as its actor would get it. @throws Error when it claims to be a message and is none */
const asEvent = (event: { readonly type: string; readonly [key: string]: Plain }): AnyEvent => {
  const revived = revive(event, DEEPEST) as AnyEvent;
  const [who] = event.type.split('.', 1);
  if (who !== 'peer' && who !== 'api') return revived;
  const { message, messages = [message] } = revived;
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > MESSAGES_MAX) {
    throw new Error(`${event.type} carries a message, or 1 to ${MESSAGES_MAX} messages`);
  }
  const arrivals: readonly AnyEvent[] =
    who === 'peer'
      ? peerArrivals(messages.map(peerMessage))
      : apiArrivals(messages.map(apiRequest));
  const [arrival, another] = arrivals;
  if (arrival?.type !== event.type || another !== undefined) {
    throw new Error(`what it carries arrives as ${arrivals.map(({ type }) => type).join(', ')}`);
  }
  return arrival;
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

/** What `plain` makes of bytes becomes bytes again. @throws Error when some were left out */
const revive = (value: Plain, depth: number): unknown => {
  if (typeof value !== 'object' || value === null)
    return value === '‹undefined›' ? undefined : value;
  if (depth === 0) throw new Error('the event is nested too deeply');
  if (isList(value)) return value.map((element) => revive(element, depth - 1));
  const { bytes, hex } = value;
  if (typeof bytes === 'number' && typeof hex === 'string' && Object.keys(value).length === 2) {
    if (!HEX.test(hex)) throw new Error('bytes are written in lower-case hex');
    if (hex.length !== 2 * bytes) throw new Error(`${bytes} bytes, but ${hex.length} hex digits`);
    return Buffer.from(hex, 'hex');
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, revive(inner, depth - 1)]),
  );
};

const done: ControlOutcome = { status: 200, message: 'done' };
const refused = (message: string): ControlOutcome => ({ status: 400, message });

const isList = (value: Plain): value is readonly Plain[] => Array.isArray(value);

/** What JSON.parse gave. */
const isObject = (value: unknown): value is { readonly [key: string]: Plain } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNamed = (value: unknown): value is { readonly type: string } =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
