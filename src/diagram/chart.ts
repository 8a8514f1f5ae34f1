/**
 * A machine's definition as plain JSON: what the pictures, the pages, the review and the inspector
 * show. It is read from the definition alone; no actor runs and no effect is executed.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { actionUses, bookkeepingKind, type ActionUse } from './actions.js';
import { pathsRead, probe, type Literals } from './stand-in.js';

/** One state; the root, which stands for the machine, is the first of a chart. */
export type ChartState = {
  /** As XState has it: "challenger.handshaking.challenging". */
  readonly id: string;
  /** Its own name: "challenging". */
  readonly key: string;
  /** Id of the state around it; undefined for the root. */
  readonly parent: string | undefined;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  readonly description: string;
  /** Id of the child that is entered first; undefined where there is no choice. */
  readonly initial: string | undefined;
  readonly entry: readonly ActionUse[];
  readonly exit: readonly ActionUse[];
};

/** A condition, with those of its params that the definition writes as literals. */
export type ChartGuard = { readonly name: string; readonly params: Literals };

/** One transition. Its index in `Chart.transitions` names it: `edge-<index>` in the picture. */
export type ChartTransition = {
  /** Id of the state that it leaves, or in which it stays. */
  readonly source: string;
  readonly kind: 'event' | 'after' | 'always' | 'done' | 'error';
  /** As a person says it: "peer.verify", "after answerTimeout", "done prover.*", "always". */
  readonly event: string;
  /** As XState says it: "xstate.after.answerTimeout.challenger.handshaking"; empty for always. */
  readonly descriptor: string;
  readonly guard: ChartGuard | undefined;
  readonly actions: readonly ActionUse[];
  /** Ids of the states that it enters; none: it stays where it is. */
  readonly targets: readonly string[];
  /** Leaves and enters its source anew. */
  readonly reenter: boolean;
};

/** A delay, with what of the machine's context it is computed from: "settings.pingTimeoutMs". */
export type ChartDelay = { readonly name: string; readonly reads: readonly string[] };

/** An action that stays inside the actor system, with what it does there. */
export type ChartBookkeeping = { readonly name: string; readonly kind: ActionUse['kind'] };

export type Chart = {
  /** Id of the machine, which is the name of its file: "challenger". */
  readonly machine: string;
  readonly description: string;
  /** Parents before their children, in the order of the definition. */
  readonly states: readonly ChartState[];
  readonly transitions: readonly ChartTransition[];
  /** Events that some state handles, sorted; timers and ends of children are not among them. */
  readonly events: readonly string[];
  /** Actions that leave the machine: its runner provides them. */
  readonly effects: readonly string[];
  readonly bookkeeping: readonly ChartBookkeeping[];
  readonly guards: readonly string[];
  readonly delays: readonly ChartDelay[];
  /** Machines that it spawns. */
  readonly actors: readonly string[];
};

/** Reads a machine's definition. */
export const chartOf = (machine: AnyStateMachine): Chart => {
  const nodes = withDescendants(machine.root);
  const transitions = nodes.flatMap((node) => transitionsOf(machine, node));
  const { actions, guards, delays, actors } = machine.implementations;
  const kinds = Object.entries(actions).map(([name, action]) => ({
    name,
    kind: bookkeepingKind(action),
  }));
  return {
    machine: machine.id,
    description: machine.root.description ?? '',
    states: nodes.map((node) => stateOf(machine, node)),
    transitions,
    events: sorted(
      transitions.filter(({ kind }) => kind === 'event').map(({ descriptor }) => descriptor),
    ),
    effects: kinds.filter(({ kind }) => kind === 'effect').map(({ name }) => name),
    bookkeeping: kinds.filter(({ kind }) => kind !== 'effect'),
    guards: Object.keys(guards),
    delays: Object.entries(delays).map(([name, delay]) => ({ name, reads: pathsRead(delay) })),
    actors: Object.keys(actors),
  };
};

const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();

const withDescendants = (node: AnyStateNode): AnyStateNode[] => [
  node,
  ...Object.values(node.states).flatMap(withDescendants),
];

const stateOf = (machine: AnyStateMachine, node: AnyStateNode): ChartState => ({
  id: node.id,
  key: node.key,
  parent: node.parent?.id,
  type: node.type,
  description: node.parent === undefined ? '' : (node.description ?? ''),
  initial: node.type === 'compound' ? node.initial.target[0]?.id : undefined,
  entry: actionUses(machine, node.entry, undefined),
  exit: actionUses(machine, node.exit, undefined),
});

const transitionsOf = (machine: AnyStateMachine, node: AnyStateNode): ChartTransition[] =>
  [...[...node.transitions.values()].flat(), ...(node.always ?? [])].map((transition) =>
    transitionOf(machine, node, transition),
  );

const transitionOf = (
  machine: AnyStateMachine,
  node: AnyStateNode,
  { eventType, guard, actions, target, reenter }: AnyTransitionDefinition,
): ChartTransition => {
  const { kind, event } = triggerOf(eventType, node.id);
  return {
    source: node.id,
    kind,
    event,
    descriptor: eventType,
    guard: guard === undefined ? undefined : guardOf(guard),
    actions: actionUses(machine, actions, eventType),
    targets: (target ?? []).map(({ id }) => id),
    reenter,
  };
};

const guardOf = (guard: unknown): ChartGuard => {
  if (typeof guard === 'string') return { name: guard, params: {} };
  const { type, params } = guard as { readonly type?: unknown; readonly params?: unknown };
  return { name: typeof type === 'string' ? type : 'nameless', params: probe(params).literals };
};

/** What XState puts before the names of timers and of the ends of children. */
const PREFIXES = [
  { prefix: 'xstate.done.actor.', kind: 'done' },
  { prefix: 'xstate.done.state.', kind: 'done' },
  { prefix: 'xstate.error.actor.', kind: 'error' },
] as const;

const triggerOf = (descriptor: string, source: string): Pick<ChartTransition, 'kind' | 'event'> => {
  if (descriptor === '') return { kind: 'always', event: 'always' };
  if (descriptor.startsWith('xstate.after.')) {
    const delay = descriptor.slice('xstate.after.'.length, -`.${source}`.length);
    return { kind: 'after', event: `after ${delay}` };
  }
  for (const { prefix, kind } of PREFIXES) {
    if (descriptor.startsWith(prefix)) {
      return { kind, event: `${kind} ${descriptor.slice(prefix.length)}` };
    }
  }
  return { kind: 'event', event: descriptor };
};
