/** Everything that must be true of every run, whatever is done to it. */
import type { Invariant } from './invariant.js';
import { everybodyReached, nothingTwice, nothingUnvalidated } from './items.js';
import {
  boundsKept,
  linksSymmetric,
  noErrors,
  noOrphans,
  noTimersOfTheDead,
  outboundQuota,
} from './overlay.js';

export const INVARIANTS: readonly Invariant[] = [
  nothingUnvalidated,
  nothingTwice,
  everybodyReached,
  boundsKept,
  outboundQuota,
  linksSymmetric,
  noOrphans,
  noTimersOfTheDead,
  noErrors,
];
