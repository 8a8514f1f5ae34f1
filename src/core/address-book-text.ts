/**
 * The address book as text, for a file: JSON with a version. Older versions are read as well: each
 * step brings an entry one version further.
 */
import type { BookEntry } from './book-entry.js';
import { isIdentityText } from './identity.js';
import { OFFENDERS_MAX, type Offender } from './offenders.js';
import { hostBytes, isDialable } from './networks.js';

/** 2 has `rttMs` and `anchor`, 3 has `source` and the list of offenders. */
const FILE_VERSION = 3;
const FILE_CHARACTERS_MAX = 1_048_576;
const FILE_ENTRIES_MAX = 1_024;
const FILE_FAILURES_MAX = 255;
const FILE_PROBLEMS_MAX = 20;
const PORT_MAX = 65_535;
/** Longest round trip that can have been measured: a dial is given up sooner. */
const RTT_MAX_MS = 3_600_000;
/** More points than any conduct could give, and more terms than a life has. */
const FILE_POINTS_MAX = 1_000_000;
const FILE_TIMES_ASIDE_MAX = 1_000;
/** Longest name of a source: an IPv6 network has 21. */
const SOURCE_CHARACTERS_MAX = 64;

/** What an address book's text holds; `problems` says what was passed over, a line each. */
export type ParsedAddressBook =
  | {
      readonly ok: true;
      readonly entries: BookEntry[];
      readonly offenders: Offender[];
      readonly problems: string[];
    }
  | { readonly ok: false; readonly error: string };

type FileEntry = Omit<BookEntry, 'address'> & { readonly host: string; readonly port: number };

const isWhole = (value: unknown, most: number): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most;

/** An IPv4 address in IPv6 clothes: `PeerAddress` wants it plain. */
const isMapped = (host: string): boolean => host.includes(':') && hostBytes(host)?.length === 4;
const isMoment = (value: unknown): boolean => isWhole(value, Number.MAX_SAFE_INTEGER);
const isMomentOrAbsent = (value: unknown): boolean => value === undefined || isMoment(value);

const isShortText = (value: unknown): boolean =>
  typeof value === 'string' && value.length <= SOURCE_CHARACTERS_MAX;

const FILE_FIELDS: { readonly [Field in keyof FileEntry]: (value: unknown) => boolean } = {
  host: (value) => typeof value === 'string' && isDialable(value) && !isMapped(value),
  port: (value) => isWhole(value, PORT_MAX) && value > 0,
  identity: isIdentityText,
  table: (value) => value === 'new' || value === 'tried',
  heardMs: isMoment,
  verifiedMs: isMomentOrAbsent,
  testedMs: isMomentOrAbsent,
  failures: (value) => isWhole(value, FILE_FAILURES_MAX),
  retryAtMs: isMoment,
  rttMs: (value) => value === undefined || isWhole(value, RTT_MAX_MS),
  anchor: (value) => typeof value === 'boolean',
  source: (value) => value === undefined || isShortText(value),
};

const OFFENDER_FIELDS: { readonly [Field in keyof Offender]: (value: unknown) => boolean } = {
  identity: isIdentityText,
  points: (value) =>
    Number.isFinite(value) && Number(value) >= 0 && Number(value) <= FILE_POINTS_MAX,
  atMs: isMoment,
  timesAside: (value) => isWhole(value, FILE_TIMES_ASIDE_MAX),
  asideUntilMs: isMoment,
};

/** By the version that it comes from: what an entry lacks to be of the next. */
const STEPS: Readonly<Record<number, Readonly<Partial<FileEntry>>>> = {
  1: { anchor: false },
  2: {},
};

/** The entries and offenders as JSON, for `parseAddressBook`. */
export const bookText = (
  entries: readonly BookEntry[],
  offenders: readonly Offender[] = [],
): string => {
  const flat = entries.map(({ address, ...rest }) => ({ ...address, ...rest }));
  // The list of fields picks them, and fixes their order.
  const ofEach = [...Object.keys(FILE_FIELDS), ...Object.keys(OFFENDER_FIELDS)];
  const fields = ['version', 'entries', 'offenders', ...ofEach];
  return `${JSON.stringify({ version: FILE_VERSION, entries: flat, offenders }, fields, 1)}\n`;
};

