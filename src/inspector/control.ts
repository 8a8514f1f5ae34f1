/**
 * What a person may do from the page: send an event to an actor, close a link, cut and heal one,
 * forgive a peer.
 *
 * An event may make its actor fail; the supervisor outlives that. What could make the supervisor
 * itself fail is not let through: it takes only the wish to stop.
 */
import type { AnyActorRef } from 'xstate';
import { isIdentityText } from '../core/identity.js';
import { findActor, type Inspected } from './actors.js';
import type { ControlCommand, Plain } from './protocol.js';
import { sentEvent } from './sendable.js';
import type { ControlOutcome } from './source.js';

const TYPE_CHARS_MAX = 100;

type Links = Pick<Inspected, 'root' | 'router' | 'watch' | 'book'>;

/** Does what the command says. Never throws. */
export const controlDaemon = (daemon: Links, command: ControlCommand): ControlOutcome => {
  try {
    if (command.do === 'send') return send(daemon, command);
    return command.do === 'forgive' ? forgive(daemon, command) : touchLink(daemon, command);
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
};

/** Reads a command from outside; undefined when it is none. */
export const readCommand = (value: unknown): ControlCommand | undefined => {
  if (!isObject(value) || typeof value['daemon'] !== 'string') return undefined;
  const { daemon, actor, event, connection, identity } = value;
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
    case 'forgive':
      return typeof identity === 'string' && isIdentityText(identity)
        ? { do: 'forgive', daemon, identity }
        : undefined;
    default:
      return undefined;
  }
};

const forgive = (
  { book }: Links,
  { identity }: Extract<ControlCommand, { do: 'forgive' }>,
): ControlOutcome =>
  book.forgive(identity) > 0
    ? done
    : { status: 404, message: `nothing is held against ${identity.slice(0, 16)}` };

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
  actor.send(actor === daemon.root ? { type } : sentEvent(event));
  return done;
};

const done: ControlOutcome = { status: 200, message: 'done' };
const refused = (message: string): ControlOutcome => ({ status: 400, message });

/** What JSON.parse gave. */
const isObject = (value: unknown): value is { readonly [key: string]: Plain } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
