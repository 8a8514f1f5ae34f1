import { nameOf } from './setting.js';

/** Where a value stood: on a line of the file, counted from 1, or behind an option. */
export type Where = { readonly line: number } | { readonly option: string };

/** Something that keeps a configuration from being used. */
export type Mistake = {
  /** Section of the file; empty above the first section. */
  readonly section: string;
  /** Empty where the line has no key, or the mistake is the whole file. */
  readonly key: string;
  /** What was written. */
  readonly found: string;
  /** What may be written. */
  readonly allowed: string;
  /** Absent where it is the whole file. */
  readonly where?: Where;
};

const SHOWN_CHARS_MAX = 60;

/** Text from outside in quotes: shortened, and without anything that a terminal would obey. */
export const show = (text: string): string => `"${clean(text)}"`;

const clean = (text: string): string => {
  const short = text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}...` : text;
  return short.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escape);
};

const escape = (character: string): string =>
  `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/**
 * One line for each mistake:
 * `config/a.ini:12: [gossip] degree = "many"; allowed: a whole number of links, 1 to 64`.
 */
export const formatMistakes = (path: string, mistakes: readonly Mistake[]): string =>
  mistakes
    .map((mistake) => {
      const name = mistake.key === '' ? '' : `${clean(nameOf(mistake))} = `;
      const at = place(path, mistake.where);
      return `${at}: ${name}${show(mistake.found)}; allowed: ${mistake.allowed}`;
    })
    .join('\n');

const place = (path: string, where: Where | undefined): string => {
  if (where === undefined) return path;
  return 'line' in where ? `${path}:${where.line}` : `option ${where.option}`;
};
