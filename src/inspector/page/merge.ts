/**
 * Puts the records of several daemons into the order in which things happened. Their batches
 * arrive apart, so they wait a moment for each other; the records of one daemon never overtake
 * each other.
 */
import type { DaemonName, TraceRecord } from '../protocol.js';

/** How long records wait for those of other daemons, in milliseconds: two flushes. */
export const WAIT_MS = 200;

const TRANSIT_MS = 0.5;

type Waiting = { readonly record: TraceRecord; readonly timeMs: number; readonly sinceMs: number };

export class Merger {
  readonly #daemons = new Set<DaemonName>();
  /** The latest time of each daemon, below which none of its records is placed. */
  readonly #latestMs = new Map<DaemonName, number>();
  #waiting: Waiting[] = [];

  /** Takes records that arrived at `nowMs`, of the page's clock. */
  push(records: readonly TraceRecord[], nowMs: number): void {
    for (const record of records) {
      this.#daemons.add(record.daemon);
      const isArrival = record.kind === 'message' && record.direction === 'in';
      // What arrives was sent before, though within the same millisecond.
      const atMs = record.atMs + (isArrival ? TRANSIT_MS : 0);
      const timeMs = Math.max(this.#latestMs.get(record.daemon) ?? 0, atMs);
      this.#latestMs.set(record.daemon, timeMs);
      this.#waiting.push({ record, timeMs, sinceMs: nowMs });
    }
  }

  /** The records that have waited long enough, and those of before them. All, from one daemon. */
  take(nowMs: number): TraceRecord[] {
    if (this.#waiting.length === 0) return [];
    let untilMs = Number.POSITIVE_INFINITY;
    if (this.#daemons.size > 1) {
      const ripe = this.#waiting.filter(({ sinceMs }) => sinceMs <= nowMs - WAIT_MS);
      untilMs = ripe.reduce((latest, { timeMs }) => Math.max(latest, timeMs), 0);
    }
    const taken = this.#waiting.filter(({ timeMs }) => timeMs <= untilMs);
    if (taken.length === 0) return [];
    this.#waiting = this.#waiting.filter(({ timeMs }) => timeMs > untilMs);
    return taken.sort((one, other) => one.timeMs - other.timeMs).map(({ record }) => record);
  }
}
