/**
 * Turns what XState's inspection tells into records. XState tells of one event in pieces (sent,
 * actions, microsteps, snapshot), those of several actors interleaved, since actors answer one
 * another synchronously; here each actor has an inbox, and a piece belongs to its oldest event.
 */
import type { AnyActorRef, AnyEventObject, AnyMachineSnapshot, InspectionEvent } from 'xstate';
import type { ClockPort } from '../runtime/ports.js';
import { asActor, asMachineSnapshot, machineName, machineSnapshotOf, valueOf } from './actors.js';
import type { Batch, Slot } from './batch.js';
import { Delays, type Timer } from './delays.js';
import { plain, plainRecord } from './plain.js';
import type {
  ActorName,
  ActorRecord,
  DaemonName,
  EndRecord,
  EventRecord,
  TakenTransition,
  TraceRecord,
} from './protocol.js';
import { isBuiltIn, ranActions, type ToldAction } from './ran-actions.js';
import {
  changedContext,
  endStatus,
  errorText,
  isActive,
  pendingTimers,
  sameValue,
  statusOf,
  takenTransition,
} from './told.js';

const INIT = 'xstate.init';

type Told<Type extends InspectionEvent['type']> = Extract<InspectionEvent, { type: Type }>;

/** An event that was sent to an actor and is not handled yet. */
type Received = {
  readonly event: AnyEventObject;
  readonly from: ActorName | undefined;
  readonly atMs: number;
  /** Undefined: sampled away. */
  readonly slot: Slot | undefined;
  /** Effects since the last microstep. */
  told: ToldAction[];
  readonly transitions: TakenTransition[];
  readonly actions: ToldAction[];
};

type Tracked = {
  readonly actor: AnyActorRef;
  readonly machine: string;
  readonly bornMs: number;
  readonly inbox: Received[];
  readonly delays: Delays;
  /** Where it stands, microsteps included. */
  at: AnyMachineSnapshot | undefined;
  /** Where it stood before the event that it is handling. */
  before: AnyMachineSnapshot | undefined;
  /** The place of its ActorRecord until it has begun. */
  birth: { record: TraceRecord | undefined } | undefined;
  /** The delays that the page knows of. */
  toldDelays: EventRecord['delays'];
};

export class ActorTracker {
  readonly #daemon: DaemonName;
  readonly #clock: ClockPort;
  readonly #batch: Batch;
  readonly #actors = new Map<ActorName, Tracked>();
  /** Actors in the middle of an event, the innermost last: whoever sends now is that one. */
  readonly #running: Tracked[] = [];
  /** Actors with events that were sampled away, and where the page believes that they stand. */
  readonly #missed = new Map<Tracked, AnyMachineSnapshot | undefined>();

  constructor(daemon: DaemonName, clock: ClockPort, batch: Batch) {
    this.#daemon = daemon;
    this.#clock = clock;
    this.#batch = batch;
  }

  /** How many actors are known to live. */
  get size(): number {
    return this.#actors.size;
  }

