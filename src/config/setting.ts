import type { Kind } from './kinds.js';

/** Sections of the file; the empty name is the part above the first section. */
export type Section = '' | 'gossip' | 'rps' | 'metrics' | 'inspector' | 'log';

/** Where a key and its default come from. */
export type Provenance =
  | 'course configuration'
  | 'module API page'
  | 'p2p protocol page'
  | 'an earlier module'
  | 'our measurement'
  | 'our guess';

/** Gives the value of another setting: the one given, else its default. */
export type Read = <Value>(setting: Setting<Value>) => Value;

/** What a key has to do with another key, beyond its own bounds. Checked when the key is given. */
export type Rule<Value> = {
  /** Ends a sentence that begins with what is allowed. */
  readonly says: string;
  holds(value: NonNullable<Value>, read: Read): boolean;
};

/** What holds without the key, where that is no fixed value. */
export type Otherwise<Value> = {
  /** For people, in place of a default. */
  readonly says: string;
  /** Stands behind the key in the commented-out line of default.ini. */
  readonly example: NonNullable<Value>;
  value(read: Read): Value;
};

/** One key of the file. */
export type Setting<Value> = {
  readonly section: Section;
  readonly key: string;
  readonly kind: Kind<NonNullable<Value>>;
  /** What it does, in one sentence. */
  readonly effect: string;
  readonly provenance: Provenance;
  readonly rule?: Rule<Value>;
} & (
  | { readonly default: NonNullable<Value>; readonly otherwise?: undefined }
  | { readonly default?: undefined; readonly otherwise: Otherwise<Value> }
);

/** A setting of whatever type. */
export type AnySetting = Setting<unknown>;

/** The settings behind a group of `Config`: one for each property, of its type. */
export type SettingsOf<Group> = { readonly [Property in keyof Group]: Setting<Group[Property]> };

/** For a key without which something is simply off. */
export const absent = <Value>(example: Value, says: string) => ({
  says,
  example,
  value: () => undefined,
});

/** `[gossip] degree`, or the bare key above the first section. */
export const nameOf = (of: { readonly section: string; readonly key: string }): string =>
  of.section === '' ? of.key : `[${of.section}] ${of.key}`;

/** What may be written, rule included. */
export const allowedText = ({ kind, rule }: AnySetting): string =>
  rule === undefined ? kind.allowed : `${kind.allowed}; ${rule.says}`;

/** What holds without the key. */
export const defaultText = (setting: AnySetting): string => {
  if (setting.otherwise !== undefined) return setting.otherwise.says;
  return setting.kind.write(setting.default) || 'empty';
};
