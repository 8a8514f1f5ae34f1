/** Where traces come from: the daemon that we are in, another inspector, a file. */
import type { ControlCommand, DaemonName, TraceRecord } from './protocol.js';

/**
 * Takes records, in order. A live source does not wait for the promise; one with `paced` takes it
 * as a wish to wait.
 */
export type Sink = (records: readonly TraceRecord[]) => Promise<void> | undefined;

/** What became of a command, as an HTTP status and a sentence. */
export type ControlOutcome = {
  readonly status: 200 | 400 | 403 | 404 | 502;
  readonly message: string;
};

export type TraceSource = {
  /**
   * From now on the sink is told: first how everything stands, then what happens. The source does
   * its work only while somebody is subscribed. Returns what ends it. While `isSlow` holds of all
   * that are subscribed, it is enough to tell where things stand.
   */
  subscribe(sink: Sink, isSlow?: () => boolean): () => void;
  /** True: its records come as fast as they are taken, and all of them. */
  readonly paced: boolean;
  /** True when `name` is a daemon that it has told of. */
  knows(name: DaemonName): boolean;
  /** Does what a person asks for. Never throws. */
  control(command: ControlCommand): Promise<ControlOutcome>;
  /** The last records, as a trace file has them. */
  trace(): Promise<readonly TraceRecord[]>;
};

/** One stream from several traces: by time, each trace in its own order. */
export const mergeTraces = (traces: readonly (readonly TraceRecord[])[]): TraceRecord[] => {
  const heads = traces.map((records) => ({ records, at: 0 }));
  const merged: TraceRecord[] = [];
  for (;;) {
    let first: { readonly records: readonly TraceRecord[]; at: number } | undefined;
    let firstMs = Infinity;
    for (const head of heads) {
      const atMs = head.records[head.at]?.atMs;
      if (atMs === undefined || (first !== undefined && atMs >= firstMs)) continue;
      [first, firstMs] = [head, atMs];
    }
    const record = first?.records[first.at];
    if (first === undefined || record === undefined) return merged;
    first.at += 1;
    merged.push(record);
  }
};
