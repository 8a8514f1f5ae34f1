/**
 * One event of one actor: the transition that it enables, the transitions without an event that
 * follow from it, and those of the events that were raised on the way. Actions run as XState runs
 * them, by the actor's own executor; its inspectors are told the same.
 */
import {
  createActor,
  stopChild,
  type AnyActorLogic,
  type AnyActorRef,
  type AnyActorScope,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyTransitionDefinition,
} from 'xstate';
import {
  preparedAll,
  type Chart,
  type Choice,
  type Configuration,
  type Prepared,
  type Step,
  type Transitions,
} from './chart.js';
import { isRunning, opened } from './internals.js';
import {
  nameOf,
  noSpawn,
  paramsOf,
  type Arguments,
  type Builtin,
  type CombinedGuard,
  type Extra,
  type Guard,
  type Mapper,
} from './parts.js';
import {
  asMachineSnapshot,
  Snapshot,
  type Children,
  type Context,
  type Status,
} from './snapshot.js';
import { isWatched } from './system.js';

export const INIT = 'xstate.init';
const STOP = 'xstate.stop';
const ERROR_OF_CHILD = 'xstate.error.actor';

export class Macrostep {
  readonly #machine: AnyStateMachine;
  readonly #scope: AnyActorScope;
  /** What inspectors are told of; false: nobody inspects, and effects are called directly. */
  readonly #isWatched: boolean;
  #configuration: Configuration;
  #status: Status = 'active';
  #output: unknown;
  #error: unknown;
  #context: Context;
  readonly #children: Children;
  #snapshot: AnyMachineSnapshot | undefined;
  /** The snapshot does not show what has happened since. */
  #isStale = false;
  /** Events that were raised; undefined: none yet. */
  #extra: Extra | undefined;

  private constructor(
    machine: AnyStateMachine,
    scope: AnyActorScope,
    configuration: Configuration,
    context: Context,
    children: Children,
  ) {
    this.#machine = machine;
    this.#scope = scope;
    this.#configuration = configuration;
    this.#context = context;
    this.#children = children;
    this.#isWatched = !isRunning(scope.self) || isWatched(scope.system);
  }

  /** A new actor enters its initial states. */
  static begin(
    machine: AnyStateMachine,
    chart: Chart,
    scope: AnyActorScope,
    input: unknown,
  ): AnyMachineSnapshot {
    return new Macrostep(machine, scope, chart.nowhere, {}, {}).#begin(input, chart.beginning);
  }

  /** An actor hears an event. */
  static take(
    machine: AnyStateMachine,
    chart: Chart,
    scope: AnyActorScope,
    snapshot: AnyMachineSnapshot,
    event: AnyEventObject,
  ): AnyMachineSnapshot {
    const { context, children, _nodes, status, output, error } = snapshot;
    const taken = new Macrostep(machine, scope, chart.configurationOf(_nodes), context, children);
    taken.#snapshot = snapshot;
    if (status !== 'active') taken.#resume(status, output, error);
    return taken.#take(event);
  }

