/**
 * A machine of ours as XState 4 writes machines, from its chart. Only what is seen of it counts:
 * nobody runs it, so guards, actions and delays are names without anything behind them.
 */
import {
  createMachine,
  type AnyStateMachine,
  type EventObject,
  type StateNodeConfig,
} from 'xstate';
import type { Chart, ChartState, ChartTransition } from '../src/diagram/chart.js';

type Context = Record<string, unknown>;
type Schema = { states: { [key: string]: Schema } };
type Node = StateNodeConfig<Context, Schema, EventObject>;
type Transition = {
  readonly target?: string[];
  readonly internal: boolean;
  readonly cond?: string;
  readonly actions: string[];
};

/** How version 4 calls what version 5 says of children, states and timers. */
const RENAMED = [
  ['xstate.done.actor.', 'done.invoke.'],
  ['xstate.done.state.', 'done.state.'],
  ['xstate.error.actor.', 'error.platform.'],
] as const;

/** The name in version 4 of an event of version 5; events of our own have the same in both. */
export const eventName = (type: string): string => {
  const after = /^xstate\.after\.([^.]+)\.(.+)$/.exec(type);
  if (after !== null) return `xstate.after(${after[1]})#${after[2]}`;
  const [from, to] = RENAMED.find(([prefix]) => type.startsWith(prefix)) ?? ['', ''];
  return to + type.slice(from.length);
};

/**
 * The machine of a chart.
 *
 * @throws Error when the chart contradicts itself, which only a foreign inspector's would.
 */
export const machineOf = (chart: Chart): AnyStateMachine => {
  const [root] = chart.states;
  if (root === undefined) throw new Error(`the chart of ${chart.machine} has no states`);
  return createMachine<Context, EventObject>({
    ...nodeOf(chart, root),
    id: chart.machine,
    predictableActionArguments: true,
  });
};

/** For an actor without a chart: a machine that has a name and nothing else. */
export const opaqueMachine = (name: string): AnyStateMachine =>
  createMachine<Context, EventObject>({ id: name, predictableActionArguments: true });

const nodeOf = (chart: Chart, state: ChartState): Node => {
  const children = chart.states.filter(({ parent }) => parent === state.id);
  const initial = children.find(({ id }) => id === state.initial)?.key;
  const leaving = chart.transitions.filter(({ source }) => source === state.id);
  const ofKind = (kind: ChartTransition['kind']): ChartTransition[] =>
    leaving.filter((transition) => transition.kind === kind);
  const isRoot = state.parent === undefined;
  const heard = leaving.filter(({ kind }) => kind !== 'after' && kind !== 'always');
  return {
    type: state.type,
    description: isRoot ? chart.description : state.description,
    entry: state.entry.map(({ name }) => name),
    exit: state.exit.map(({ name }) => name),
    on: grouped(heard, ({ descriptor }) => eventName(descriptor)),
    after: grouped(ofKind('after'), ({ event }) => event.slice('after '.length)),
    always: ofKind('always').map(transitionOf),
    states: Object.fromEntries(children.map((child) => [child.key, nodeOf(chart, child)])),
    ...(initial !== undefined && { initial }),
  };
};

const transitionOf = ({ targets, guard, actions, reenter }: ChartTransition): Transition => ({
  ...(targets.length > 0 && { target: targets.map((id) => `#${id}`) }),
  ...(guard !== undefined && { cond: guard.name }),
  internal: !reenter,
  actions: actions.map(({ name }) => name),
});

/** In the order in which they are tried. */
const grouped = (
  transitions: readonly ChartTransition[],
  nameOf: (transition: ChartTransition) => string,
): Record<string, Transition[]> => {
  const groups: Record<string, Transition[]> = {};
  for (const transition of transitions) {
    (groups[nameOf(transition)] ??= []).push(transitionOf(transition));
  }
  return groups;
};
