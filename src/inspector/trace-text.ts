/** Trace files: one record a line. What is read comes from outside and may be anything. */
import type { TraceRecord } from './protocol.js';

/** Bytes of a trace that are read at most: about a quarter of a million records. Our guess. */
export const TRACE_BYTES_MAX = 256 * 1_048_576;
/** Records of a trace that are read at most. Our guess. */
const TRACE_RECORDS_MAX = 1_000_000;
/** Damaged lines that are named; more are only counted. */
const DAMAGED_NAMED_MAX = 5;

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
  /** Numbers of the lines that are no record, the first is 1; the first few of them. */
  readonly damaged: readonly number[];
  readonly damagedCount: number;
  /** Lines that were not read because there are too many. */
  readonly leftOut: number;
};

/** Reads a trace file; lines that are no record are passed over and named. Never throws. */
export const parseTrace = (text: string, recordsMax = TRACE_RECORDS_MAX): ParsedTrace => {
  const records: TraceRecord[] = [];
  const damaged: number[] = [];
  let [number, damagedCount, leftOut] = [0, 0, 0];
  for (const line of linesOf(text)) {
    number += 1;
    if (line.trim() === '') continue;
    if (records.length >= recordsMax) {
      leftOut += 1;
      continue;
    }
    const record = parseRecord(line);
    if (record !== undefined) records.push(record);
    else {
      damagedCount += 1;
      if (damaged.length < DAMAGED_NAMED_MAX) damaged.push(number);
    }
  }
  return { records, damaged, damagedCount, leftOut };
};

/** One by one, so that a file of many lines is never there twice. */
function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const end = found === -1 ? text.length : found;
    yield text.slice(start, end);
    start = end + 1;
  }
}

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