  /** Of an actor that is over. */
  #resume(status: Status, output: unknown, error: unknown): void {
    this.#status = status;
    this.#output = output;
    this.#error = error;
  }

  #begin(input: unknown, { actions, next }: Step): AnyMachineSnapshot {
    const event = { type: INIT, input };
    const nothing = this.#current();
    const { context } = this.#machine.config as { context?: unknown };
    try {
      this.#context = (
        typeof context === 'function'
          ? context({ input, self: this.#scope.self, spawn: noSpawn })
          : (context ?? {})
      ) as Context;
      this.#isStale = true;
      this.#perform(actions, event);
      this.#configuration = next;
      this.#isStale = true;
      this.#settle(event);
      return this.#current();
    } catch (error) {
      return { ...nothing, context: this.#context, status: 'error', error } as AnyMachineSnapshot;
    }
  }

  #take(event: AnyEventObject): AnyMachineSnapshot {
    if (event.type === STOP) return this.#end(event, 'stopped', undefined);
    const enabled = this.#enabled(this.#configuration.choiceFor(event.type), event);
    if (enabled.length === 0 && event.type.startsWith(ERROR_OF_CHILD)) {
      return this.#end(event, 'error', event['error']);
    }
    this.#microstep(enabled, event);
    this.#settle(event);
    return this.#current();
  }

  /** What follows without another event from outside. */
  #settle(first: AnyEventObject): void {
    let event = first;
    let mayFollow = true;
    while (this.#status === 'active') {
      let enabled: Transitions = mayFollow ? this.#eventless(event) : NONE;
      const before: unknown = enabled.length > 0 ? this.#current() : undefined;
      if (enabled.length === 0) {
        const raised = this.#extra?.internalQueue.shift();
        if (raised === undefined) break;
        event = raised;
        enabled = this.#enabled(this.#configuration.choiceFor(event.type), event);
      }
      this.#microstep(enabled, event);
      mayFollow = this.#isStale || this.#snapshot !== before;
    }
    if (this.#status !== 'active') this.#stopChildren(event);
  }

  #microstep(transitions: Transitions, event: AnyEventObject): void {
    if (transitions.length > 0) this.#make(this.#configuration.step(transitions), event);
    if (this.#isWatched) this.#tell(event, transitions);
  }

  #make({ actions, next, completed, farewell }: Step, event: AnyEventObject): void {
    this.#perform(actions, event);
    if (completed !== undefined) {
      const { output } = this.#machine.root;
      const done = { type: `xstate.done.state.${completed.id}`, output: undefined };
      const args = { context: this.#context, event: done, self: this.#scope.self };
      this.#output = typeof output === 'function' ? (output as Mapper)(args, undefined) : output;
      this.#status = 'done';
      this.#isStale = true;
      this.#perform(farewell, event);
    }
    if (next === this.#configuration) return;
    this.#configuration = next;
    this.#isStale = true;
  }

  #end(event: AnyEventObject, status: Status, error: unknown): AnyMachineSnapshot {
    this.#stopChildren(event);
    for (const id of Object.keys(this.#children)) Reflect.deleteProperty(this.#children, id);
    this.#status = status;
    this.#error = error;
    this.#isStale = true;
    if (this.#isWatched) this.#tell(event, NONE);
    return this.#current();
  }

  #current(): AnyMachineSnapshot {
    if (!this.#isStale && this.#snapshot !== undefined) return this.#snapshot;
    const snapshot = new Snapshot(
      this.#machine,
      this.#configuration,
      this.#context,
      this.#children,
      this.#status,
      this.#output,
      this.#error,
    );
    this.#isStale = false;
    this.#snapshot = asMachineSnapshot(snapshot);
    return this.#snapshot;
  }

  #tell(event: AnyEventObject, transitions: Transitions): void {
    opened(this.#scope.system)._sendInspectionEvent({
      type: '@xstate.microstep',
      actorRef: this.#scope.self,
      event,
      snapshot: this.#current(),
      _transitions: transitions,
    });
  }

  // ------------------------------------------------------------------ which transitions

  #enabled(choice: Choice, event: AnyEventObject): Transitions {
    if (choice.sure !== undefined) return choice.sure;
    const enabled: AnyTransitionDefinition[] = [];
    this.#choose(choice, event, enabled);
    return enabled;
  }

  #choose(choice: Choice, event: AnyEventObject, chosen: AnyTransitionDefinition[]): void {
    const before = chosen.length;
    for (const region of choice.regions) this.#choose(region, event, chosen);
    if (chosen.length > before) return;
    for (const transition of choice.candidates) {
      if (!this.#passes(transition, event)) continue;
      chosen.push(transition);
      return;
    }
  }

  #eventless(event: AnyEventObject): Transitions {
    const { eventless } = this.#configuration;
    if (eventless.length === 0) return NONE;
    const enabled = eventless.map((always) =>
      always.find(({ guard }) => guard === undefined || this.#holds(guard as Guard, event)),
    );
    return [...new Set(enabled)].filter((transition) => transition !== undefined);
  }

  #passes({ guard, source }: AnyTransitionDefinition, event: AnyEventObject): boolean {
    if (guard === undefined) return true;
    try {
      return this.#holds(guard as Guard, event);
    } catch (error) {
      const name = typeof guard === 'function' ? '' : `'${nameOf(guard as string)}' `;
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(
        `Unable to evaluate guard ${name}in transition for event '${event.type}' in state node ` +
          `'${source.id}':\n${reason}`,
        { cause: error },
      );
    }
  }

  #holds(guard: Guard, event: AnyEventObject): boolean {
    const args = { context: this.#context, event };
    const found =
      typeof guard === 'function' ? guard : this.#machine.implementations.guards[nameOf(guard)];
    if (found === undefined) throw new Error(`Guard '${nameOf(guard)}' is not implemented.`);
    if (typeof found !== 'function') return this.#holds(found as Guard, event);
    const { check } = found as CombinedGuard;
    if (check !== undefined) return check(this.#current(), args, found);
    const params = typeof guard === 'object' ? paramsOf(guard.params, args) : undefined;
    return Boolean((found as Mapper)(args, params));
  }

  // ------------------------------------------------------------------ actions

  #perform(actions: readonly Prepared[], event: AnyEventObject): void {
    for (const action of actions) this.#performOne(action, event);
  }

  #performOne({ type, known, params: given }: Prepared, event: AnyEventObject): void {
    const context = this.#context;
    const params = typeof given === 'function' ? given({ context, event }) : given;
    const action = (known ?? this.#machine.implementations.actions[type]) as Builtin | undefined;
    const { self, system } = this.#scope;
    const args = { context, event, self, system };
    if (action?.resolve === undefined) return this.#execute(type, args, params, action);
    switch (action.type) {
      case 'xstate.assign':
        return this.#assign(action, event, params);
      case 'xstate.spawnChild':
        return this.#spawn(action, args);
      case 'xstate.stopChild':
        return this.#stop(action, args, params);
      default:
        return this.#performBuiltin(action, args, params);
    }
  }

  #performBuiltin(action: Builtin, args: Arguments, params: unknown): void {
    // Of the others only this one looks at more of the snapshot than what never changes.
    const last = action.type === 'xstate.enqueueActions' ? undefined : this.#snapshot;
    const snapshot = last ?? this.#current();
    this.#extra ??= { internalQueue: [], deferredActorIds: undefined };
    const resolved = action.resolve?.(this.#scope, snapshot, args, params, action, this.#extra);
    this.#executeBuiltin(action, args, resolved?.[1]);
    const more = resolved?.[2];
    if (more !== undefined) this.#perform(preparedAll(more, this.#machine.root), args.event);
  }

  #assign({ assignment }: Builtin, event: AnyEventObject, params: unknown): void {
    const { self, system } = this.#scope;
    const args = { context: this.#context, event, spawn: noSpawn, self, system };
    const partial =
      typeof assignment === 'function'
        ? assignment(args, params)
        : Object.fromEntries(
            Object.entries(assignment ?? {}).map(([key, value]) => [
              key,
              typeof value === 'function' ? (value as Mapper)(args, params) : value,
            ]),
          );
    this.#context = { ...this.#context, ...(partial as Context) };
    this.#isStale = true;
  }

  #spawn(action: Builtin, args: Arguments): void {
    const { context, event, self } = args;
    const { src, systemId } = action;
    const id = typeof action.id === 'function' ? (action.id(args, undefined) as string) : action.id;
    const logic = typeof src === 'string' ? this.#machine.implementations.actors[src] : src;
    const input =
      typeof action.input === 'function' ? action.input({ context, event, self }) : action.input;
    const options = { id, src, parent: self, systemId, input, syncSnapshot: action.syncSnapshot };
    const actorRef =
      logic === undefined
        ? undefined
        : createActor(logic as AnyActorLogic, options as Parameters<typeof createActor>[1]);
    this.#children[String(id)] = actorRef;
    this.#isStale = true;
    this.#executeBuiltin(action, args, { id: action.id, systemId, actorRef, src, input });
  }

  #stop(action: Builtin, args: Arguments, params: unknown): void {
    const { actorRef: named } = action;
    const asked = (typeof named === 'function' ? (named as Mapper)(args, params) : named) as
      string | AnyActorRef;
    const child = typeof asked === 'string' ? this.#children[asked] : asked;
    if (child !== undefined) Reflect.deleteProperty(this.#children, child.id);
    this.#isStale = true;
    this.#executeBuiltin(action, args, child);
  }

  /** Their parent is over: they stop, but stay in its last snapshot. */
  #stopChildren(event: AnyEventObject): void {
    const { self, system } = this.#scope;
    const args = { context: this.#context, event, self, system };
    for (const child of Object.values(this.#children)) {
      if (child === undefined) continue;
      const stopping: object = stopChild(child);
      this.#executeBuiltin(stopping as Builtin, args, child);
    }
  }

  #executeBuiltin({ type, execute }: Builtin, args: Arguments, params: unknown): void {
    if (execute === undefined) return;
    const scope = this.#scope;
    if (this.#isWatched) this.#execute(type, args, params, () => execute(scope, params));
    else execute(scope, params);
  }

  #execute(type: string, info: Arguments, params: unknown, exec: unknown): void {
    if (this.#isWatched) {
      const action = { type, info, params, exec };
      this.#scope.actionExecutor(action as Parameters<AnyActorScope['actionExecutor']>[0]);
    } else {
      (exec as Mapper | undefined)?.(info, params);
    }
  }
}

const NONE: Transitions = [];
