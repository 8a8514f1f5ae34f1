/** One item's life across daemons, and what it comes to. */
import type { DaemonName, Plain } from '../protocol.js';
import type { Life, LifeStep } from './model.js';

/** What one daemon made of the item. */
export type LifeAtDaemon = {
  readonly daemon: DaemonName;
  /** How it came: "announced" there, or from whom it "arrived". */
  readonly came: LifeStep | undefined;
  /** "accepted", "rejected", "ignored", …; "waiting" for a module; undefined: nobody was asked. */
  readonly verdict: string | undefined;
  /** Modules whose verdict was awaited, or that were only told. */
  readonly asked: number;
  readonly answered: number;
  readonly relayed: number;
  /** Copies beyond the first. */
  readonly repeated: number;
};

export type LifeStory = {
  readonly item: string;
  readonly dataType: number | undefined;
  /** What it says, as far as somebody was told. */
  readonly data: Plain | undefined;
  readonly firstMs: number;
  readonly lastMs: number;
  /** By time, over all daemons. */
  readonly steps: readonly LifeStep[];
  /** In the order in which it came to them. */
  readonly daemons: readonly LifeAtDaemon[];
};

const ENDS: ReadonlySet<string> = new Set([
  'accepted',
  'rejected',
  'ignored',
  'uninteresting',
  'refused',
]);

const countOf = (steps: readonly LifeStep[], name: string): number =>
  steps.filter(({ record }) => record.step === name).length;

/** Modules that are only told, or that are silent, are not waited for. */
const isAwaited = ({ record }: LifeStep): boolean =>
  record.step === 'asked' && record.detail === 'awaited';

/** What is to be said of an item in one word: its last verdict, else its last step. */
export const outcomeOf = ({ steps }: Life): string | undefined =>
  (steps.findLast(({ record }) => ENDS.has(record.step)) ?? steps.at(-1))?.record.step;

const atDaemon = (daemon: DaemonName, steps: readonly LifeStep[]): LifeAtDaemon => ({
  daemon,
  came: steps.find(({ record }) => record.step === 'announced' || record.step === 'arrived'),
  verdict:
    steps.findLast(({ record }) => ENDS.has(record.step))?.record.step ??
    (steps.some(isAwaited) ? 'waiting' : undefined),
  asked: countOf(steps, 'asked'),
  answered: countOf(steps, 'answered'),
  relayed: countOf(steps, 'relayed'),
  repeated: countOf(steps, 'arrived again'),
});

/** The life, told. */
export const storyOf = ({ item, steps }: Life): LifeStory => {
  const sorted = [...steps].sort((one, other) => one.record.atMs - other.record.atMs);
  const daemons = [...new Set(sorted.map(({ record }) => record.daemon))];
  return {
    item,
    dataType: sorted[0]?.record.dataType,
    data: sorted.find(({ record }) => record.data !== undefined)?.record.data,
    firstMs: sorted[0]?.record.atMs ?? 0,
    lastMs: sorted.at(-1)?.record.atMs ?? 0,
    steps: sorted,
    daemons: daemons.map((daemon) =>
      atDaemon(
        daemon,
        sorted.filter(({ record }) => record.daemon === daemon),
      ),
    ),
  };
};

/** Of the items known, those whose id has that text, the last first; at most `max`. */
export const findLives = (
  items: ReadonlyMap<string, Life>,
  search: string,
  max: number,
): Life[] => {
  const wanted = search.trim().toLowerCase();
  const found: Life[] = [];
  for (const life of [...items.values()].reverse()) {
    if (found.length >= max) break;
    if (wanted === '' || life.item.toLowerCase().includes(wanted)) found.push(life);
  }
  return found;
};

/** An item id within a value, as a person would click it: 40 hex digits. */
export const isItemId = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);
