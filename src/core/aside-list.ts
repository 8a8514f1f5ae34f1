/** Addresses that are to be left alone for a while, in the book or not. */
import type { PeerAddress } from '../wire/messages.js';
import { addressKey } from './networks.js';

/** Longest time for which a misbehaving address is set aside: a day (our guess). */
export const ASIDE_MAX_MS = 86_400_000;

/** A moment that lies further ahead than it can have been set is a clock put back: it is over. */
export const isAhead = (momentMs: number, nowMs: number, mostMs: number): boolean =>
  momentMs > nowMs && momentMs - nowMs <= mostMs;

type Term = { readonly times: number; readonly untilMs: number };

/** At most `termsMax` of them: whoever was set aside longest ago makes room. */
export class AsideList {
  readonly #termsMax: number;
  readonly #terms = new Map<string, Term>();

  constructor(termsMax: number) {
    this.#termsMax = termsMax;
  }

  /**
   * Sets an address aside, known or not, and returns for how many milliseconds: `forMs` the first
   * time, doubled with each further time up to `mostMs`, a day for one that misbehaves. With
   * `mostMs` as long as `forMs` it is a rest, which does not count as a time. A day after its end
   * it is forgiven; so it is by a restart.
   */
  add(address: PeerAddress, forMs: number, nowMs: number, mostMs: number): number {
    const key = keyOf(address);
    const before = this.#terms.get(key);
    const isForgiven = before === undefined || nowMs - before.untilMs > ASIDE_MAX_MS;
    const timesBefore = isForgiven ? 0 : before.times;
    const times = timesBefore + (mostMs > forMs ? 1 : 0);
    const termMs = Math.min(mostMs, forMs * 2 ** timesBefore);
    // A short rest does not end a long term.
    const endMs = this.has(address, nowMs) ? (before?.untilMs ?? 0) : 0;
    this.#terms.delete(key);
    this.#terms.set(key, { times, untilMs: Math.max(endMs, nowMs + termMs) });
    const [longestAgo] = this.#terms.keys();
    if (this.#terms.size > this.#termsMax && longestAgo !== undefined) {
      this.#terms.delete(longestAgo);
    }
    return termMs;
  }

  has(address: PeerAddress, nowMs: number): boolean {
    if (this.#terms.size === 0) return false;
    const term = this.#terms.get(keyOf(address));
    return term !== undefined && isAhead(term.untilMs, nowMs, ASIDE_MAX_MS);
  }

  /** Forgets one address, or all. */
  forgive(address?: PeerAddress): void {
    if (address === undefined) this.#terms.clear();
    else this.#terms.delete(keyOf(address));
  }
}

const keyOf = ({ host, port }: PeerAddress): string => addressKey(host, port);
