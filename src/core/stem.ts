/**
 * The stem phase of an item (Fanti et al., "Dandelion++", 2018): before it is spread it travels a
 * few hops from one daemon to one other, so that who is seen to spread it first is seldom who
 * announced it. Each hop does with it what it does with any: it asks its modules, and passes on
 * only what they found valid.
 */
import type { Random } from './prng.js';

/**
 * How long a daemon keeps its relay and its part. Fixed for a while, because whoever sees many
 * draws can tell them apart by intersection. Source: the paper's 10 minutes.
 */
export const STEM_EPOCH_MS = 600_000;
/** Share of the epochs in which a daemon ends stems: 4 hops on average, geometric. Our guess. */
const ENDS_SHARE = 1 / 4;
/**
 * Until whoever holds an item on the stem spreads it itself: at least the first, then by chance
 * with this mean, without memory, so that whose wait ends first says nothing. Our guess: a stem of
 * eight hops of 300 ms with their verdicts is through in time in nine of ten.
 */
export const FAILSAFE_LEAST_MS = 3_000;
export const FAILSAFE_MEAN_MS = 8_000;
const STEPS = 2 ** 32;

/** A link as the choice of a relay sees it. */
export type StemLink = { readonly connection: number; readonly isOutbound: boolean };

/** What became of an item on the stem. */
export type StemTurn =
  | { readonly kind: 'relay'; readonly connection: number }
  /** It is spread from here. */
  | { readonly kind: 'spread' };

/** A daemon's part in the stems of an epoch: whom it passes items to, and whether it ends them. */
export class StemRoute {
  readonly #random: Random;
  #endsMs = -Infinity;
  #ends = false;
  /** By link, drawn when it is first looked at; the least is the relay. */
  readonly #ranks = new Map<number, number>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** Links that have a rank in this epoch. */
  get size(): number {
    return this.#ranks.size;
  }

  /** Where an item goes that came from `from`; undefined: it is our own. */
  turn(links: readonly StemLink[], from: number | undefined, nowMs: number): StemTurn {
    this.#turnEpoch(nowMs);
    // Our own always take the stem, whatever our part: else we would be seen to spread them.
    if (from !== undefined && this.#ends) return { kind: 'spread' };
    const others = links.filter(({ connection }) => connection !== from);
    // A link that we dialled was our choice; one that dialled us may have wanted to be our relay.
    const ours = others.filter(({ isOutbound }) => isOutbound);
    const [first, ...rest] = ours.length > 0 ? ours : others;
    if (first === undefined) return { kind: 'spread' };
    const relay = rest.reduce((a, b) => (this.#rank(b) < this.#rank(a) ? b : a), first);
    return { kind: 'relay', connection: relay.connection };
  }

  /** A link is gone, and its number may soon be another's. */
  forget(connection: number): void {
    this.#ranks.delete(connection);
  }

  #rank({ connection }: StemLink): number {
    const known = this.#ranks.get(connection);
    if (known !== undefined) return known;
    const rank = this.#random.below(STEPS);
    this.#ranks.set(connection, rank);
    return rank;
  }

  #turnEpoch(nowMs: number): void {
    if (nowMs < this.#endsMs) return;
    this.#endsMs = nowMs + STEM_EPOCH_MS;
    this.#ends = this.#random.below(STEPS) < ENDS_SHARE * STEPS;
    this.#ranks.clear();
  }
}

/** How long the next holder waits for an item to be spread by others, in milliseconds. */
export const failsafeMs = (random: Random): number =>
  FAILSAFE_LEAST_MS - FAILSAFE_MEAN_MS * Math.log((random.below(STEPS) + 1) / STEPS);