  /** Takes in the actors that are there already. */
  begin(actors: readonly AnyActorRef[]): void {
    for (const actor of actors) this.#track(actor);
    this.#readTimers();
    for (const tracked of this.#actors.values()) tracked.toldDelays = tracked.delays.list;
  }

  /** XState tells nothing more for now, maybe amidst an event: what is under way is left out. */
  lose(): void {
    this.#running.length = 0;
    for (const [name, { inbox, birth }] of this.#actors) {
      this.#batch.leave(inbox.filter(({ slot }) => slot !== undefined).length);
      inbox.length = 0;
      // It is found when there is somebody to tell of it.
      if (birth !== undefined) this.#actors.delete(name);
    }
  }

  /** Finds out what became of everybody since nothing was told; `settle` tells it. */
  catchUp(living: readonly AnyActorRef[]): void {
    for (const tracked of [...this.#actors.values()]) {
      const status = statusOf(tracked.actor);
      if (status !== 'active') {
        this.#end(tracked, status === 'done' || status === 'error' ? status : 'stopped');
        continue;
      }
      if (!this.#missed.has(tracked)) this.#missed.set(tracked, tracked.before);
      tracked.at = machineSnapshotOf(tracked.actor);
      tracked.before = tracked.at;
    }
    const found = living
      .filter((actor) => !this.#actors.has(actor.sessionId) && isActive(actor))
      .map((actor) => this.#track(actor));
    this.#readTimers();
    for (const tracked of found) this.#batch.place(this.#actorRecord(tracked));
  }

  /** Where everybody stands. */
  actors(): ActorRecord[] {
    return [...this.#actors.values()].map((tracked) => this.#actorRecord(tracked));
  }

  forget(): void {
    this.#actors.clear();
    this.#running.length = 0;
    this.#missed.clear();
  }

  /** Where those stand whose events were sampled away. Called between two events. */
  settle(): void {
    // Nobody is in the middle of anything between two events, whatever went wrong before.
    this.#running.length = 0;
    for (const [tracked, known] of this.#missed) {
      if (this.#actors.has(tracked.actor.sessionId)) this.#tellState(tracked, known);
    }
    this.#missed.clear();
  }

  #tellState(tracked: Tracked, known: AnyMachineSnapshot | undefined): void {
    const { actor, at, delays, toldDelays } = tracked;
    const [value, changed] = [valueOf(at), changedContext(known, at)];
    const stands = sameValue(valueOf(known), value) && delays.list === toldDelays;
    if (stands && Object.keys(changed).length === 0) return;
    tracked.toldDelays = delays.list;
    this.#batch.place({
      kind: 'state',
      daemon: this.#daemon,
      atMs: this.#clock.wallMs(),
      actor: actor.sessionId,
      ...{ value, changed, delays: delays.list },
    });
  }

  /** For `system.inspect`. */
  inspect(told: InspectionEvent): void {
    switch (told.type) {
      case '@xstate.actor':
        this.#born(asActor(told.actorRef));
        return;
      case '@xstate.event':
        return this.#received(told);
      case '@xstate.action':
        return this.#acted(told);
      case '@xstate.microstep':
        return this.#stepped(told);
      case '@xstate.snapshot':
        return this.#settled(told);
      case '@xstate.transition':
        return;
    }
  }

  // ------------------------------------------------------------------ pieces

  #born(actor: AnyActorRef): void {
    const tracked = this.#track(actor);
    tracked.birth = this.#batch.place(undefined);
  }

  #received({ actorRef, sourceRef, event }: Told<'@xstate.event'>): void {
    const isToSelf = sourceRef !== undefined && sourceRef.sessionId === actorRef.sessionId;
    if (sourceRef !== undefined && !isToSelf) this.#noteEnd(asActor(sourceRef), event);
    const tracked = this.#actors.get(actorRef.sessionId) ?? this.#found(asActor(actorRef));
    if (tracked === undefined) return;
    if (isToSelf) tracked.delays.fired(event.type);
    const sender = sourceRef ?? this.#running.at(-1)?.actor;
    tracked.inbox.push({
      event,
      from: isToSelf ? undefined : sender?.sessionId,
      atMs: this.#clock.wallMs(),
      slot: this.#batch.slot('event'),
      told: [],
      transitions: [],
      actions: [],
    });
  }

  #acted({ actorRef, action }: Told<'@xstate.action'>): void {
    const tracked = this.#actors.get(actorRef.sessionId);
    if (tracked === undefined) return;
    if (isBuiltIn(action.type)) return this.#noteTimer(tracked, action);
    if (this.#running.at(-1) !== tracked) this.#running.push(tracked);
    const [current] = tracked.inbox;
    if (current?.slot === undefined) return;
    current.told.push({ type: action.type, params: plain(action.params ?? null) });
  }

  #stepped({ actorRef, event, snapshot, _transitions }: Told<'@xstate.microstep'>): void {
    const tracked = this.#actors.get(actorRef.sessionId);
    const next = asMachineSnapshot(snapshot);
    if (tracked === undefined || next === undefined) return;
    const [current] = tracked.inbox;
    // Those of the beginning come before its event, and their effects run after it.
    if (event.type !== INIT && current?.slot !== undefined) {
      current.actions.push(...ranActions(tracked.at, next, _transitions, current.told));
      current.transitions.push(..._transitions.map(takenTransition));
      current.told = [];
    }
    if (event.type !== INIT) tracked.at = next;
  }

  #settled({ actorRef, event, snapshot }: Told<'@xstate.snapshot'>): void {
    const tracked = this.#actors.get(actorRef.sessionId);
    if (tracked === undefined) return;
    this.#complete(tracked, event, asMachineSnapshot(snapshot));
    if (snapshot.status === 'done' || snapshot.status === 'stopped') {
      this.#end(tracked, snapshot.status);
    }
  }

  // ------------------------------------------------------------------ records

