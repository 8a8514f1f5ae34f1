/** Trace files: one record a line, as JSON. What can be read of a damaged one is read. */
import type { TraceRecord } from '../protocol.js';
import { readRecord } from './record-reader.js';

/** Records read of a file, at most; the rest is reported as left out. About 1 GB in memory. */
export const FILE_RECORDS_MAX = 500_000;
/** Problems that are told one by one; more are only counted. */
export const PROBLEMS_MAX = 20;
/** Longest line that is parsed, in characters. */
const LINE_CHARACTERS_MAX = 4_194_304;

export type Problem = {
  /** From 1. */
  readonly line: number;
  readonly reason: string;
};

export type LoadedTrace = {
  readonly records: readonly TraceRecord[];
  /** The first of them. */
  readonly problems: readonly Problem[];
  /** Lines that are no record, in all. */
  readonly damaged: number;
  /** Good lines beyond `FILE_RECORDS_MAX`. */
  readonly leftOut: number;
};

/** The text of a trace file that holds these records, as parts: one string could be too long. */
export const saveTrace = (records: readonly TraceRecord[]): string[] =>
  records.map((record) => `${JSON.stringify(record)}\n`);

/** Reads the text of a trace file. Total: whatever the text is, it never throws. */
export const loadTrace = (text: string, recordsMax = FILE_RECORDS_MAX): LoadedTrace => {
  const records: TraceRecord[] = [];
  const problems: Problem[] = [];
  let damaged = 0;
  let leftOut = 0;
  let line = 0;
  for (const content of lines(text)) {
    line += 1;
    if (content.trim() === '') continue;
    const record = readLine(content);
    if (typeof record === 'string') {
      damaged += 1;
      if (problems.length < PROBLEMS_MAX) problems.push({ line, reason: record });
    } else if (records.length >= recordsMax) {
      leftOut += 1;
    } else {
      records.push(record);
    }
  }
  return { records, problems, damaged, leftOut };
};

/** One by one, so that a file of many lines is never there twice. */
const lines = function* (text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    yield text.slice(start, end);
    start = end + 1;
  }
};

const readLine = (line: string): TraceRecord | string => {
  if (line.length > LINE_CHARACTERS_MAX) return 'too long a line';
  try {
    return readRecord(JSON.parse(line));
  } catch {
    return 'not JSON';
  }
};

/** Reads a batch of the live stream; what is no record is left out and counted. */
export const readBatch = (
  data: string,
): { readonly records: TraceRecord[]; readonly damaged: number; readonly reason: string } => {
  const records: TraceRecord[] = [];
  let damaged = 0;
  let reason = '';
  try {
    const batch: unknown = JSON.parse(data);
    for (const value of Array.isArray(batch) ? (batch as unknown[]) : [batch]) {
      const record = readRecord(value);
      if (typeof record !== 'string') records.push(record);
      else {
        damaged += 1;
        reason ||= record;
      }
    }
  } catch {
    return { records, damaged: damaged + 1, reason: 'not JSON' };
  }
  return { records, damaged, reason };
};
