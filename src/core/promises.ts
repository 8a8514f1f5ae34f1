/**
 * How far links keep their word. HAVE promises an item; a WANT that goes unanswered finds the
 * promise broken. Nobody is judged by one event: paths lose packets, and caches forget. But whoever
 * has mostly lied of late is believed last.
 */

/** Weight of one promise among those before it; our guess: four broken in a row are too many. */
const PROMISE_WEIGHT = 0.2;
/** A link of whose promises more than this share was broken is not trusted. */
const BROKEN_SHARE_MOST = 0.5;
/** Less than this is forgotten. */
const BROKEN_SHARE_LEAST = 0.01;

export class Promises {
  /** Fading share of promises that were broken, of links that broke any. */
  readonly #brokenShare = new Map<number, number>();

  /** Links that are not trusted. */
  get distrusted(): number {
    let count = 0;
    for (const link of this.#brokenShare.keys()) if (!this.isTrusted(link)) count += 1;
    return count;
  }

  /** True as well for a link of which nothing is known. */
  isTrusted(link: number): boolean {
    return (this.#brokenShare.get(link) ?? 0) <= BROKEN_SHARE_MOST;
  }

  kept(link: number): void {
    const share = (this.#brokenShare.get(link) ?? 0) * (1 - PROMISE_WEIGHT);
    if (share < BROKEN_SHARE_LEAST) this.#brokenShare.delete(link);
    else this.#brokenShare.set(link, share);
  }

  broken(link: number): void {
    const share = this.#brokenShare.get(link) ?? 0;
    this.#brokenShare.set(link, share + PROMISE_WEIGHT * (1 - share));
  }

  /** The link is gone, and its number may soon be another's. */
  forget(link: number): void {
    this.#brokenShare.delete(link);
  }
}
