/** Trace files: one record a line. What is read comes from outside and may be anything. */
import type { TraceRecord } from './protocol.js';

/** Characters of a trace that are read at most: about a million records. */
export const TRACE_CHARS_MAX = 256 * 1_048_576;

const KINDS: ReadonlySet<string> = new Set<TraceRecord['kind']>([
  'daemon',
  'actor',
  'event',
  'state',
  'end',
  'message',
  'item',
  'view',
  'sampled',
  'gone',
]);

/** The text of a trace file. */
export const formatTrace = (records: readonly TraceRecord[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** Records that are made text of in one go. */
const SLICE_RECORDS = 100;

/** The same in slices, for whoever has other work to do in between. */
export function* traceSlices(records: readonly TraceRecord[]): Generator<string> {
  for (let at = 0; at < records.length; at += SLICE_RECORDS) {
    yield formatTrace(records.slice(at, at + SLICE_RECORDS));
  }
}

export type ParsedTrace = {
  readonly records: readonly TraceRecord[];
  /** Numbers of the lines that are no record, the first is 1. */
  readonly damaged: readonly number[];
};

/** Reads a trace file; lines that are no record are passed over and named. Never throws. */
export const parseTrace = (text: string): ParsedTrace => {
  const records: TraceRecord[] = [];
  const damaged: number[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const record = parseRecord(line);
    if (record === undefined) damaged.push(at + 1);
    else records.push(record);
  }
  return { records, damaged };
};

/** One batch of a stream: an array of records; others are passed over. Never throws. */
export const parseBatch = (text: string): TraceRecord[] => {
  const batch = parseJson(text);
  return Array.isArray(batch) ? batch.filter(isRecord) : [];
};

const parseRecord = (line: string): TraceRecord | undefined => {
  const value = parseJson(line);
  return isRecord(value) ? value : undefined;
};

/** Enough to pass it on; whoever shows it looks at each field for itself. */
const isRecord = (value: unknown): value is TraceRecord =>
  typeof value === 'object' &&
  value !== null &&
  'kind' in value &&
  KINDS.has(String(value.kind)) &&
  'daemon' in value &&
  typeof value.daemon === 'string' &&
  'atMs' in value &&
  typeof value.atMs === 'number';

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
