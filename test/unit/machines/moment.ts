/**
 * A machine as a pure function: where it stands after some events, and what it asked for on the
 * way. Nothing is executed. Like `transition()` of XState, but with a parent, without which
 * `sendParent` throws.
 */
import {
  createActor,
  createMachine,
  type ActorLogic,
  type AnyActorScope,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  type ContextFrom,
  type EventFromLogic,
  type InputFrom,
  type OutputFrom,
  type StateValue,
} from 'xstate';

/** What a runner would have done. */
export type Effect = { readonly type: string; readonly params: unknown };
/** An event on its way to another actor; the parent is called `parent`. */
export type Told = { readonly to: string; readonly event: AnyEventObject };

/** What XState's own actions carry, as far as it is looked at here. */
type Builtin = {
  readonly id: string;
  readonly sendId: string;
  readonly delay: number | undefined;
  readonly event: AnyEventObject;
  readonly to: { readonly id: string };
  readonly actorRef: { readonly id: string };
  readonly src: string;
  readonly input: unknown;
};

const nobody = createActor(createMachine({}), { id: 'parent' });
const self = createActor(createMachine({}), { id: 'subject', parent: nobody });

const recordingScope = (recorded: Effect[]): AnyActorScope => ({
  self,
  id: self.id,
  sessionId: self.sessionId,
  system: self.system,
  logger: () => {},
  defer: () => {},
  emit: () => {},
  stopChild: () => {},
  actionExecutor: ({ type, params }) => void recorded.push({ type, params }),
});

/** The machine as plain logic, for the walks of `xstate/graph`: pure, and with a parent. */
export const pureLogic = <M extends AnyStateMachine>(
  machine: M,
): ActorLogic<AnyMachineSnapshot, EventFromLogic<M>, InputFrom<M>> => ({
  getInitialSnapshot: (_, input) => Moment.begin(machine, input).snapshot,
  transition: (snapshot, event) => machine.transition(snapshot, event, recordingScope([])),
  getPersistedSnapshot: (snapshot) => snapshot,
});

/** One moment in the life of a machine. Immutable: `on` returns the next one. */
export class Moment<M extends AnyStateMachine> {
  readonly snapshot: AnyMachineSnapshot;
  /** Running timers by the event that they end with, and their length in milliseconds. */
  readonly timers: ReadonlyMap<string, number>;
  readonly #machine: M;
  readonly #recorded: readonly Effect[];

  private constructor(
    machine: M,
    snapshot: AnyMachineSnapshot,
    recorded: readonly Effect[],
    timers: ReadonlyMap<string, number>,
  ) {
    if (snapshot.status === 'error') throw snapshot.error;
    this.#machine = machine;
    this.#recorded = recorded;
    this.snapshot = snapshot;
    this.timers = timersAfter(timers, recorded);
  }

  /** The actor system in which every moment is, for those who inspect it. */
  static get system(): AnyActorScope['system'] {
    return self.system;
  }

  static begin<M extends AnyStateMachine>(machine: M, input: InputFrom<M>): Moment<M> {
    const recorded: Effect[] = [];
    const snapshot = machine.getInitialSnapshot(recordingScope(recorded), input);
    return new Moment(machine, snapshot, recorded, new Map());
  }

  /** After these events; what was asked for is that of the last one. */
  on(...events: readonly EventFromLogic<M>[]): Moment<M> {
    return events.reduce<Moment<M>>((moment, event) => moment.#step(event), this);
  }

  /** After the running timer of this delay has fired. */
  elapse(delay: string): Moment<M> {
    const type = [...this.timers.keys()].find((id) => id.startsWith(`xstate.after.${delay}.`));
    if (type === undefined) throw new Error(`no timer of ${delay} is running`);
    return this.#step({ type } as EventFromLogic<M>);
  }

  #step(event: EventFromLogic<M>): Moment<M> {
    const recorded: Effect[] = [];
    const snapshot = this.#machine.transition(this.snapshot, event, recordingScope(recorded));
    const timers = new Map(this.timers);
    timers.delete(event.type);
    return new Moment(this.#machine, snapshot, recorded, timers);
  }

  get value(): StateValue {
    return this.snapshot.value;
  }
  get context(): ContextFrom<M> {
    return this.snapshot.context;
  }
  get output(): OutputFrom<M> | undefined {
    return this.snapshot.output;
  }
  get isOver(): boolean {
    return this.snapshot.status === 'done';
  }

  /** Effects for the runner. */
  get effects(): readonly Effect[] {
    return this.#recorded.filter(({ type }) => !type.startsWith('xstate.'));
  }

  /** The parameters of one effect, once for each time that it was asked for. */
  asked(name: string): readonly unknown[] {
    return this.effects.filter(({ type }) => type === name).map(({ params }) => params);
  }

  /** Names of the effects for the runner. */
  get deeds(): readonly string[] {
    return this.effects.map(({ type }) => type);
  }

  /** Events to other actors. */
  get told(): readonly Told[] {
    return this.#builtin('xstate.sendTo').map(({ to, event }) => ({ to: to.id, event }));
  }

  get spawned(): readonly { readonly id: string; readonly src: string; readonly input: unknown }[] {
    return this.#builtin('xstate.spawnChild').map(({ actorRef, src, input }) => ({
      id: actorRef.id,
      src,
      input,
    }));
  }

  /** Names of the children that were stopped. */
  get stopped(): readonly (string | undefined)[] {
    return this.#recorded
      .filter(({ type }) => type === 'xstate.stopChild')
      .map(({ params }) => (params as Builtin | undefined)?.id);
  }

  /** Everything that was done, by name and in its order. */
  get order(): readonly string[] {
    return this.#recorded.map(({ type }) => type);
  }

  /** Names of the children that are alive. */
  get children(): readonly string[] {
    return Object.keys(this.snapshot.children);
  }

  #builtin(type: string): readonly Builtin[] {
    return this.#recorded.filter((one) => one.type === type).map(({ params }) => params as Builtin);
  }
}

/** The timers that the active states ask for, whatever happened before. */
export const timersOf = ({ _nodes: nodes }: { readonly _nodes: readonly AnyStateNode[] }) =>
  [...new Set(nodes.flatMap(({ after }) => after.map(({ eventType }) => eventType)))].sort();

const timersAfter = (
  before: ReadonlyMap<string, number>,
  recorded: readonly Effect[],
): ReadonlyMap<string, number> => {
  const timers = new Map(before);
  for (const { type, params } of recorded) {
    const { id, sendId, delay } = (params ?? {}) as Partial<Builtin>;
    if (type === 'xstate.cancel' && sendId !== undefined) timers.delete(sendId);
    if (type === 'xstate.raise' && id !== undefined && delay !== undefined) timers.set(id, delay);
  }
  return timers;
};
