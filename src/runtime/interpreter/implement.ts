/** The machines with their effects, ready to be run by actors. */
import type { AnyActorScope, AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { chartOf, isBuiltin } from './chart.js';
import { Macrostep } from './macrostep.js';

/**
 * As `machine.provide(implementations)`, for actors that cost less: all that share a definition
 * share one chart, and an event is answered by what was worked out when it came up first
 * (`docs/decisions/0015`). What an actor does, and what its inspectors are told, is the same. A
 * machine with features that ours do not have is left to XState.
 *
 * @throws RangeError when an implementation would replace bookkeeping of the machine's own.
 */
export const implement = <M extends AnyStateMachine>(
  machine: M,
  implementations: Parameters<M['provide']>[0],
): M => {
  const chart = chartOf(machine);
  if (chart === undefined) return machine.provide(implementations) as M;
  const { actions, guards, actors, delays } = machine.implementations;
  for (const [name, action] of Object.entries(implementations.actions ?? {})) {
    if (isBuiltin(actions[name]) || isBuiltin(action)) {
      throw new RangeError(`"${name}" of ${machine.id} is no effect for a runner to implement`);
    }
  }
  // Everything else, the tree of states above all, is the definition's.
  const implemented = Object.create(machine) as M;
  return Object.assign(implemented, {
    implementations: {
      actions: { ...actions, ...implementations.actions },
      guards: { ...guards, ...implementations.guards },
      actors: { ...actors, ...implementations.actors },
      delays: { ...delays, ...implementations.delays },
    },
    getInitialSnapshot: (scope: AnyActorScope, input: unknown) =>
      Macrostep.begin(implemented, chart, scope, input),
    transition: (snapshot: AnyMachineSnapshot, event: AnyEventObject, scope: AnyActorScope) =>
      Macrostep.take(implemented, chart, scope, snapshot, event),
  });
};
