/**
 * Finds in a machine's definition the mistakes that neither the compiler nor XState reports: a
 * misspelt delay fires at once, a misspelt action does nothing (architecture page, "Traps"). A
 * misspelt target is not among them, since XState throws at creation.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';

/** Machines of which one lives per item: an `after` there would be a timer per item. */
const PER_ITEM: ReadonlySet<string> = new Set(['validation', 'fetch', 'stem']);

const WORDS = '[a-z]+(-[a-z]+)*';
const EVENT_NAME = new RegExp(`^${WORDS}\\.(${WORDS}|\\*)$`);
/** After these comes the name of a wire message; after anybody else, what has happened. */
const MESSAGE_SENDER = /^(peer|api)\./;
const PAST_TENSE = /(ed|given|left|lost|told|\*)$/;

/** Actions that XState itself writes: the two that stand behind every `after`. */
const BUILT_IN: ReadonlySet<string> = new Set(['xstate.raise', 'xstate.cancel']);

/** Every mistake as one sentence that begins with where it is; none for a tidy machine. */
export const lintMachine = (machine: AnyStateMachine): string[] => {
  const states = withDescendants(machine.root);
  return [
    ...states.flatMap(missingDescription),
    ...states.flatMap((state) => namesOf(machine, state)),
    ...states.flatMap((state) => eventNames(state)),
    ...states.flatMap((state) => timers(machine, state)),
    ...ways(machine.root, states),
  ];
};

const withDescendants = (state: AnyStateNode): AnyStateNode[] => [
  state,
  ...Object.values(state.states).flatMap(withDescendants),
];

/** Of the state and of every state around it. */
const withAncestors = (state: AnyStateNode): AnyStateNode[] =>
  state.parent === undefined ? [state] : [state, ...withAncestors(state.parent)];

const transitionsOf = (state: AnyStateNode): AnyTransitionDefinition[] => [
  ...[...state.transitions.values()].flat(),
  ...(state.always ?? []),
];

const missingDescription = ({ id, description }: AnyStateNode): string[] =>
  (description ?? '').trim() === '' ? [`${id}: has no description`] : [];

// ----------------------------------------------------------------------------- names

type Kind = 'actions' | 'guards' | 'actors' | 'delays';

/** The name of an action, guard or actor; undefined when it is written in place. */
const nameOf = (thing: unknown): string | undefined => {
  if (typeof thing === 'string') return thing;
  const { type } = (thing ?? {}) as { readonly type?: unknown };
  if (typeof type !== 'string') return undefined;
  return typeof thing === 'function' && !BUILT_IN.has(type) ? undefined : type;
};

const namesOf = (machine: AnyStateMachine, state: AnyStateNode): string[] => {
  const check = (kind: Kind, thing: unknown, where: string): string[] => {
    const name = nameOf(thing);
    const what = kind.slice(0, -1);
    if (name === undefined) return [`${state.id}: ${where} has a nameless ${what}`];
    const isKnown = BUILT_IN.has(name) || name in (machine.implementations[kind] ?? {});
    return isKnown ? [] : [`${state.id}: ${where} names the ${what} ${name}, which is not there`];
  };
  return [
    ...state.entry.flatMap((action) => check('actions', action, 'entry')),
    ...state.exit.flatMap((action) => check('actions', action, 'exit')),
    ...state.invoke.flatMap(({ src }) => check('actors', src, 'invoke')),
    ...transitionsOf(state).flatMap(({ eventType, actions, guard }) => [
      ...actions.flatMap((action) => check('actions', action, eventType || 'always')),
      ...(guard === undefined ? [] : check('guards', guard, eventType || 'always')),
    ]),
  ];
};

const eventNames = ({ id, transitions }: AnyStateNode): string[] =>
  [...transitions.keys()]
    .filter((name) => !name.startsWith('xstate.'))
    .flatMap((name) => {
      if (!EVENT_NAME.test(name)) return [`${id}: ${name} is not named <who>.<what>`];
      if (MESSAGE_SENDER.test(name) || PAST_TENSE.test(name)) return [];
      return [`${id}: ${name} does not say in the past tense what happened`];
    });

const timers = (machine: AnyStateMachine, { id, after }: AnyStateNode): string[] =>
  after.flatMap(({ delay }) => [
    ...(PER_ITEM.has(machine.id) ? [`${id}: a timer in a machine that lives once per item`] : []),
    ...(typeof delay !== 'string'
      ? [`${id}: the delay of ${String(delay)} has no name`]
      : delay in (machine.implementations.delays ?? {})
        ? []
        : [`${id}: the delay ${delay} is not declared, and would be zero`]),
  ]);

// ----------------------------------------------------------------------------- ways

/** The states without children that are entered when `state` is. */
const leavesEntered = (state: AnyStateNode): AnyStateNode[] =>
  state.type === 'parallel'
    ? Object.values(state.states).flatMap(leavesEntered)
    : state.type === 'compound'
      ? state.initial.target.flatMap(leavesEntered)
      : [state];

/** Where one may be after one transition from `leaf`. */
const leavesAfter = (leaf: AnyStateNode): AnyStateNode[] =>
  withAncestors(leaf)
    .flatMap(transitionsOf)
    .flatMap(({ target }) => target ?? [])
    .flatMap(leavesEntered);

const reachedFrom = (root: AnyStateNode): Set<AnyStateNode> => {
  const reached = new Set(leavesEntered(root));
  for (const leaf of reached) for (const next of leavesAfter(leaf)) reached.add(next);
  return reached;
};

/** Leaves from which the machine can come to its end, whatever lies between. */
const ending = (leaves: readonly AnyStateNode[], root: AnyStateNode): Set<AnyStateNode> => {
  const found = new Set(leaves.filter(({ type, parent }) => type === 'final' && parent === root));
  for (let before = -1; before < found.size;) {
    before = found.size;
    for (const leaf of leaves)
      if (leavesAfter(leaf).some((next) => found.has(next))) found.add(leaf);
  }
  return found;
};

const ways = (root: AnyStateNode, states: readonly AnyStateNode[]): string[] => {
  const leaves = states.filter(({ type }) => type === 'atomic' || type === 'final');
  const reached = reachedFrom(root);
  const ends = ending(leaves, root);
  return leaves.flatMap((leaf) => {
    if (!reached.has(leaf)) return [`${leaf.id}: no transition reaches it`];
    if (leaf.type === 'final' || leaf === root) return [];
    if (leavesAfter(leaf).length === 0) return [`${leaf.id}: no transition leaves it`];
    return ends.size > 0 && !ends.has(leaf)
      ? [`${leaf.id}: the end cannot be reached from it`]
      : [];
  });
};
