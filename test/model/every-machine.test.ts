/** What holds for every machine, in every state that it can reach, whatever comes there. */
import { same } from '../same.js';
import { machineFiles } from '../architecture/machine-files.js';
import { timersOf } from '../unit/machines/moment.js';
import { MODELS } from './models.js';
import { alphabetOf, comingTo, placesOf, restingStates, type Place } from './walk.js';

const running = ({ moment }: Place) => [...moment.timers.keys()].sort();

describe('the models', () => {
  it('leave no machine out', async () => {
    const machines = (await machineFiles()).flatMap((file) => file.machines);
    const ids = machines.map(({ id }) => id);
    expect(MODELS.map(({ machine }) => machine.id).sort()).toEqual(ids.sort());
  });

  for (const model of MODELS) {
    it(`leave no event of ${model.machine.id} out`, () => {
      const known = alphabetOf(model).map(({ type }) => type);
      const heard = model.machine.events.filter(
        (type) => !/\*|^xstate\.(after|done\.state)/.test(type),
      );
      expect(heard.filter((type) => !known.includes(type))).toEqual([]);
    });
  }
});

/** Computed when it is asked for, and once: each step is looked at from several sides. */
const once = <Value>(compute: () => Value): (() => Value) => {
  let known: { readonly value: Value } | undefined;
  return () => (known ??= { value: compute() }).value;
};

for (const model of MODELS) {
  const placesByInput = new Map(
    Object.entries(model.inputs).map(([who, input]) => [who, placesOf(model, input)]),
  );

  it(`${model.machine.id} reaches every one of its states`, () => {
    const places = [...placesByInput.values()].flat();
    const visited = new Set(
      places.flatMap(({ moment }) => moment.snapshot._nodes.map(({ id }) => id)),
    );
    expect(restingStates(model).filter((id) => !visited.has(id))).toEqual([]);
  });

  for (const [who, places] of placesByInput) {
    describe(`${model.machine.id}, for ${who}`, () => {
      const steps = places.flatMap((place) =>
        comingTo(model, place).map((event) => ({ place, next: once(() => place.next(event)) })),
      );

      it(`survives every event in every state (${steps.length} steps)`, () => {
        expect(() => {
          for (const { next } of steps) next();
        }).not.toThrow();
      });

      it('runs the timers of the states that it is in, and no other', () => {
        for (const { place, next } of steps) {
          const after = next();
          const { isOver, snapshot } = after.moment;
          same(running(after), isOver ? [] : timersOf(snapshot), () => after.name);
          same(running(place), timersOf(place.moment.snapshot), () => place.name);
        }
      });

      const afterEnd = steps.filter(({ place }) => place.moment.isOver);
      if (afterEnd.length === 0) return;
      it(`stays over once it is over (${afterEnd.length} steps)`, () => {
        for (const { place, next } of afterEnd) {
          const after = next();
          const { value, isOver } = after.moment;
          same([value, isOver], [place.moment.value, true], () => after.name);
        }
      });
    });
  }
}
