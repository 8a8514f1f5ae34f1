/** Walks every state of a machine that its events can bring it to, by shortest paths. */
import type { AnyEventObject, AnyStateMachine, AnyStateNode } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { Moment, pureLogic, type Effect, type Told } from '../unit/machines/moment.js';

export type Model = {
  readonly machine: AnyStateMachine;
  /** What tells the model's inputs apart, and each input. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Everything that may come; the machine's own timers are added. */
  readonly events: readonly AnyEventObject[];
  /** The part of the context that tells states apart; counters without end are clamped. */
  readonly clamp: (context: Readonly<Record<string, unknown>>) => unknown;
  /** False for what a runner never sends in that state. */
  readonly mayCome?: (event: AnyEventObject, children: readonly string[]) => boolean;
};

/** A reachable state, and all that the machine did on the shortest way there. */
export class Place {
  readonly moment: Moment<AnyStateMachine>;
  readonly path: readonly AnyEventObject[];
  readonly effects: readonly Effect[];
  readonly told: readonly Told[];

  private constructor(
    moment: Moment<AnyStateMachine>,
    before: Place | undefined,
    by: AnyEventObject[],
  ) {
    this.moment = moment;
    this.path = [...(before?.path ?? []), ...by];
    this.effects = [...(before?.effects ?? []), ...moment.effects];
    this.told = [...(before?.told ?? []), ...moment.told];
  }

  static first({ machine }: Model, input: unknown): Place {
    return new Place(Moment.begin(machine, input), undefined, []);
  }

  next(event: AnyEventObject): Place {
    return new Place(this.moment.on(event), this, [event]);
  }

  /** How often the effect was asked for on the whole way. */
  count(effect: string): number {
    return this.effects.filter(({ type }) => type === effect).length;
  }

  /** How often the event was told to another actor on the whole way. */
  countTold(type: string): number {
    return this.told.filter(({ event }) => event.type === type).length;
  }

  /** True in this state, given by its dots from the top: "alive.greeting". */
  isIn(state: string): boolean {
    return this.moment.snapshot.matches(nested(state.split('.')));
  }

  /** For messages of failed tests. */
  get name(): string {
    const way = this.path.map(({ type }) => type).join(' > ');
    return `${JSON.stringify(this.moment.value)} by ${way}`;
  }
}

type Nested = string | { readonly [state: string]: Nested };
const nested = ([first = '', ...rest]: readonly string[]): Nested =>
  rest.length === 0 ? first : { [first]: nested(rest) };

const withDescendants = (state: AnyStateNode): AnyStateNode[] => [
  state,
  ...Object.values(state.states).flatMap(withDescendants),
];

/** Every state of the machine in which it can rest. */
export const restingStates = ({ machine }: Model): string[] =>
  withDescendants(machine.root)
    .filter(({ always }) => always === undefined)
    .map(({ id }) => id);

/** The whole alphabet: what the model names, and the end of every timer. */
export const alphabetOf = ({ machine, events }: Model): AnyEventObject[] => [
  ...events,
  ...withDescendants(machine.root)
    .flatMap(({ after }) => after)
    .map(({ eventType }) => ({ type: eventType })),
];

/** Only a living child ends, and only what the model's runner may send is sent. */
const mayCome = (model: Model, event: AnyEventObject, children: readonly string[]): boolean => {
  const actorId: unknown = event['actorId'];
  if (typeof actorId === 'string') return children.includes(actorId);
  return model.mayCome?.(event, children) ?? true;
};

/** Those of the alphabet that may come in this place; a timer that does not run cannot fire. */
export const comingTo = (model: Model, { moment }: Place): AnyEventObject[] =>
  alphabetOf(model).filter(
    (event) =>
      (!event.type.startsWith('xstate.after.') || moment.timers.has(event.type)) &&
      mayCome(model, event, moment.children),
  );

/** Every state that can be reached from one input, each by its shortest way. */
export const placesOf = (model: Model, input: unknown): Place[] => {
  const alphabet = alphabetOf(model);
  return getShortestPaths(pureLogic(model.machine), {
    input,
    events: alphabet,
    filterEvents: ({ children }, event) => mayCome(model, event, Object.keys(children)),
    serializeState: ({ value, status, context, children }) =>
      JSON.stringify([value, status, model.clamp(context), Object.keys(children).sort()]),
    serializeEvent: (event) => String(alphabet.indexOf(event)),
  }).map(({ steps }) =>
    steps
      .filter(({ event }) => event.type !== 'xstate.init')
      .reduce((place, { event }) => place.next(event), Place.first(model, input)),
  );
};
