/** The kinds of values that a setting can have: how each is read, written and described. */
import { formatAddress, type DialAddress } from '../common/address.js';
import { parseAddress } from './address.js';

/** What became of a text. `found` names the culprit when it is only a part of the text. */
export type Reading<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly found?: string };

/** Values of one kind. `read` is total, and `read(write(value))` brings the value back. */
export type Kind<Value> = {
  readonly name:
    | 'whole number'
    | 'duration'
    | 'size'
    | 'boolean'
    | 'choice'
    | 'path'
    | 'token'
    | 'address'
    | 'addresses';
  /** Unit of the text in the file; empty where there is none. */
  readonly unit: string;
  /** What may be written, for people. */
  readonly allowed: string;
  /** Bounds in the unit of the value (milliseconds, bytes, a count); of a text, its length. */
  readonly bounds?: { readonly min: number; readonly max: number };
  /** The values of a choice. */
  readonly choices?: readonly string[];
  read(text: string): Reading<Value>;
  write(value: Value): string;
};

const REFUSED = { ok: false } as const;

const within = (value: number, min: number, max: number): Reading<number> =>
  value >= min && value <= max ? { ok: true, value } : REFUSED;

/** A count of `unit`, written in decimal digits and nothing else. */
export const wholeNumber = (unit: string, min: number, max: number): Kind<number> => ({
  name: 'whole number',
  unit,
  allowed: `a whole number of ${unit}, ${min} to ${max}`,
  bounds: { min, max },
  read: (text) => (/^\d+$/.test(text) ? within(Number(text), min, max) : REFUSED),
  write: String,
});

/** Written in seconds, decimals allowed; read in milliseconds. The bounds are in seconds. */
export const seconds = (min: number, max: number): Kind<number> => ({
  name: 'duration',
  unit: 'seconds',
  allowed: `seconds, ${min} to ${max}, decimals allowed`,
  bounds: { min: min * 1_000, max: max * 1_000 },
  read: (text) =>
    /^\d+(\.\d+)?$/.test(text)
      ? within(Math.round(Number(text) * 1_000), min * 1_000, max * 1_000)
      : REFUSED,
  write: (valueMs) => String(valueMs / 1_000),
});

/** Bytes in one KiB, MiB and GiB. */
export const KIB = 1_024;
export const MIB = 1_024 * KIB;
export const GIB = 1_024 * MIB;
const BYTE_UNITS = { '': 1, K: KIB, M: MIB, G: GIB } as const;

const writeBytes = (bytes: number): string => {
  const unit = (['G', 'M', 'K'] as const).find((name) => bytes % BYTE_UNITS[name] === 0) ?? '';
  return `${bytes / BYTE_UNITS[unit]}${unit}`;
};

/** A size in bytes: digits, with an optional K, M or G for powers of 1024. */
export const byteSize = (min: number, max: number): Kind<number> => ({
  name: 'size',
  unit: 'bytes',
  allowed: `bytes, ${writeBytes(min)} to ${writeBytes(max)}; K, M and G are powers of 1024`,
  bounds: { min, max },
  read: (text) => {
    const parts = /^(\d+) ?([KMG]?)$/i.exec(text);
    if (parts === null) return REFUSED;
    const unit = (parts[2] ?? '').toUpperCase() as keyof typeof BYTE_UNITS;
    return within(Number(parts[1]) * BYTE_UNITS[unit], min, max);
  },
  write: writeBytes,
});

/** True or false, in the words that people write; case does not matter. */
export const boolean: Kind<boolean> = {
  name: 'boolean',
  unit: '',
  allowed: 'true, false, yes, no, 1 or 0',
  read: (text) => {
    const word = text.toLowerCase();
    if (['true', 'yes', '1'].includes(word)) return { ok: true, value: true };
    return ['false', 'no', '0'].includes(word) ? { ok: true, value: false } : REFUSED;
  },
  write: String,
};

/** One of a few lower-case words; case does not matter. */
export const oneOf = <Word extends string>(...words: readonly Word[]): Kind<Word> => ({
  name: 'choice',
  unit: '',
  allowed: words.join(', ').replace(/, ([^,]*)$/, ' or $1'),
  choices: words,
  read: (text) => {
    const value = words.find((word) => word === text.toLowerCase());
    return value === undefined ? REFUSED : { ok: true, value };
  },
  write: String,
});

const PATH_CHARS_MAX = 4_096;

/** A path, taken as it is: relative ones start from the directory that the daemon runs in. */
export const path: Kind<string> = {
  name: 'path',
  unit: '',
  allowed: `a path of 1 to ${PATH_CHARS_MAX} characters, without control characters`,
  bounds: { min: 1, max: PATH_CHARS_MAX },
  read: (text) =>
    text.length >= 1 && text.length <= PATH_CHARS_MAX && !/\p{Cc}/u.test(text)
      ? { ok: true, value: text }
      : REFUSED,
  write: String,
};

const TOKEN_CHARS_MIN = 16;
const TOKEN_CHARS_MAX = 128;

/** A word that is hard to guess, and can stand in a URL as it is. */
export const token: Kind<string> = {
  name: 'token',
  unit: '',
  allowed: `${TOKEN_CHARS_MIN} to ${TOKEN_CHARS_MAX} letters, digits, hyphens and underscores`,
  bounds: { min: TOKEN_CHARS_MIN, max: TOKEN_CHARS_MAX },
  read: (text) =>
    /^[\w-]+$/.test(text) && text.length >= TOKEN_CHARS_MIN && text.length <= TOKEN_CHARS_MAX
      ? { ok: true, value: text }
      : REFUSED,
  write: String,
};

const FORMS = 'IPv4:port, [IPv6]:port or name:port';

/** An address to dial (`portMin` 1) or to listen on (`portMin` 0: the system picks a port). */
export const address = (portMin: 0 | 1): Kind<DialAddress> => ({
  name: 'address',
  unit: '',
  allowed: `${FORMS}, port ${portMin} to 65535`,
  bounds: { min: portMin, max: 65_535 },
  read: (text) => {
    const value = parseAddress(text);
    return value !== undefined && value.port >= portMin ? { ok: true, value } : REFUSED;
  },
  write: formatAddress,
});

/** Up to `max` addresses to dial, with commas or spaces between them; may be empty. */
export const addresses = (max: number): Kind<readonly DialAddress[]> => {
  const one = address(1);
  return {
    name: 'addresses',
    unit: '',
    allowed: `at most ${max} of ${FORMS}, with commas or spaces between`,
    bounds: { min: 0, max },
    read: (text) => {
      const words = text.split(/[\s,]+/).filter((word) => word !== '');
      if (words.length > max) return { ok: false, found: `${words.length} addresses` };
      const value: DialAddress[] = [];
      for (const word of words) {
        const reading = one.read(word);
        if (!reading.ok) return { ok: false, found: word };
        value.push(reading.value);
      }
      return { ok: true, value };
    },
    write: (value) => value.map(formatAddress).join(', '),
  };
};
