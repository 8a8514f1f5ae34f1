/**
 * From parsed JSON to records, or why it is none. What comes is a stream or a file that may have
 * been cut, edited or made up; whatever passes here, the reducer can take.
 */
import { TRACE_VERSION, type TraceRecord } from '../protocol.js';

/** How deep a value may nest; deeper ones would overflow the stack of whoever walks them. */
const DEPTH_MAX = 100;

type Check = (value: unknown) => boolean;
type Fields = { readonly [field: string]: Check };

const isDictionary = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text: Check = (value) => typeof value === 'string';
const flag: Check = (value) => typeof value === 'boolean';
const number: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || value === null || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const shape =
  (fields: Fields): Check =>
  (value) =>
    isDictionary(value) && Object.entries(fields).every(([field, check]) => check(value[field]));
const dictionaryOf =
  (check: Check): Check =>
  (value) =>
    isDictionary(value) && Object.values(value).every(check);

/** JSON is plain already; only its depth is in question. */
const isShallow = (value: unknown, depth: number): boolean => {
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  return Object.values(value).every((inner) => isShallow(inner, depth - 1));
};
const plain: Check = (value) => value !== undefined && isShallow(value, DEPTH_MAX);
const plainDictionary: Check = (value) => isDictionary(value) && plain(value);

const isState = (value: unknown, depth: number): boolean =>
  typeof value === 'string' ||
  (depth > 0 &&
    isDictionary(value) &&
    Object.values(value).every((inner) => isState(inner, depth - 1)));
const state: Check = (value) => isState(value, DEPTH_MAX);

const delays = listOf(shape({ name: text, dueMs: number }));
const common = { daemon: text, atMs: number };

const FIELDS: { readonly [Kind in TraceRecord['kind']]: Fields } = {
  daemon: {
    ...common,
    version: number,
    identity: text,
    agent: text,
    p2p: text,
    api: text,
    control: flag,
    place: optional(number),
  },
  actor: {
    ...common,
    actor: text,
    id: text,
    machine: text,
    parent: optional(text),
    value: state,
    context: plainDictionary,
    delays: optional(delays),
  },
  event: {
    ...common,
    seq: number,
    actor: text,
    from: optional(text),
    type: text,
    event: plain,
    before: state,
    after: state,
    changed: plainDictionary,
    transitions: listOf(shape({ source: text, targets: listOf(text), event: text })),
    actions: listOf(shape({ type: text })),
    delays,
  },
  state: {
    ...common,
    actor: text,
    value: state,
    changed: plainDictionary,
    delays: optional(delays),
  },
  end: {
    ...common,
    actor: text,
    status: oneOf('done', 'error', 'stopped'),
    error: optional(text),
  },
  message: {
    ...common,
    seq: number,
    side: oneOf('peer', 'api'),
    direction: oneOf('in', 'out'),
    connection: number,
    peer: optional(text),
    type: text,
    message: plain,
    item: optional(text),
  },
  item: {
    ...common,
    seq: number,
    item: text,
    dataType: number,
    step: text,
    who: optional(text),
    detail: text,
    data: optional(plain),
  },
  view: {
    ...common,
    links: listOf(
      shape({
        connection: number,
        identity: text,
        address: text,
        direction: text,
        active: flag,
        group: optional(text),
        sinceMs: number,
        rttMs: optional(number),
        unsentBytes: number,
        cut: flag,
        interests: listOf(number),
        eager: listOf(number),
      }),
    ),
    book: listOf(
      shape({
        identity: text,
        address: text,
        table: text,
        failures: number,
        heardMs: number,
        retryAtMs: number,
      }),
    ),
    offenders: optional(
      listOf(shape({ identity: text, points: number, timesAside: number, asideUntilMs: number })),
    ),
    metrics: dictionaryOf(number),
  },
  sampled: {
    ...common,
    left: number,
    away: optional(oneOf('busy', 'module behind', 'slow page')),
  },
  gone: { ...common, reason: text },
};

const isKind = (kind: unknown): kind is TraceRecord['kind'] =>
  typeof kind === 'string' && Object.hasOwn(FIELDS, kind);

const isRecord = (value: { readonly [key: string]: unknown }): value is TraceRecord =>
  isKind(value['kind']) &&
  Object.entries(FIELDS[value['kind']]).every(([field, check]) => check(value[field]));

/** The record that a parsed line or member of a batch is, or why it is none. Never throws. */
export const readRecord = (value: unknown): TraceRecord | string => {
  if (!isDictionary(value)) return 'not a record';
  const { kind, version } = value;
  if (!isKind(kind)) return `a record of unknown kind`;
  if (kind === 'daemon' && version !== TRACE_VERSION) {
    const found = typeof version === 'number' ? version : '?';
    return `version ${found} of the trace, not ${TRACE_VERSION}`;
  }
  if (!isRecord(value)) {
    const [field] = Object.entries(FIELDS[kind]).find(([name, check]) => !check(value[name])) ?? [];
    return `no ${kind} record: ${field ?? '?'} is missing or wrong`;
  }
  return value;
};
