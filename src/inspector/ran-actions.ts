/** Which actions one step of a machine ran, effects and bookkeeping alike, in their order. */
import type { AnyMachineSnapshot, AnyTransitionDefinition } from 'xstate';
import { plain } from './plain.js';
import type { EventRecord, Plain } from './protocol.js';

/** An action as XState's inspection tells it: only those that do something outside are told. */
export type ToldAction = { readonly type: string; readonly params: Plain };

type Ran = EventRecord['actions'];
type Declared = { readonly type: string; readonly params: Plain };

/**
 * Exits from the inside out, then those of the transitions, then entries from the outside in, by
 * the names of the definition: XState tells of an effect when it runs, but not of an `assign`.
 * `told` has the effects of this step with their params.
 */
export const ranActions = (
  before: AnyMachineSnapshot | undefined,
  after: AnyMachineSnapshot,
  transitions: readonly AnyTransitionDefinition[],
  told: readonly ToldAction[],
): Ran => {
  const left = new Set(before?._nodes);
  const entered = after._nodes.filter((node) => !left.delete(node));
  const declared = [
    ...[...left].sort((a, b) => b.order - a.order).flatMap(({ exit }) => exit),
    ...transitions.flatMap(({ actions }) => actions),
    ...entered.sort((a, b) => a.order - b.order).flatMap(({ entry }) => entry),
  ].map(declaredAction);
  const unplaced = [...told];
  const named = declared
    .filter((action) => action !== undefined)
    .map((action) => {
      const at = unplaced.findIndex(({ type }) => type === action.type);
      return at === -1 ? action : (unplaced.splice(at, 1)[0] ?? action);
    });
  // What is told beyond that is of states that were left and entered again at once.
  return [...named, ...unplaced];
};

/** Undefined for what XState adds by itself, such as the timer behind an `after`. */
const declaredAction = (action: unknown): Declared | undefined => {
  if (typeof action === 'string') return { type: action, params: null };
  if (action === null || (typeof action !== 'object' && typeof action !== 'function')) {
    return undefined;
  }
  const type: unknown = Reflect.get(action, 'type');
  if (typeof type !== 'string' || isBuiltIn(type)) return undefined;
  const params: unknown = Reflect.get(action, 'params');
  // Params that are computed are known only for the effects, which are told with them.
  return {
    type,
    params: params === undefined || typeof params === 'function' ? null : plain(params),
  };
};

/** `xstate.raise`, `xstate.sendTo` …: they show as the events and timers that they make. */
export const isBuiltIn = (type: string): boolean => type.startsWith('xstate.');
