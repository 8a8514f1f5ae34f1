/** The actors of one daemon as the rows of a tree. */
import type { Actor, Daemon } from './model.js';
import { leafNames, stateText } from './state-text.js';

/** More children of one machine under one parent than this are folded into one row. */
export const GROUP_ACTORS_MIN = 24;

export type TreeRow =
  | {
      readonly kind: 'actor';
      readonly key: string;
      readonly depth: number;
      readonly actor: Actor;
      readonly children: number;
      readonly isOpen: boolean;
    }
  | {
      readonly kind: 'group';
      readonly key: string;
      readonly depth: number;
      readonly machine: string;
      readonly children: number;
      /** How many are in which state, the most first: "38 idle, 2 waiting". */
      readonly summary: string;
      readonly isOpen: boolean;
    };

export type TreeOptions = {
  /** Text that the id, the machine or the state of an actor must have; '' for all. */
  readonly search: string;
  /** Rows that a person folded, or unfolded where they start folded. */
  readonly toggled: ReadonlySet<string>;
};

/** Order of the machines among siblings; others come after these. */
const MACHINES = [
  'supervisor',
  'peer-view',
  'difficulty',
  'api-connection',
  'peer-connection',
  'validation',
];

const rankOf = ({ machine }: Actor): number => {
  const rank = MACHINES.indexOf(machine);
  return rank < 0 ? MACHINES.length : rank;
};

const numberOf = ({ id }: Actor): number => Number(/\d+$/.exec(id)?.[0] ?? 0);

/** Living before ended, by machine, by number; of the ended the last first. */
export const bySiblingOrder = (one: Actor, other: Actor): number => {
  const [endedMs, otherEndedMs] = [one.ending?.atMs ?? 0, other.ending?.atMs ?? 0];
  if (endedMs === 0 || otherEndedMs === 0) {
    if (endedMs !== otherEndedMs) return endedMs - otherEndedMs;
  } else if (endedMs !== otherEndedMs) {
    return otherEndedMs - endedMs;
  }
  return (
    rankOf(one) - rankOf(other) ||
    one.machine.localeCompare(other.machine) ||
    numberOf(one) - numberOf(other)
  );
};

const matches = (actor: Actor, search: string): boolean =>
  actor.id.toLowerCase().includes(search) ||
  actor.machine.toLowerCase().includes(search) ||
  stateText(actor.value).toLowerCase().includes(search);

const summaryOf = (actors: readonly Actor[]): string => {
  const counts = new Map<string, number>();
  for (const { value } of actors) {
    const state = leafNames(value);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .slice(0, 4)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
};

const alikeOf = (siblings: readonly Actor[]): Map<string, Actor[]> => {
  const alike = new Map<string, Actor[]>();
  for (const actor of siblings) {
    const others = alike.get(actor.machine);
    if (others === undefined) alike.set(actor.machine, [actor]);
    else others.push(actor);
  }
  return alike;
};

const childrenByParent = (daemon: Daemon): Map<string, Actor[]> => {
  const children = new Map<string, Actor[]>();
  for (const actor of daemon.actors.values()) {
    const { parent } = actor;
    const isRoot = parent === undefined || parent === actor.name || !daemon.actors.has(parent);
    const key = isRoot ? '' : parent;
    const others = children.get(key);
    if (others === undefined) children.set(key, [actor]);
    else others.push(actor);
  }
  for (const siblings of children.values()) siblings.sort(bySiblingOrder);
  return children;
};

/** The rows of a daemon's tree, from its roots down. */
export const treeRows = (daemon: Daemon, { search, toggled }: TreeOptions): TreeRow[] => {
  const wanted = search.trim().toLowerCase();
  const children = childrenByParent(daemon);
  const rows: TreeRow[] = [];
  const addActor = (actor: Actor, depth: number): boolean => {
    const below = children.get(actor.name) ?? [];
    const isOpen = wanted !== '' || !toggled.has(actor.key);
    const at = rows.length;
    rows.push({ kind: 'actor', key: actor.key, depth, actor, children: below.length, isOpen });
    const hasMatch = isOpen && addSiblings(actor.key, below, depth + 1);
    if (wanted === '' || hasMatch || matches(actor, wanted)) return true;
    rows.length = at;
    return false;
  };
  const addSiblings = (parent: string, siblings: readonly Actor[], depth: number): boolean => {
    const alike = alikeOf(siblings);
    const folded = new Set<string>();
    let hasMatch = false;
    for (const actor of siblings) {
      const group = alike.get(actor.machine) ?? [];
      if (wanted !== '' || group.length < GROUP_ACTORS_MIN) {
        hasMatch = addActor(actor, depth) || hasMatch;
      } else if (!folded.has(actor.machine)) {
        folded.add(actor.machine);
        addGroup(`${parent} ${actor.machine}`, actor.machine, group, depth);
      }
    }
    return hasMatch;
  };
  const addGroup = (key: string, machine: string, group: readonly Actor[], depth: number): void => {
    const isOpen = toggled.has(key);
    const summary = summaryOf(group);
    rows.push({ kind: 'group', key, depth, machine, children: group.length, summary, isOpen });
    if (isOpen) for (const actor of group) addActor(actor, depth + 1);
  };
  addSiblings(daemon.name, children.get('') ?? [], 0);
  return rows;
};
