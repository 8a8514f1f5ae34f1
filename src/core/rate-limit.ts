/**
 * How much a peer may send us of each kind of thing that costs us something. Beyond it things are
 * passed over; a peer that goes on all the same is not worth its link.
 */
import { TokenBucket } from './token-bucket.js';

/**
 * `data`: bytes of items that came unasked. `ids`: ids in HAVE, WANT and DONT_WANT. `wants`: bytes
 * of items served in answer to WANT. The others count messages: `shuffles` PEER_REQUEST, `joins`
 * PEER_JOIN, `interests` INTEREST, `pings` PING, `grafts` GRAFT and PRUNE.
 */
export type RateKind =
  'data' | 'ids' | 'wants' | 'shuffles' | 'joins' | 'interests' | 'pings' | 'grafts';

/** A bucket: so many at once, after a pause, and so many a second. */
export type Rate = { readonly perSecond: number; readonly burst: number };
/** What a peer may send of a kind. */
export type Allowance = Rate & {
  /**
   * How much may be passed over. A peer whose excess is more than this persists; undefined: it is
   * passed over for ever.
   */
  readonly patience: Rate | undefined;
};
export type Rates = Readonly<Record<RateKind, Allowance>>;

/** What an operator may set, in bytes a second. */
export type RateSettings = { readonly peerDataRate: number; readonly peerWantRate: number };

/** Seconds of data and of answers that may come at once; our guess. */
const BURST_SECONDS = 4;
/** Ten times what a network of 1,000 items a second says over a lazy link; our guess. */
const IDS_PER_SECOND = 10_000;
const ID_BURST = 40_000;
/** Five times what a daemon sends one link by default, if all goes to one; our guess. */
const SHUFFLES_PER_SECOND = 0.5;
const SHUFFLE_BURST = 5;
/** What the shortest `shuffle_interval` asks for, twice. */
const SHUFFLE_PATIENCE: Rate = { perSecond: 20, burst: 200 };
/** Joins that walk by; our guess. */
const JOINS_PER_SECOND = 2;
const JOIN_BURST = 32;
/** A peer passes joins on for others: a crowd that comes at once is not its fault. Our guess. */
const JOIN_PATIENCE: Rate = { perSecond: 200, burst: 4_000 };
/** 16 messages tell of as many types as are remembered, four times over; our guess. */
const INTERESTS_PER_SECOND = 5;
const INTEREST_BURST = 64;
/** What the shortest `ping_interval` asks for, twice. */
const PINGS_PER_SECOND = 20;
const PING_BURST = 100;
/** Four times the types whose eager links are remembered; then what many reviews bring. */
const GRAFTS_PER_SECOND = 500;
const GRAFT_BURST = 4_096;
/** Bursts that may be passed over, beside the rate once more: our guess. */
const PATIENCE_BURSTS = 4;

/**
 * Of nearly every kind a peer persists that sends more than twice the rate for long. What is more
 * than we serve costs us nothing to refuse, and an honest peer that was away asks for much.
 */
export const ratesOf = ({ peerDataRate, peerWantRate }: RateSettings): Rates => ({
  data: patient(peerDataRate, BURST_SECONDS * peerDataRate),
  ids: patient(IDS_PER_SECOND, ID_BURST),
  wants: { perSecond: peerWantRate, burst: BURST_SECONDS * peerWantRate, patience: undefined },
  shuffles: { perSecond: SHUFFLES_PER_SECOND, burst: SHUFFLE_BURST, patience: SHUFFLE_PATIENCE },
  joins: { perSecond: JOINS_PER_SECOND, burst: JOIN_BURST, patience: JOIN_PATIENCE },
  interests: patient(INTERESTS_PER_SECOND, INTEREST_BURST),
  pings: patient(PINGS_PER_SECOND, PING_BURST),
  grafts: patient(GRAFTS_PER_SECOND, GRAFT_BURST),
});

const patient = (perSecond: number, burst: number): Allowance => ({
  perSecond,
  burst,
  patience: { perSecond, burst: PATIENCE_BURSTS * burst },
});

/** `excess`: to be passed over. `persistent`: and the peer is to be closed. */
export type RateVerdict = 'within' | 'excess' | 'persistent';

/** What one peer sends of one kind. */
export class RateLimit {
  readonly #allowance: TokenBucket;
  readonly #patience: TokenBucket | undefined;

  constructor({ perSecond, burst, patience }: Allowance) {
    this.#allowance = new TokenBucket(perSecond, burst);
    this.#patience = patience && new TokenBucket(patience.perSecond, patience.burst);
  }

  /**
   * The peer sends `count` more. `nowMs` is monotonic time.
   *
   * @throws RangeError for a negative count.
   */
  take(count: number, nowMs: number): RateVerdict {
    if (this.#allowance.take(count, nowMs)) return 'within';
    return this.#patience?.take(count, nowMs) === false ? 'persistent' : 'excess';
  }
}
