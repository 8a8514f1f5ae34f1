/**
 * How items are spread: what is traded for what. `balanced` is as fast as a mesh of degree 8 for
 * a quarter of its copies; `lean` sends hardly any copy twice and is slower (`npm run sim`).
 */
export type SpreadProfileName = 'balanced' | 'lean';

export type SpreadProfile = {
  /** Eager links per data type that no duplicate and no PRUNE takes away, at first. */
  readonly eagerMin: number;
  /** So many more than the present least are pruned at the next review. */
  readonly eagerSlack: number;
  /** A duplicate over an eager link prunes it, as Plumtree does; else only a review does. */
  readonly duplicatesPrune: boolean;
  /** A WANT that had to be sent makes its link eager, as Plumtree's GRAFT does. */
  readonly wantsGraft: boolean;
  /** From the acceptance of an item to its HAVE: at least once, at most twice this, in ms. */
  readonly offerDelayMs: number;
  /** From the first HAVE for an unknown id to its WANT, in ms: an eager copy may be on its way. */
  readonly wantDelayMs: number;
  /** Links to which an own announce is pushed at once. */
  readonly ownFanOut: number;
};

/** Measured in the simulator at 1,000 nodes in eight regions: docs/decisions/0013. */
export const SPREAD_PROFILES: Readonly<Record<SpreadProfileName, SpreadProfile>> = {
  balanced: {
    eagerMin: 2,
    eagerSlack: 2,
    duplicatesPrune: false,
    wantsGraft: false,
    offerDelayMs: 10,
    wantDelayMs: 0,
    ownFanOut: 8,
  },
  lean: {
    eagerMin: 1,
    eagerSlack: 64,
    duplicatesPrune: true,
    wantsGraft: true,
    offerDelayMs: 30,
    wantDelayMs: 100,
    ownFanOut: 1,
  },
};
