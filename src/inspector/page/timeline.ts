/**
 * The ring of the last records, from which any of its moments can be made again: chunks of a
 * thousand records, each with the model as it was before them.
 *
 * Records are counted from the first that ever came; a moment is the number of records before it.
 */
import type { TraceRecord } from '../protocol.js';
import { copyModel, emptyModel, reduce, type Model } from './model.js';
import { recordsOf } from './retell.js';

/** Records that are kept: at a thousand a second, the last twenty seconds; about 30 MB. */
export const RECORDS_MAX = 20_000;
/** Records that are replayed at most to make a moment: about a millisecond of work. */
export const CHUNK_RECORDS = 1_000;
/** While a person looks at a moment, so many times as many records are kept, not to lose it. */
const HELD_TIMES = 3;

/** A record with the names that those concerned had when it came; sessions are reused. */
export type Entry = {
  readonly record: TraceRecord;
  /** Id of the actor that it is about, and of the one from which the event came. */
  readonly who: string | undefined;
  readonly from: string | undefined;
};

type Chunk = {
  /** The moment before its first record. */
  readonly start: number;
  readonly before: Model;
  readonly entries: Entry[];
};

const entryOf = (model: Model, record: TraceRecord): Entry => {
  const actors = model.daemons.get(record.daemon)?.actors;
  switch (record.kind) {
    case 'actor':
      return { record, who: record.id, from: actors?.get(record.parent ?? '')?.id };
    case 'event':
      return {
        record,
        who: actors?.get(record.actor)?.id,
        from: actors?.get(record.from ?? '')?.id,
      };
    case 'state':
    case 'end':
      return { record, who: actors?.get(record.actor)?.id, from: undefined };
    case 'message':
      return { record, who: `${record.side}-connection.${record.connection}`, from: undefined };
    case 'item':
      return { record, who: record.who, from: undefined };
    default:
      return { record, who: undefined, from: undefined };
  }
};

export class Timeline {
  readonly #recordsMax: number;
  readonly #chunkRecords: number;
  readonly #live: Model = emptyModel();
  readonly #chunks: Chunk[] = [];
  #end = 0;
  #held: number | undefined;
  /** The moment that was made last, to go on from. */
  #past: { at: number; model: Model } | undefined;

  constructor(recordsMax = RECORDS_MAX, chunkRecords = CHUNK_RECORDS) {
    this.#recordsMax = recordsMax;
    this.#chunkRecords = chunkRecords;
  }

  /** The earliest moment that can be made. */
  get first(): number {
    return this.#chunks[0]?.start ?? this.#end;
  }

  /** The latest moment: how many records ever came. */
  get end(): number {
    return this.#end;
  }

  /** How everything stands now; it changes with the next record. */
  get live(): Model {
    return this.#live;
  }

  /** Keeps that moment as long as it can; undefined: nothing is kept for long. */
  hold(moment: number | undefined): void {
    this.#held = moment;
    this.#forget();
  }

  append(records: readonly TraceRecord[]): void {
    for (const record of records) {
      let chunk = this.#chunks.at(-1);
      if (chunk === undefined || chunk.entries.length >= this.#chunkRecords) {
        chunk = { start: this.#end, before: copyModel(this.#live), entries: [] };
        this.#chunks.push(chunk);
      }
      reduce(this.#live, record);
      chunk.entries.push(entryOf(this.#live, record));
      this.#end += 1;
    }
    this.#forget();
  }

  /** The record that follows that moment, if it is still kept. */
  entry(moment: number): Entry | undefined {
    const chunk = this.#chunkAt(moment);
    return chunk?.entries[moment - chunk.start];
  }

  /** How everything stood at that moment, or the nearest that is kept. Not to be kept for long. */
  at(moment: number): Model {
    const wanted = Math.min(Math.max(moment, this.first), this.#end);
    if (wanted === this.#end) return this.#live;
    const chunk = this.#chunkAt(wanted);
    if (chunk === undefined) return this.#live;
    const goesOn =
      this.#past !== undefined && this.#past.at >= chunk.start && this.#past.at <= wanted;
    const past =
      goesOn && this.#past !== undefined
        ? this.#past
        : { at: chunk.start, model: copyModel(chunk.before) };
    for (const { record } of chunk.entries.slice(past.at - chunk.start, wanted - chunk.start)) {
      reduce(past.model, record);
    }
    past.at = wanted;
    this.#past = past;
    return past.model;
  }

  /** All that is kept, as records that tell the same from nothing. */
  records(): TraceRecord[] {
    const [oldest] = this.#chunks;
    const before = oldest === undefined ? [] : recordsOf(oldest.before);
    const kept = this.#chunks.flatMap(({ entries }) => entries.map(({ record }) => record));
    return [...before, ...kept];
  }

  #chunkAt(moment: number): Chunk | undefined {
    if (moment < this.first || moment >= this.#end) return undefined;
    return this.#chunks[Math.trunc((moment - this.first) / this.#chunkRecords)];
  }

  /** Whole chunks go, the oldest first. */
  #forget(): void {
    const held = this.#held ?? Number.POSITIVE_INFINITY;
    const keptMax = this.#recordsMax * HELD_TIMES;
    for (let [oldest] = this.#chunks; oldest !== undefined; [oldest] = this.#chunks) {
      const left = this.#end - oldest.start - oldest.entries.length;
      const isHeld = oldest.start + oldest.entries.length > held - this.#recordsMax;
      if (left < this.#recordsMax || (isHeld && left < keptMax && this.#held !== undefined)) return;
      this.#chunks.shift();
    }
  }
}
