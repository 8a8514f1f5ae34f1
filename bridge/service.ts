/**
 * An actor as receivers of @xstate/inspect know it: a _service_. The texts are made by the
 * package's own serialisers; its server and its patching of live interpreters are not used.
 */
import { selectivelyStringify, stringifyState } from '@xstate/inspect/lib/serialize.js';
import type { ReceiverEvent } from '@xstate/inspect';
import {
  State,
  toSCXMLEvent,
  type AnyState,
  type AnyStateMachine,
  type EventObject,
  type SCXML,
} from 'xstate';
import type { ActorName, DaemonName, Plain, StateValue } from '../src/inspector/protocol.js';
import { eventName, opaqueMachine } from './definition.js';

export type Service = {
  /** Unlike those of actors, different for each daemon and each of its runs. */
  readonly sessionId: string;
  readonly parent: string | undefined;
  /** "challenger.12". */
  readonly id: string;
  readonly daemon: DaemonName;
  readonly actor: ActorName;
  readonly machine: AnyStateMachine;
  value: StateValue;
  context: { readonly [key: string]: Plain };
  /** What it received last; undefined: nothing since the stream began. */
  event: ReceivedEvent | undefined;
};

export type ReceivedEvent = {
  readonly type: string;
  readonly event: Plain;
  /** Session id of the sender. */
  readonly origin: string | undefined;
};

/** Introduces a service, with where it stands. */
export const registerText = (service: Service): string => {
  const { machine, sessionId, id, parent } = service;
  const resolved = resolve(service);
  return text({
    type: 'service.register',
    // The receiver has no use for a chart in which the state does not occur.
    machine: machineText(resolved === undefined ? opaqueMachine(machine.id) : machine),
    state: stringifyState(resolved ?? bareState(service)),
    id,
    sessionId,
    ...(parent !== undefined && { parent }),
  });
};

/** Tells where it stands, and by which event it got there. */
export const stateText = (service: Service): string => {
  const _event = scxmlEvent(service);
  const state = Object.assign(resolve(service) ?? bareState(service), {
    _event,
    event: _event.data,
  });
  return text({
    type: 'service.state',
    state: stringifyState(state),
    sessionId: service.sessionId,
  });
};

/** Tells what it received last. */
export const eventText = (service: Service): string =>
  text({
    type: 'service.event',
    event: JSON.stringify(scxmlEvent(service)),
    sessionId: service.sessionId,
  });

/** Tells that it is over. */
export const stopText = ({ sessionId }: Service): string =>
  text({ type: 'service.stop', sessionId });

/** A definition does not say what keeps the receiver from warning of each machine that it makes. */
const machineText = ({ definition }: AnyStateMachine): string =>
  selectivelyStringify({ ...definition, predictableActionArguments: true }, ['context']);

const text = (message: ReceiverEvent): string => JSON.stringify(message);

const bareState = ({ value, context }: Service): AnyState => State.from(value, context);

/** Undefined when the machine does not have such a state. */
const resolve = (service: Service): AnyState | undefined => {
  try {
    return service.machine.resolveState(bareState(service));
  } catch {
    return undefined;
  }
};

const scxmlEvent = ({ event }: Service): SCXML.Event<EventObject> => {
  if (event === undefined) return toSCXMLEvent<EventObject>('xstate.init');
  const data = isObject(event.event) ? event.event : { event: event.event };
  return toSCXMLEvent<EventObject>(
    { ...data, type: eventName(event.type) },
    event.origin === undefined ? {} : { origin: event.origin },
  );
};

const isObject = (value: Plain): value is { readonly [key: string]: Plain } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
