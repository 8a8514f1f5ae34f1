/** Where an actor stands, in few words. */
import type { AnyActorRef, AnyMachineSnapshot, StateValue } from 'xstate';

type Node = { readonly states: { readonly [name: string]: Node } };

/**
 * The states at the ends of the tree of active ones, by their own names. A region that has only
 * one state says nothing.
 */
export const leavesOf = (actor: AnyActorRef): readonly string[] => {
  const snapshot = actor.getSnapshot() as AnyMachineSnapshot;
  return [...new Set(leaves(snapshot.value, snapshot.machine.root))];
};

const leaves = (value: StateValue, node: Node | undefined): string[] => {
  if (typeof value === 'string') {
    return Object.keys(node?.states ?? {}).length > 1 ? [value] : [];
  }
  return Object.entries(value).flatMap(([name, inner]) =>
    inner === undefined ? [] : leaves(inner, node?.states[name]),
  );
};

/** "listening -> solving"; empty when nothing changed. */
export const changeText = (before: readonly string[], after: readonly string[]): string => {
  const gone = before.filter((state) => !after.includes(state));
  const come = after.filter((state) => !before.includes(state));
  return [gone, come]
    .filter((states) => states.length > 0)
    .map((states) => states.join(', '))
    .join(' -> ');
};