  /** The event has been handled: its record takes its place. */
  #complete(
    tracked: Tracked,
    event: AnyEventObject | undefined,
    next: AnyMachineSnapshot | undefined,
  ): void {
    const running = this.#running.lastIndexOf(tracked);
    if (running !== -1) this.#running.length = running;
    const at = event === undefined ? 0 : tracked.inbox.findIndex((one) => one.event === event);
    // XState drops events to whoever is not there any more; what stands before ours was such.
    const received = at === -1 ? undefined : tracked.inbox.splice(0, at + 1)[at];
    const { before } = tracked;
    tracked.at = next;
    tracked.before = next;
    if (tracked.birth !== undefined) {
      tracked.birth.record = this.#actorRecord(tracked);
      tracked.birth = undefined;
    }
    if (received === undefined) return;
    if (received.slot === undefined) {
      if (!this.#missed.has(tracked)) this.#missed.set(tracked, before);
      return;
    }
    if (event?.type === INIT && next !== undefined) {
      received.actions.push(...ranActions(undefined, next, [], received.told));
    } else {
      received.actions.push(...received.told);
    }
    tracked.toldDelays = tracked.delays.list;
    received.slot.record = {
      kind: 'event',
      daemon: this.#daemon,
      seq: received.slot.seq,
      atMs: received.atMs,
      actor: tracked.actor.sessionId,
      from: received.from,
      type: received.event.type,
      event: plain(received.event),
      before: valueOf(before),
      after: valueOf(next),
      changed: before === undefined ? {} : changedContext(before, next),
      transitions: received.transitions,
      actions: received.actions,
      delays: tracked.delays.list,
    };
  }

  /** A parent hears of the end of its child before XState tells the inspector. */
  #noteEnd(source: AnyActorRef, event: AnyEventObject): void {
    const status = endStatus(source.id, event.type);
    if (status === undefined) return;
    const tracked = this.#actors.get(source.sessionId);
    if (tracked === undefined) return;
    this.#complete(tracked, undefined, machineSnapshotOf(source));
    this.#end(tracked, status);
  }

  #end(tracked: Tracked, status: EndRecord['status']): void {
    const { actor } = tracked;
    this.#actors.delete(actor.sessionId);
    this.#missed.delete(tracked);
    const { output, error } = actor.getSnapshot() as { output?: unknown; error?: unknown };
    this.#batch.place({
      kind: 'end',
      daemon: this.#daemon,
      atMs: this.#clock.wallMs(),
      actor: actor.sessionId,
      status,
      output: status === 'done' ? plain(output ?? null) : null,
      error: status === 'error' ? errorText(plain(error)) : undefined,
    });
  }

  #noteTimer({ delays }: Tracked, { type, params }: Told<'@xstate.action'>['action']): void {
    const { event, id, delay, sendId } = (params ?? {}) as {
      readonly event?: { readonly type: string };
      readonly id?: string;
      readonly delay?: number;
      readonly sendId?: string;
    };
    if (type === 'xstate.cancel' && sendId !== undefined) delays.cancel(sendId);
    if (type !== 'xstate.raise' || event === undefined || typeof delay !== 'number') return;
    delays.set(id ?? event.type, event.type, this.#clock.wallMs() + delay);
  }

  #track(actor: AnyActorRef): Tracked {
    const at = machineSnapshotOf(actor);
    const tracked: Tracked = {
      actor,
      machine: machineName(actor),
      bornMs: this.#clock.wallMs(),
      inbox: [],
      delays: new Delays(),
      at,
      before: at,
      birth: undefined,
      toldDelays: [],
    };
    this.#actors.set(actor.sessionId, tracked);
    return tracked;
  }

  /** One that nobody told of; undefined for one that is no more. */
  #found(actor: AnyActorRef): Tracked | undefined {
    if (!isActive(actor)) return undefined;
    const tracked = this.#track(actor);
    this.#batch.place(this.#actorRecord(tracked));
    return tracked;
  }

  /** All timers, as XState keeps them. */
  #readTimers(): void {
    const running = new Map<ActorName, Timer[]>();
    const [first] = this.#actors.values();
    for (const { id, event, startedAt, delay, source } of pendingTimers(first?.actor)) {
      const timer = { id, event: event.type, dueMs: startedAt + delay };
      const others = running.get(source.sessionId);
      if (others === undefined) running.set(source.sessionId, [timer]);
      else others.push(timer);
    }
    for (const [name, { delays }] of this.#actors) delays.replace(running.get(name) ?? []);
  }

  #actorRecord(tracked: Tracked): ActorRecord {
    const { actor, machine, bornMs, at, delays } = tracked;
    tracked.toldDelays = delays.list;
    return {
      kind: 'actor',
      daemon: this.#daemon,
      actor: actor.sessionId,
      id: actor.id,
      machine: at?.machine.id ?? machine,
      parent: actor._parent?.sessionId,
      atMs: bornMs,
      value: valueOf(at),
      context: at === undefined ? {} : plainRecord(at.context),
      delays: delays.list,
    };
  }
}
