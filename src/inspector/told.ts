/** Reads what the page is told out of what XState tells. */
import type { AnyActorRef, AnyMachineSnapshot, AnyTransitionDefinition } from 'xstate';
import { plainRecord } from './plain.js';
import type { Plain, StateValue, TakenTransition } from './protocol.js';

export const statusOf = (actor: AnyActorRef): unknown =>
  (actor.getSnapshot() as { readonly status?: unknown } | undefined)?.status;

export const isActive = (actor: AnyActorRef): boolean => statusOf(actor) === 'active';

export const takenTransition = ({
  source,
  target,
  eventType,
}: AnyTransitionDefinition): TakenTransition => ({
  source: source.id,
  targets: target?.map(({ id }) => id) ?? [],
  event: eventType,
});

/** What differs, by reference: contexts are never changed in place. */
export const changedContext = (
  before: AnyMachineSnapshot | undefined,
  after: AnyMachineSnapshot | undefined,
): { readonly [key: string]: Plain } => {
  const [old, now] = [before?.context ?? {}, after?.context ?? {}] as Record<string, unknown>[];
  if (old === now || old === undefined || now === undefined) return {};
  const changed = Object.keys(now).filter((key) => now[key] !== old[key]);
  const gone = Object.keys(old).filter((key) => !(key in now));
  if (changed.length + gone.length === 0) return {};
  return plainRecord(Object.fromEntries([...changed, ...gone].map((key) => [key, now[key]])));
};

export const sameValue = (one: StateValue, other: StateValue): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);

export const endStatus = (id: string, eventType: string): 'done' | 'error' | undefined => {
  if (!eventType.startsWith('xstate.')) return undefined;
  if (eventType === `xstate.done.actor.${id}`) return 'done';
  return eventType === `xstate.error.actor.${id}` ? 'error' : undefined;
};

export const errorText = (error: Plain): string =>
  typeof error === 'object' && error !== null && 'message' in error
    ? `${String(error['error'])}: ${String(error['message'])}`
    : String(JSON.stringify(error));

type ScheduledEvent = {
  readonly id: string;
  readonly event: { readonly type: string };
  readonly startedAt: number;
  readonly delay: number;
  readonly source: AnyActorRef;
};

/** The timers of a whole system; dated by the wall clock of the process. */
export const pendingTimers = (anyActor: AnyActorRef | undefined): readonly ScheduledEvent[] =>
  anyActor === undefined ? [] : Object.values(anyActor.system.getSnapshot()._scheduledEvents);
