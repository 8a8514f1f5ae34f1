/** What differs between two revisions of a machine: as sentences, and as one chart with marks. */
import type { ActionUse } from './actions.js';
import type { Chart, ChartState, ChartTransition } from './chart.js';
import { isSame, matchTransitions, type Pair } from './match.js';
import type { Mark, Marks } from './svg.js';

export type ChartDiff = {
  readonly machine: string;
  /**
   * One sentence a change, in Markdown: "challenger: *challenging* gained `peer.error` ->
   * *refused*". None: the two are the same.
   */
  readonly sentences: readonly string[];
  /** Both revisions in one: what is gone stands behind what is there. */
  readonly merged: Chart;
  readonly marks: Marks;
};

const code = (text: string): string => `\`${text}\``;
const list = (names: readonly string[]): string => names.map(code).join(', ') || 'nothing';

const fullText = ({ name, params }: Pick<ActionUse, 'name' | 'params'>): string => {
  const given = Object.entries(params).map(([param, value]) => `${param}: ${String(value)}`);
  return given.length === 0 ? name : `${name}(${given.join(', ')})`;
};
const actionList = (actions: readonly ActionUse[]): string => list(actions.map(fullText));

/** Names states without the machine's id before them, unless a state of that name is not alone. */
const namer = (...charts: readonly Chart[]): ((id: string) => string) => {
  const ids = new Set(charts.flatMap(({ states }) => states.map(({ id }) => id)));
  const machine = charts[0]?.machine ?? '';
  return (id) => {
    const key = id.slice(id.lastIndexOf('.') + 1);
    const isAlone = [...ids].filter((other) => other.endsWith(`.${key}`)).length <= 1;
    return `*${isAlone || id === machine ? key : id.slice(machine.length + 1)}*`;
  };
};
type Namer = ReturnType<typeof namer>;

// ----------------------------------------------------------------------------- states

const STATE_TEXTS: readonly (readonly [
  keyof ChartState,
  (state: ChartState, name: Namer) => string,
])[] = [
  ['description', ({ description }) => `says "${description}"`],
  ['type', ({ type }) => `is ${type}`],
  [
    'initial',
    ({ initial }, name) => `begins in ${initial === undefined ? 'no state' : name(initial)}`,
  ],
  ['entry', ({ entry }) => `does ${actionList(entry)} on entry`],
  ['exit', ({ exit }) => `does ${actionList(exit)} on exit`],
];

/** "*waiting* now does `send` on entry; before, it did …". */
const changedState = (before: ChartState, after: ChartState, name: Namer): string[] =>
  STATE_TEXTS.filter(([property]) => !isSame(before[property], after[property])).map(
    ([, say]) => `${name(after.id)} now ${say(after, name)}; before, it ${past(say(before, name))}`,
  );

const PAST: Readonly<Record<string, string>> = {
  says: 'said',
  is: 'was',
  begins: 'began',
  does: 'did',
};
const past = (text: string): string => text.replace(/^\w+/, (verb) => PAST[verb] ?? verb);

// ----------------------------------------------------------------------------- transitions

const goal = ({ targets }: ChartTransition, name: Namer): string => targets.map(name).join(', ');

const went = (transition: ChartTransition, name: Namer): string =>
  transition.targets.length === 0 ? 'it stayed' : `to ${goal(transition, name)}`;

const condition = ({ guard }: ChartTransition): string =>
  guard === undefined ? '' : ` [${fullText(guard)}]`;

const arrow = (transition: ChartTransition, name: Namer): string => {
  const { event, targets, actions } = transition;
  const trigger = code(event + condition(transition));
  return targets.length === 0
    ? `${trigger}, which does ${actionList(actions)}`
    : `${trigger} -> ${goal(transition, name)}`;
};

const guardText = ({ guard }: ChartTransition): string =>
  guard === undefined ? 'no guard' : `the guard ${code(fullText(guard))}`;

const changedTransition = ({ before, after }: Pair, name: Namer): string[] => {
  const where = `${name(after.source)} on ${code(after.event)}`;
  const way = after.targets.length === 0 ? where : `${where} -> ${goal(after, name)}`;
  return [
    ...(before.event === after.event
      ? []
      : [
          `${name(after.source)} goes to ${goal(after, name)} ${code(after.event)}, ` +
            `no longer ${code(before.event)}`,
        ]),
    ...(isSame(before.targets, after.targets)
      ? []
      : [
          after.targets.length === 0
            ? `${where} now stays; before, it went to ${goal(before, name)}`
            : `${where} now goes to ${goal(after, name)}; before, ${went(before, name)}`,
        ]),
    ...(isSame(before.guard, after.guard)
      ? []
      : [`${way} now has ${guardText(after)}; before, ${guardText(before)}`]),
    ...(isSame(before.actions, after.actions)
      ? []
      : [`${way} now does ${actionList(after.actions)}; before, ${actionList(before.actions)}`]),
    ...(before.reenter === after.reenter
      ? []
      : [`${way} ${after.reenter ? 'now' : 'no longer'} enters its state anew`]),
  ];
};

