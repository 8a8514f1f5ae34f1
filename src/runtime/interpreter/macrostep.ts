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
} from './chart.js';
import { asMachineSnapshot, Snapshot, type Children, type Standing } from './snapshot.js';

export const INIT = 'xstate.init';
const STOP = 'xstate.stop';
const ERROR_OF_CHILD = 'xstate.error.actor';

/** What an effect, and a builtin action, is called with. */
type Arguments = {
  readonly context: Standing['context'];
  readonly event: AnyEventObject;
  readonly self: AnyActorRef;
  readonly system: AnyActorRef['system'];
};

type Mapper = (args: unknown, params: unknown) => unknown;

/** One of XState's own actions: a function that carries what it was made with. */
type Builtin = {
  readonly type: string;
  readonly resolve?: (
    scope: AnyActorScope,
    snapshot: AnyMachineSnapshot,
    args: Arguments,
    params: unknown,
    action: Builtin,
    extra: { readonly internalQueue: AnyEventObject[]; readonly deferredActorIds: undefined },
  ) => readonly [snapshot: unknown, params: unknown, more: readonly unknown[] | undefined];
  readonly execute?: (scope: AnyActorScope, params: unknown) => void;
  /** Of `assign`. */
  readonly assignment?: Mapper | Readonly<Record<string, unknown>>;
  /** Of `spawnChild`. */
  readonly id?: string | Mapper;
  readonly src?: string | AnyActorLogic;
  readonly input?: unknown;
  readonly systemId?: string;
  readonly syncSnapshot?: boolean;
  /** Of `stopChild`. */
  readonly actorRef?: string | AnyActorRef | Mapper;
};

type Guard = string | Mapper | { readonly type: string; readonly params?: unknown };
type CombinedGuard = Mapper & {
  readonly check?: (snapshot: AnyMachineSnapshot, args: unknown, guard: unknown) => boolean;
};

export class Macrostep {
  readonly #machine: AnyStateMachine;
  readonly #chart: Chart;
  readonly #scope: AnyActorScope;
  readonly #queue: AnyEventObject[] = [];
  #configuration: Configuration;
  #status: Standing['status'];
  #output: unknown;
  #error: unknown;
  #context: Standing['context'];
  readonly #children: Children;
  /** The last that was made; undefined: something has changed since. */
  #snapshot: AnyMachineSnapshot | undefined;

  private constructor(machine: AnyStateMachine, chart: Chart, scope: AnyActorScope, from: From) {
    this.#machine = machine;
    this.#chart = chart;
    this.#scope = scope;
    this.#configuration = from.configuration;
    this.#status = from.snapshot?.status ?? 'active';
    this.#output = from.snapshot?.output;
    this.#error = from.snapshot?.error;
    this.#context = from.context;
    this.#children = from.children;
    this.#snapshot = from.snapshot;
  }

  /** A new actor enters its initial states. */
  static begin(
    machine: AnyStateMachine,
    chart: Chart,
    scope: AnyActorScope,
    input: unknown,
  ): AnyMachineSnapshot {
    const nothing = { context: {}, children: {}, snapshot: undefined };
    const begun = new Macrostep(machine, chart, scope, {
      ...nothing,
      configuration: chart.nowhere,
    });
    return begun.#begin(input);
  }

  /** An actor hears an event. */
  static take(
    machine: AnyStateMachine,
    chart: Chart,
    scope: AnyActorScope,
    snapshot: AnyMachineSnapshot,
    event: AnyEventObject,
  ): AnyMachineSnapshot {
    const { context, children, _nodes } = snapshot;
    const configuration = chart.configurationOf(_nodes);
    const taken = new Macrostep(machine, chart, scope, {
      configuration,
      context,
      children,
      snapshot,
    });
    return taken.#take(event);
  }

  #begin(input: unknown): AnyMachineSnapshot {
    const event = { type: INIT, input };
    const nothing = this.#current();
    const { context } = this.#machine.config as { context?: unknown };
    try {
      this.#context = (
        typeof context === 'function'
          ? context({ input, self: this.#scope.self, spawn: noSpawn })
          : (context ?? {})
      ) as Standing['context'];
      this.#perform(this.#chart.beginning.actions, event);
      this.#configuration = this.#chart.beginning.next;
      this.#snapshot = undefined;
      this.#settle(event);
      return this.#current();
    } catch (error) {
      return { ...nothing, context: this.#context, status: 'error', error } as AnyMachineSnapshot;
    }
  }

  #take(event: AnyEventObject): AnyMachineSnapshot {
    if (event.type === STOP) return this.#end(event, { status: 'stopped', error: undefined });
    const enabled = this.#enabled(this.#configuration.choiceFor(event.type), event);
    if (enabled.length === 0 && event.type.startsWith(ERROR_OF_CHILD)) {
      return this.#end(event, { status: 'error', error: event['error'] });
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
      let enabled: readonly AnyTransitionDefinition[] = mayFollow ? this.#eventless(event) : [];
      const before: AnyMachineSnapshot | undefined =
        enabled.length > 0 ? this.#current() : undefined;
      if (enabled.length === 0) {
        const raised = this.#queue.shift();
        if (raised === undefined) break;
        event = raised;
        enabled = this.#enabled(this.#configuration.choiceFor(event.type), event);
      }
      this.#microstep(enabled, event);
      mayFollow = this.#current() !== before;
    }
    if (this.#status !== 'active') this.#stopChildren(event);
  }

  #microstep(transitions: readonly AnyTransitionDefinition[], event: AnyEventObject): void {
    if (transitions.length > 0) this.#make(this.#configuration.step(transitions), event);
    this.#tell(event, transitions);
  }

