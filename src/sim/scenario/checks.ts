/**
 * Checks of JSON that comes from outside: each says what is allowed, and notes every mistake that
 * it finds with its path. A check never throws, and all mistakes are found at once.
 */
import { nearest } from '../../config/nearest.js';

/** Something that keeps a file from being used. */
export type JsonMistake = {
  /** "faults[0].share"; empty: the whole file. */
  readonly path: string;
  /** What stands there, as JSON, shortened; "nothing" where something is missing. */
  readonly found: string;
  readonly allowed: string;
};

/** What became of a value: undefined when it has mistakes, which were noted. */
export type Check<Value> = {
  /** What may stand there, for people. */
  readonly allowed: string;
  read(value: unknown, path: string, mistakes: JsonMistake[]): Value | undefined;
};

/** One field of an object: a check, what it is for, and what it is when absent. */
export type Field<Value> = {
  readonly check: Check<Value>;
  /** What it means, for `--help` and for the documentation. */
  readonly doc: string;
  /** Absent: the field must be given. */
  readonly fallback?: Value;
};

export type Fields = { readonly [name: string]: Field<unknown> };

/** The object that such fields make. */
export type Read<Some extends Fields> = {
  readonly [Name in keyof Some]: Some[Name] extends Field<infer Value> ? Value : never;
};

const SHOWN_CHARS_MAX = 60;

const show = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value).replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}...` : text;
};

const simple = <Value>(
  allowed: string,
  isAllowed: (value: unknown) => value is Value,
): Check<Value> => ({
  allowed,
  read: (value, path, mistakes) => {
    if (isAllowed(value)) return value;
    mistakes.push({ path, found: show(value), allowed });
    return undefined;
  },
});

const isWithin = (value: unknown, min: number, max: number): value is number =>
  typeof value === 'number' && value >= min && value <= max;

/** A number within the bounds, both included. */
export const number = (min: number, max: number, unit = ''): Check<number> =>
  simple(
    `a number from ${min} to ${max}${unit === '' ? '' : ` ${unit}`}`,
    (value): value is number => isWithin(value, min, max),
  );

/** A whole number within the bounds, both included. */
export const whole = (min: number, max: number, unit = ''): Check<number> =>
  simple(
    `a whole number${unit === '' ? '' : ` of ${unit}`}, ${min} to ${max}`,
    (value): value is number => Number.isInteger(value) && isWithin(value, min, max),
  );

/** A share of something: 0.1 is a tenth. */
export const share: Check<number> = number(0, 1);

/** Virtual milliseconds; at most `maxMs`, a day unless told. */
export const milliseconds = (maxMs = 86_400_000): Check<number> => number(0, maxMs, 'ms');

export const flag: Check<boolean> = simple(
  'true or false',
  (value): value is boolean => typeof value === 'boolean',
);

/** A text that is not empty. */
export const text = (charsMax: number): Check<string> =>
  simple(
    `a text of 1 to ${charsMax} characters`,
    (value): value is string =>
      typeof value === 'string' && value.length > 0 && value.length <= charsMax,
  );

/** One of a few words. */
export const word = <Word extends string>(words: readonly Word[]): Check<Word> => {
  const allowed = words.map((one) => `"${one}"`).join(', ');
  return {
    allowed,
    read: (value, path, mistakes) => {
      const found = words.find((one) => one === value);
      if (found !== undefined) return found;
      const meant = typeof value === 'string' ? nearest(value, words) : undefined;
      const hint = meant === undefined ? '' : `; did you mean "${meant}"?`;
      mistakes.push({ path, found: show(value), allowed: `one of ${allowed}${hint}` });
      return undefined;
    },
  };
};

/** A list whose members all pass the same check. */
export const list = <Value>(
  member: Check<Value>,
  min: number,
  max: number,
): Check<readonly Value[]> => {
  const allowed = `a list of ${min} to ${max}, each ${member.allowed}`;
  return {
    allowed,
    read: (value, path, mistakes) => {
      if (!Array.isArray(value) || value.length < min || value.length > max) {
        const found = Array.isArray(value) ? `a list of ${value.length}` : show(value);
        mistakes.push({ path, found, allowed });
        return undefined;
      }
      const before = mistakes.length;
      const read = value.map((one: unknown, at) => member.read(one, `${path}[${at}]`, mistakes));
      return mistakes.length > before ? undefined : (read as Value[]);
    },
  };
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const below = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** Notes the fields that nobody asks for: one that is misspelt must not be passed over. */
export const refuseOthers = (
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
  path: string,
  mistakes: JsonMistake[],
): void => {
  for (const name of Object.keys(value)) {
    if (names.includes(name)) continue;
    const meant = nearest(name, names);
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    const known = names.length === 0 ? 'no field at all' : `one of ${names.join(', ')}`;
    mistakes.push({ path: below(path, name), found: 'this field', allowed: `${known}${hint}` });
  }
};

/** An object with these fields and no other. */
export const object = <Some extends Fields>(fields: Some): Check<Read<Some>> => {
  const names = Object.keys(fields);
  const allowed = `an object with ${names.join(', ')}`;
  return {
    allowed,
    read: (value, path, mistakes) => {
      if (!isObject(value)) {
        mistakes.push({ path, found: show(value), allowed });
        return undefined;
      }
      const before = mistakes.length;
      refuseOthers(value, names, path, mistakes);
      const read = Object.entries(fields).map(([name, { check, fallback }]) => {
        const given = Object.hasOwn(value, name) ? value[name] : undefined;
        if (given === undefined && fallback !== undefined) return [name, fallback];
        return [name, check.read(given, below(path, name), mistakes)];
      });
      return mistakes.length > before ? undefined : (Object.fromEntries(read) as Read<Some>);
    },
  };
};

/** What the entries of a catalogue have in common. */
export type CatalogueEntry = { readonly fields: Fields };

/** One entry of a catalogue, chosen by name, with the parameters that it takes. */
export type Choice<Common extends Fields = Fields> = {
  readonly name: string;
  readonly params: Read<Fields & Common>;
};

/**
 * An object whose `name` says which entry of a catalogue it is, and so which fields it has, beside
 * those that all of them have in `common`.
 */
export const choice = <Common extends Fields>(
  catalogue: ReadonlyMap<string, CatalogueEntry>,
  what: string,
  common: Common,
): Check<Choice<Common>> => {
  const allowed = `${what}: an object with name and what it takes`;
  const name = word([...catalogue.keys()]);
  return {
    allowed,
    read: (value, path, mistakes) => {
      if (!isObject(value)) {
        mistakes.push({ path, found: show(value), allowed });
        return undefined;
      }
      const { name: given, ...rest } = value;
      const chosen = name.read(given, below(path, 'name'), mistakes);
      const entry = chosen === undefined ? undefined : catalogue.get(chosen);
      if (chosen === undefined || entry === undefined) return undefined;
      const params = object({ ...entry.fields, ...common }).read(rest, path, mistakes);
      return params === undefined ? undefined : { name: chosen, params };
    },
  };
};

/** One line for each mistake: `churn.json: faults[0].share = 2; allowed: a number from 0 to 1`. */
export const formatJsonMistakes = (file: string, mistakes: readonly JsonMistake[]): string =>
  mistakes
    .map(({ path, found, allowed }) =>
      [`${file}: ${path === '' ? '' : `${path} = `}${found}`, `allowed: ${allowed}`].join('; '),
    )
    .join('\n');
