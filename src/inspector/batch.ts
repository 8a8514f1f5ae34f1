/**
 * Records on their way to the next flush. An event gets its place when it is sent and its record
 * when it has been handled, so that causes stand before their effects. What is over the budget is
 * counted and not kept.
 */
import type { TraceRecord } from './protocol.js';

/** The place of a record; empty until its event has been handled. */
export type Slot = { readonly seq: number; record: TraceRecord | undefined };

/** What may be sampled away. Each kind has a share of its own, so that none crowds out another. */
export type SampledKind = 'event' | 'message' | 'item';

const KINDS = 3;

export class Batch {
  readonly #share: number;
  #slots: { record: TraceRecord | undefined }[] = [];
  #taken: Record<SampledKind, number> = { event: 0, message: 0, item: 0 };
  #left = 0;
  #seq = 0;

  /** `budget`: events, messages and item steps kept between two flushes. */
  constructor(budget: number) {
    this.#share = Math.max(1, Math.floor(budget / KINDS));
  }

  /** Events, messages and item steps that have a place since the last flush. */
  get taken(): number {
    return this.#taken.event + this.#taken.message + this.#taken.item;
  }

  /** A place for a record that may be sampled away; undefined: it is, and counted. */
  slot(kind: SampledKind): Slot | undefined {
    const seq = this.#seq;
    this.#seq += 1;
    if (this.#taken[kind] >= this.#share) {
      this.#left += 1;
      return undefined;
    }
    this.#taken[kind] += 1;
    const slot = { seq, record: undefined };
    this.#slots.push(slot);
    return slot;
  }

  /** So many were left out for another reason. */
  leave(count: number): void {
    this.#left += count;
  }

  /** Something that is only counted. */
  count(): void {
    this.#seq += 1;
    this.#left += 1;
  }

  /** A place for a record that is always told: births, ends, where actors stand. */
  place(record: TraceRecord | undefined): { record: TraceRecord | undefined } {
    const place = { record };
    this.#slots.push(place);
    return place;
  }

  /** What was gathered, and how many records were left out; both begin anew. */
  take(): { readonly records: TraceRecord[]; readonly left: number } {
    const records = this.#slots
      .map(({ record }) => record)
      .filter((record) => record !== undefined);
    const left = this.#left;
    this.#slots = [];
    this.#taken = { event: 0, message: 0, item: 0 };
    this.#left = 0;
    return { records, left };
  }
}