  #make({ actions, next, completed, farewell }: Step, event: AnyEventObject): void {
    this.#perform(actions, event);
    if (completed !== undefined) {
      const { output } = this.#machine.root;
      const done = { type: `xstate.done.state.${completed.id}`, output: undefined };
      const args = { context: this.#context, event: done, self: this.#scope.self };
      this.#output = typeof output === 'function' ? (output as Mapper)(args, undefined) : output;
      this.#status = 'done';
      this.#snapshot = undefined;
      this.#perform(farewell, event);
    }
    if (next === this.#configuration) return;
    this.#configuration = next;
    this.#snapshot = undefined;
  }

  #end(
    event: AnyEventObject,
    { status, error }: Pick<Standing, 'status' | 'error'>,
  ): AnyMachineSnapshot {
    this.#stopChildren(event);
    for (const id of Object.keys(this.#children)) Reflect.deleteProperty(this.#children, id);
    this.#status = status;
    this.#error = error;
    this.#snapshot = undefined;
    this.#tell(event, []);
    return this.#current();
  }

  #current(): AnyMachineSnapshot {
    return (this.#snapshot ??= asMachineSnapshot(
      new Snapshot(this.#machine, this.#configuration, {
        status: this.#status,
        output: this.#output,
        error: this.#error,
        context: this.#context,
        children: this.#children,
      }),
    ));
  }

  #tell(event: AnyEventObject, transitions: readonly AnyTransitionDefinition[]): void {
    (this.#scope.system as unknown as Inspected)._sendInspectionEvent({
      type: '@xstate.microstep',
      actorRef: this.#scope.self,
      event,
      snapshot: this.#current(),
      _transitions: transitions,
    });
  }

  // ------------------------------------------------------------------ which transitions

  #enabled(choice: Choice, event: AnyEventObject): AnyTransitionDefinition[] {
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

  #eventless(event: AnyEventObject): AnyTransitionDefinition[] {
    const { eventless } = this.#configuration;
    if (eventless.length === 0) return [];
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

  #performOne({ type, inline, params: given }: Prepared, event: AnyEventObject): void {
    const { self, system } = this.#scope;
    const found = (inline ?? this.#machine.implementations.actions[type]) as Builtin | undefined;
    const args = { context: this.#context, event, self, system };
    const params = typeof given === 'function' ? given({ context: this.#context, event }) : given;
    if (found?.resolve === undefined) return this.#execute(type, args, params, found);
    switch (found.type) {
      case 'xstate.assign':
        return this.#assign(found, args, params);
      case 'xstate.spawnChild':
        return this.#spawn(found, args);
      case 'xstate.stopChild':
        return this.#stop(found, args, params);
      default:
        return this.#performBuiltin(found, args, params);
    }
  }

  #performBuiltin(action: Builtin, args: Arguments, params: unknown): void {
    const extra = { internalQueue: this.#queue, deferredActorIds: undefined };
    const resolved = action.resolve?.(this.#scope, this.#current(), args, params, action, extra);
    const [, decided, more] = resolved ?? [];
    this.#executeBuiltin(action, args, decided);
    if (more !== undefined) this.#perform(preparedAll(more), args.event);
  }

  #assign({ assignment }: Builtin, args: Arguments, params: unknown): void {
    const given = { ...args, spawn: noSpawn };
    const partial =
      typeof assignment === 'function'
        ? assignment(given, params)
        : Object.fromEntries(
            Object.entries(assignment ?? {}).map(([key, value]) => [
              key,
              typeof value === 'function' ? (value as Mapper)(given, params) : value,
            ]),
          );
    this.#context = { ...this.#context, ...(partial as Standing['context']) };
    this.#snapshot = undefined;
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
    this.#snapshot = undefined;
    this.#executeBuiltin(action, args, { id: action.id, systemId, actorRef, src, input });
  }

  #stop(action: Builtin, args: Arguments, params: unknown): void {
    const { actorRef: named } = action;
    const asked = (typeof named === 'function' ? (named as Mapper)(args, params) : named) as
      string | AnyActorRef;
    const child = typeof asked === 'string' ? this.#children[asked] : asked;
    if (child !== undefined) Reflect.deleteProperty(this.#children, child.id);
    this.#snapshot = undefined;
    this.#executeBuiltin(action, args, child);
  }

  /** Their parent is over: they stop, but stay in its last snapshot. */
  #stopChildren(event: AnyEventObject): void {
    const { self, system } = this.#scope;
    const args = { context: this.#context, event, self, system };
    for (const child of Object.values(this.#children)) {
      if (child === undefined) continue;
      this.#executeBuiltin(stopChild(child) as unknown as Builtin, args, child);
    }
  }

  #executeBuiltin({ type, execute }: Builtin, args: Arguments, params: unknown): void {
    if (execute === undefined) return;
    const scope = this.#scope;
    this.#execute(type, args, params, () => execute(scope, params));
  }

  #execute(type: string, info: Arguments, params: unknown, exec: unknown): void {
    const action = { type, info, params, exec };
    this.#scope.actionExecutor(action as Parameters<AnyActorScope['actionExecutor']>[0]);
  }
}

type From = {
  readonly configuration: Configuration;
  readonly context: Standing['context'];
  readonly children: Children;
  readonly snapshot: AnyMachineSnapshot | undefined;
};

type Inspected = { readonly _sendInspectionEvent: (told: unknown) => void };

const nameOf = (guard: Guard): string =>
  typeof guard === 'string' ? guard : typeof guard === 'object' ? guard.type : '';

const paramsOf = (params: unknown, args: unknown): unknown =>
  typeof params === 'function' ? (params as Mapper)(args, undefined) : params;

/** Our machines spawn by an action, where the inspector sees it. */
const noSpawn = (): never => {
  throw new Error('an assignment may not spawn: use spawnChild');
};
