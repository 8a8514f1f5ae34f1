/** Where an actor stands, in the shape of XState's snapshots. */
import {
  matchesState,
  type AnyActorRef,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  type StateValue,
} from 'xstate';
import type { Configuration } from './chart.js';

export type Children = Record<string, AnyActorRef | undefined>;

export type Status = 'active' | 'done' | 'error' | 'stopped';
export type Context = Readonly<Record<string, unknown>>;

const NO_HISTORY = Object.freeze({});

/** Immutable but for `children`. Value and tags are those of the configuration, not made anew. */
export class Snapshot {
  readonly status: Status;
  readonly output: unknown;
  readonly error: unknown;
  readonly machine: AnyStateMachine;
  readonly context: Context;
  readonly _nodes: AnyStateNode[];
  readonly value: StateValue;
  readonly tags: Set<string>;
  /** The same object for as long as the actor lives: changed in place. */
  readonly children: Children;
  readonly historyValue: Readonly<Record<string, never>>;

  constructor(
    machine: AnyStateMachine,
    { nodes, value, tags }: Configuration,
    context: Context,
    children: Children,
    status: Status,
    output: unknown,
    error: unknown,
  ) {
    this.status = status;
    this.output = output;
    this.error = error;
    this.machine = machine;
    this.context = context;
    this._nodes = nodes;
    this.value = value;
    this.tags = tags;
    this.children = children;
    this.historyValue = NO_HISTORY;
  }

  matches(value: StateValue): boolean {
    return matchesState(value, this.value);
  }

  hasTag(tag: string): boolean {
    return this.tags.has(tag);
  }

  /** True when the event would do something. */
  can(event: AnyEventObject): boolean {
    const transitions = this.machine.getTransitionData(asMachineSnapshot(this), event);
    return transitions.some(({ target, actions }) => target !== undefined || actions.length > 0);
  }

  getMeta(): Record<string, unknown> {
    const withMeta = this._nodes.filter(({ meta }) => meta !== undefined);
    return Object.fromEntries(withMeta.map(({ id, meta }) => [id, meta]));
  }

  toJSON(): unknown {
    const { status, output, error, context, value, children, historyValue } = this;
    return {
      ...{ status, output, error, context, value, children, historyValue },
      tags: [...this.tags],
    };
  }
}

/** As XState's types name it. */
export const asMachineSnapshot = (snapshot: Snapshot): AnyMachineSnapshot =>
  snapshot as AnyMachineSnapshot;
