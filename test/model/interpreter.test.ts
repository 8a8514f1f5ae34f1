/**
 * Our interpreter and XState's do the same: every machine, in every state that it can reach,
 * whatever comes there.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AnyEventObject, AnyStateMachine, InspectionEvent } from 'xstate';
import { implement } from '../../src/runtime/interpreter/implement.js';
import { Moment } from '../unit/machines/moment.js';
import { MODELS } from './models.js';
import { comingTo, placesOf } from './walk.js';

type Run = { readonly moment: Moment<AnyStateMachine>; readonly microsteps: readonly unknown[] };

/** One event more, and the microsteps that it takes; undefined: no event yet. */
const runOf = (before: () => Moment<AnyStateMachine>, event?: AnyEventObject): Run => {
  const microsteps: unknown[] = [];
  const start = before();
  const inspection = Moment.system.inspect((told: InspectionEvent) => {
    if (told.type !== '@xstate.microstep') return;
    const { value, status } = told.snapshot as { readonly value?: unknown; status: string };
    const taken = told._transitions.map(({ source, eventType }) => [source.id, eventType]);
    microsteps.push({ event: told.event, value, status, taken });
  });
  try {
    return { moment: event === undefined ? start : start.on(event), microsteps };
  } finally {
    inspection.unsubscribe();
  }
};

/** All that can be told apart from outside; actors by their names. */
const seen = ({ moment, microsteps }: Run) => {
  const { snapshot, effects, told, spawned, stopped, timers } = moment;
  const { value, context, status, output, error, _nodes, tags } = snapshot;
  return {
    standing: { value, context, status, output, error },
    nodes: _nodes.map(({ id }) => id),
    tags: [...tags],
    children: moment.children,
    asked: { effects, told, spawned, stopped, timers: [...timers] },
    order: moment.order,
    microsteps,
  };
};

for (const model of MODELS) {
  const { machine } = model;
  const implemented = implement(machine, {});
  for (const [who, input] of Object.entries(model.inputs)) {
    describe(`the interpreter of ${machine.id}, for ${who}`, () => {
      const places = placesOf(model, input);
      const steps = places.flatMap((place) =>
        comingTo(model, place).map((event) => ({ place, event })),
      );
      const begin = () => Moment.begin(implemented, input);

      it('is ours', () => {
        expect(implemented.transition).not.toBe(machine.transition);
        expect(implemented.root).toBe(machine.root);
      });

      it('begins as XState does', () => {
        expect(seen(runOf(begin))).toEqual(seen(runOf(() => Moment.begin(machine, input))));
      });

      it(`does what XState does (${steps.length} steps)`, () => {
        for (const { place, event } of steps) {
          // Played from the beginning each time: the children are not kept for another try.
          const ours = seen(
            runOf(() => place.path.reduce((at, past) => at.on(past), begin()), event),
          );
          const theirs = seen(runOf(() => place.moment, event));
          if (isDeepStrictEqual(ours, theirs)) continue;
          expect({ after: place.name, event, ...ours }).toEqual({
            after: place.name,
            event,
            ...theirs,
          });
        }
      });
    });
  }
}
