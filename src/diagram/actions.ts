/** Actions as a definition uses them: by name, with what is known of their params. */
import type { AnyStateMachine } from 'xstate';
import { probe, type Literals } from './stand-in.js';

/** What an action does. All but `effect` stay inside the actor system. */
export type ActionKind = 'effect' | 'assign' | 'send' | 'raise' | 'spawn' | 'stop' | 'other';

export type ActionUse = {
  readonly name: string;
  readonly kind: ActionKind;
  /** Params that the definition writes as literals, by name; what events bring is left out. */
  readonly params: Literals;
  /** For `send`, `raise` and `spawn`: to whom ("parent", or machines), else empty. */
  readonly to: readonly string[];
  /** For `send` and `raise`: the event; undefined when only a run could tell. */
  readonly event: string | undefined;
};

/** What XState calls the actions that it carries out itself. */
const KINDS: Readonly<Record<string, ActionKind>> = {
  'xstate.assign': 'assign',
  'xstate.sendTo': 'send',
  'xstate.raise': 'raise',
  'xstate.enqueueActions': 'spawn',
  'xstate.spawnChild': 'spawn',
  'xstate.stopChild': 'stop',
};

/** An action of XState's own: a function that carries its plan along. */
type BuiltIn = {
  readonly type?: unknown;
  readonly to?: unknown;
  readonly event?: unknown;
  readonly collect?: unknown;
};

const isBuiltIn = (action: unknown): action is BuiltIn =>
  typeof action === 'function' && 'type' in action;

/**
 * What an implementation does. A function that is none of XState's own is an effect: declared with
 * `effect()`, it is the runner's to provide.
 */
export const bookkeepingKind = (action: unknown): ActionKind =>
  isBuiltIn(action) ? (KINDS[String(action.type)] ?? 'other') : 'effect';

/** XState itself puts these two behind every `after`. */
const OF_TIMERS: ReadonlySet<string> = new Set(['xstate.raise', 'xstate.cancel']);

const namedAs = (action: unknown): { readonly type: string; readonly params?: unknown } =>
  typeof action === 'string'
    ? { type: action }
    : (action as { readonly type: string; readonly params?: unknown });

/** The actions of a state or transition, without those of timers. `trigger`: of the transition. */
export const actionUses = (
  machine: AnyStateMachine,
  actions: readonly unknown[],
  trigger: string | undefined,
): ActionUse[] =>
  actions
    .map(namedAs)
    .filter(({ type }) => !OF_TIMERS.has(type))
    .map(({ type, params }) => useOf(machine, type, params, trigger));

const useOf = (
  machine: AnyStateMachine,
  name: string,
  params: unknown,
  trigger: string | undefined,
): ActionUse => {
  const action: unknown = machine.implementations.actions[name];
  const kind = bookkeepingKind(action);
  const given = probe(params);
  const use = { name, kind, params: given.literals, to: [], event: undefined };
  if (!isBuiltIn(action)) return use;
  if (kind === 'spawn') return { ...use, to: spawned(action.collect) };
  if (kind !== 'send' && kind !== 'raise') return use;
  const sent = probe(action.event);
  const isTrigger = sent.isEvent || (sent.isParams && given.isEvent);
  const written = (sent.isParams ? given : sent).literals['type'];
  return {
    ...use,
    to: kind === 'raise' ? ['itself'] : receivers(machine, action.to),
    event: isTrigger ? trigger : typeof written === 'string' ? written : undefined,
  };
};

/** A receiver that is computed can be any machine that this one spawns. */
const receivers = (machine: AnyStateMachine, to: unknown): string[] => {
  if (typeof to === 'string') return [to === '#_parent' ? 'parent' : to];
  return Object.keys(machine.implementations.actors);
};

/** The names of what `enqueueActions` spawns, from its text: its inputs need a real context. */
const spawned = (collect: unknown): string[] =>
  [...String(collect).matchAll(/\bspawnChild\(\s*["'`]([\w-]+)["'`]/g)].map(
    ([, name = '']) => name,
  );

/** Characters of a literal that are shown; the tables and the review have it whole. */
const SHOWN_CHARACTERS = 26;

const clipped = (text: string): string =>
  text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS - 1)}…`;

/** An action or guard in few words: its name and the literal that says most, `refuse(timeout)`. */
export const shortText = ({ name, params }: Pick<ActionUse, 'name' | 'params'>): string => {
  const entries = Object.entries(params).filter(([, value]) => value !== '');
  const [text] = entries.flatMap(([, value]) => (typeof value === 'string' ? [value] : []));
  if (text !== undefined) return `${name}(${clipped(text)})`;
  const [first] = entries;
  return first === undefined ? name : `${name}(${first[0]}: ${String(first[1])})`;
};