/**
 * Reads what `bookText` wrote, now or in an earlier version, from a file that anybody may have
 * damaged. Never throws. Text that is too long (over 1,048,576 characters), no JSON or of an
 * unknown version is an error as a whole; an entry with a wrong field is passed over and named in
 * `problems`, and so is an offender; entries after the 1,024th, and offenders after the 512th, are
 * cut. A file of an earlier version has no offenders.
 */
export const parseAddressBook = (text: string): ParsedAddressBook => {
  if (text.length > FILE_CHARACTERS_MAX) return { ok: false, error: 'the text is too long' };
  const file = parseJson(text);
  if (!isObject(file)) return { ok: false, error: 'the text is not a JSON object' };
  const { version, entries: listed, offenders: named } = file as Partial<Record<string, unknown>>;
  if (!isWhole(version, FILE_VERSION) || version === 0) {
    return { ok: false, error: `the version is not from 1 to ${FILE_VERSION}` };
  }
  if (!Array.isArray(listed)) return { ok: false, error: 'there is no list of entries' };
  const entries: BookEntry[] = [];
  const problems: string[] = [];
  for (const [at, value] of listed.slice(0, FILE_ENTRIES_MAX).entries()) {
    const entry = fileEntry(value, version);
    if (typeof entry !== 'string') entries.push(entry);
    else if (problems.length < FILE_PROBLEMS_MAX) problems.push(`entry ${at}: bad ${entry}`);
  }
  const cut = listed.length - FILE_ENTRIES_MAX;
  if (cut > 0) problems.push(`${cut} entries beyond the first ${FILE_ENTRIES_MAX} were cut`);
  const offenders: Offender[] = [];
  for (const [at, value] of listOf(named).slice(0, OFFENDERS_MAX).entries()) {
    const offender = offenderOf(value);
    if (typeof offender !== 'string') offenders.push(offender);
    else if (problems.length < FILE_PROBLEMS_MAX) problems.push(`offender ${at}: bad ${offender}`);
  }
  return { ok: true, entries, offenders, problems };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** What came with no file of an earlier version, or in its place, is no list. */
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The offender, or the name of the field that is wrong. */
const offenderOf = (value: unknown): Offender | string => {
  if (!isObject(value)) return 'offender';
  const read: Partial<Record<string, unknown>> = {};
  for (const field of Object.keys(OFFENDER_FIELDS)) {
    if (Object.hasOwn(value, field)) read[field] = Reflect.get(value, field);
  }
  const wrong = Object.entries(OFFENDER_FIELDS).find(([field, isGood]) => !isGood(read[field]));
  // Every field has been looked at.
  return wrong?.[0] ?? (read as Offender);
};

/** The entry, or the name of the field that is wrong. */
const fileEntry = (value: unknown, version: number): BookEntry | string => {
  if (!isObject(value)) return 'entry';
  const read: Partial<Record<string, unknown>> = { ...lackingSince(version) };
  // Only what is asked for, and nothing that the object inherits.
  for (const field of Object.keys(FILE_FIELDS)) {
    if (Object.hasOwn(value, field)) read[field] = Reflect.get(value, field);
  }
  const wrong = Object.entries(FILE_FIELDS).find(([field, isGood]) => !isGood(read[field]));
  if (wrong !== undefined) return wrong[0];
  // Every field has been looked at.
  const { host, port, identity, table, heardMs, failures, retryAtMs, ...rest } = read as FileEntry;
  const { verifiedMs, testedMs, rttMs, anchor, source } = rest;
  if (table === 'tried' && verifiedMs === undefined) return 'verifiedMs';
  const family = host.includes(':') ? 6 : 4;
  const times = { heardMs, verifiedMs, testedMs, retryAtMs };
  const where = { address: { family, host, port }, identity, table, source } as const;
  return { ...where, failures, ...times, rttMs, anchor };
};

const lackingSince = (version: number): Partial<FileEntry> => {
  let lacking: Partial<FileEntry> = {};
  for (let from = version; from < FILE_VERSION; from += 1) lacking = { ...lacking, ...STEPS[from] };
  return lacking;
};
