/** A saved trace as a source: told once, as fast as it is taken. */
import type { ControlOutcome, Sink, TraceSource } from './source.js';
import type { TraceRecord } from './protocol.js';

/** Records told at a time. */
const BATCH_RECORDS = 1_000;

export class FileSource implements TraceSource {
  readonly paced = true;
  readonly #records: readonly TraceRecord[];

  constructor(records: readonly TraceRecord[]) {
    this.#records = records;
  }

  subscribe(sink: Sink): () => void {
    let isOver = false;
    const tell = async (): Promise<void> => {
      for (let at = 0; at < this.#records.length && !isOver; at += BATCH_RECORDS) {
        await sink(this.#records.slice(at, at + BATCH_RECORDS));
      }
    };
    tell().catch(() => {
      // Whoever was told is gone; there is nobody to tell of it.
      isOver = true;
    });
    return () => {
      isOver = true;
    };
  }

  /** A file has no daemon that could do anything. */
  knows(): boolean {
    return false;
  }

  control(): Promise<ControlOutcome> {
    return Promise.resolve({ status: 404, message: 'a saved trace has no daemon behind it' });
  }

  trace(): Promise<readonly TraceRecord[]> {
    return Promise.resolve(this.#records);
  }
}
