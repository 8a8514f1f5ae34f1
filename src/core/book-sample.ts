/** What a daemon tells others of its address book. */
import type { PeerRecord } from '../wire/messages.js';
import { SOURCES, type BookEntry, type BookTable } from './book-entry.js';
import { shuffled, type Random } from './prng.js';

const SAMPLE_TRIED_SHARE = 3 / 4;
/** Of what we tell, the most that we know by hearsay alone. */
const SAMPLE_TOLD_SHARE = 1 / 4;
const AGE_SECONDS_MAX = 65_535;

type Test = (entry: BookEntry) => boolean;

/** Entries of a table in random order, without those for which `exclude` holds. */
export type Draw = (table: BookTable, exclude: Test) => Iterable<BookEntry>;

export type SampleOptions = {
  /** Records at most. */
  readonly count: number;
  /** Whom not to tell of. */
  readonly exclude: Test;
  /** Wall-clock time, from which ages are counted. */
  readonly nowMs: number;
  readonly random: Random;
};

/**
 * Records for a shuffle, in random order: three quarters from tried, the rest from new, and more
 * from either when the other has too few. What we know by hearsay alone is a quarter at most, lest
 * lies travel.
 */
export const sampleOf = (
  drawn: Draw,
  { count, exclude, nowMs, random }: SampleOptions,
): PeerRecord[] => {
  const untriedIf = (isOut: Test, most: number): BookEntry[] =>
    taken(
      drawn('new', (entry) => isOut(entry) || exclude(entry)),
      most,
    );
  const tried = taken(drawn('tried', exclude), count);
  const untriedMost = Math.max(Math.floor(count * (1 - SAMPLE_TRIED_SHARE)), count - tried.length);
  const met = untriedIf(isTold, untriedMost);
  const toldMost = Math.min(Math.floor(count * SAMPLE_TOLD_SHARE), untriedMost - met.length);
  const untried = [...met, ...untriedIf(isMet, toldMost)];
  const chosen = [...tried.slice(0, count - untried.length), ...untried];
  return shuffled(chosen, random).map(({ address, identity, heardMs }) => {
    const ageSeconds = Math.floor(Math.max(0, nowMs - heardMs) / 1_000);
    const bytes = Buffer.from(identity, 'hex');
    return { address, identity: bytes, ageSeconds: Math.min(AGE_SECONDS_MAX, ageSeconds) };
  });
};

/** We know it ourselves: it is a link of ours, or stood in our config. */
const isMet = ({ source }: BookEntry): boolean =>
  source === undefined || source === SOURCES.callers;

const isTold = (entry: BookEntry): boolean => !isMet(entry);

/** The first `count`; what is not asked for is never drawn. */
const taken = (drawn: Iterable<BookEntry>, count: number): BookEntry[] => {
  const entries: BookEntry[] = [];
  if (count <= 0) return entries;
  for (const entry of drawn) if (entries.push(entry) >= count) break;
  return entries;
};
