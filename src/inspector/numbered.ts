/** A source among several: its daemons bear its number, so that a page can keep them in order. */
import type { TraceRecord } from './protocol.js';
import type { Sink, TraceSource } from './source.js';

/** The same source; `place` counts from 1. Daemons that have a number already keep it. */
export const numbered = (source: TraceSource, place: number): TraceSource => {
  const number = (records: readonly TraceRecord[]): readonly TraceRecord[] =>
    records.some(({ kind }) => kind === 'daemon')
      ? records.map((record) => (record.kind === 'daemon' ? { place, ...record } : record))
      : records;
  return {
    paced: source.paced,
    subscribe: (sink: Sink, isSlow) => source.subscribe((records) => sink(number(records)), isSlow),
    knows: (name) => source.knows(name),
    control: (command) => source.control(command),
    trace: async () => number(await source.trace()),
  };
};
