/** State values as text and as the ids of state nodes. */
import type { StateValue } from '../protocol.js';

/** The paths of the innermost active states, one per parallel region: "alive.opening". */
export const leafPaths = (value: StateValue): string[] => {
  if (typeof value === 'string') return [value];
  return Object.entries(value).flatMap(([region, inner]) => {
    const below = leafPaths(inner).filter((path) => path !== '');
    return below.length === 0 ? [region] : below.map((path) => `${region}.${path}`);
  });
};

const namesOf = (paths: readonly string[]): string => {
  const names = new Set(paths.map((path) => path.slice(path.lastIndexOf('.') + 1)));
  return [...names].join(' · ');
};

/** The innermost active states by their own names, short enough for a row: "linked · quiet". */
export const leafNames = (value: StateValue): string => namesOf(leafPaths(value));

/** What of the configuration changed: "quiet → pinged"; '' for nothing. */
export const changeText = (before: StateValue, after: StateValue): string => {
  const [left, entered] = [leafPaths(before), leafPaths(after)];
  const gone = left.filter((path) => !entered.includes(path));
  const come = entered.filter((path) => !left.includes(path));
  return gone.length + come.length === 0 ? '' : `${namesOf(gone)} → ${namesOf(come)}`;
};

/** The whole configuration in one line: "alive.established.membership.linked, …". */
export const stateText = (value: StateValue): string => leafPaths(value).join(', ');

/** Ids of all active state nodes, the machine's own first, parents before children. */
export const activeIds = (machine: string, value: StateValue): string[] => {
  const ids = new Set([machine]);
  for (const path of leafPaths(value)) {
    let id = machine;
    for (const key of path.split('.')) {
      if (key === '') continue;
      id += `.${key}`;
      ids.add(id);
    }
  }
  return [...ids];
};