/** Guards are asked in order, so that another order is another machine. */
const reordered = (pairs: readonly Pair[], name: Namer): string[] => {
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const key = `${pair.after.source} ${pair.after.event}`;
    groups.set(key, [...(groups.get(key) ?? []), pair]);
  }
  return [...groups.values()]
    .filter((group) => group.some(({ from }, at) => from < (group[at - 1]?.from ?? -1)))
    .flatMap(([first]) =>
      first === undefined
        ? []
        : [
            `${name(first.after.source)} asks the guards of ${code(first.after.event)} ` +
              'in another order',
          ],
    );
};

// ----------------------------------------------------------------------------- the whole

const changedDelays = (before: Chart, after: Chart): string[] =>
  after.delays.flatMap(({ name, reads }) => {
    const old = before.delays.find((delay) => delay.name === name);
    return old === undefined || isSame(old.reads, reads)
      ? []
      : [`the delay ${code(name)} comes from ${list(reads)}, no longer from ${list(old.reads)}`];
  });

const idsOf = ({ states }: Chart): ReadonlyMap<string, ChartState> =>
  new Map(states.map((state) => [state.id, state]));

const mergedStates = (before: Chart, after: Chart): ChartState[] => {
  const kept = idsOf(after);
  return [...after.states, ...before.states.filter(({ id }) => !kept.has(id))];
};

/** Compares two revisions of one machine. */
export const diffCharts = (before: Chart, after: Chart): ChartDiff => {
  const name = namer(after, before);
  const [old, present] = [idsOf(before), idsOf(after)];
  const { pairs, lost, gained } = matchTransitions(before.transitions, after.transitions);
  const added = after.states.filter(({ id }) => !old.has(id));
  const removed = before.states.filter(({ id }) => !present.has(id));
  const changed = after.states.map((state) => {
    const was = old.get(state.id);
    return { id: state.id, sentences: was === undefined ? [] : changedState(was, state, name) };
  });
  const altered = pairs.map((pair) => ({ pair, sentences: changedTransition(pair, name) }));
  // A transition with another target is drawn as two: the one that is gone and the new one.
  const moved = altered.filter(({ pair }) => !isSame(pair.before.targets, pair.after.targets));
  const gone = [...lost, ...moved.map(({ pair }) => pair.before)];
  const sentences = [
    ...(before.description === after.description
      ? []
      : [`now says "${after.description}"; before, "${before.description}"`]),
    ...added.map(({ id, description }) => `gained the state ${name(id)}: ${description}`),
    ...removed.map(({ id }) => `lost the state ${name(id)}`),
    ...changed.flatMap((change) => change.sentences),
    ...gained.map(({ transition: it }) => `${name(it.source)} gained ${arrow(it, name)}`),
    ...lost.map((it) => `${name(it.source)} lost ${arrow(it, name)}`),
    ...altered.flatMap((change) => change.sentences),
    ...reordered(pairs, name),
    ...changedDelays(before, after),
  ];
  const isMoved = new Set(moved.map(({ pair }) => pair.to));
  return {
    machine: after.machine,
    sentences: sentences.map((sentence) => `${after.machine}: ${sentence}`),
    merged: {
      ...after,
      states: mergedStates(before, after),
      transitions: [...after.transitions, ...gone],
    },
    marks: {
      states: new Map<string, Mark>([
        ...added.map(({ id }) => [id, 'added'] as const),
        ...removed.map(({ id }) => [id, 'removed'] as const),
        ...changed.flatMap(({ id, sentences: { length } }) =>
          length === 0 ? [] : [[id, 'changed'] as const],
        ),
      ]),
      transitions: new Map<number, Mark>([
        ...altered.flatMap(({ pair, sentences: { length } }) =>
          length === 0 ? [] : [[pair.to, isMoved.has(pair.to) ? 'added' : 'changed'] as const],
        ),
        ...gained.map(({ index }) => [index, 'added'] as const),
        ...gone.map((_, at) => [after.transitions.length + at, 'removed'] as const),
      ]),
    },
  };
};
