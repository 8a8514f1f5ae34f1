/**
 * docs/LIMITS.md from `limits.json`: that table says of each bound what it bounds and where its
 * value stands; the value itself is read there, in the source or the schema of the config.
 */
import { findSetting, reader } from '../config/schema.js';
import { tableText } from '../common/markdown.js';

/** A bound: something that outsiders could make grow, and how far. */
export type Limit = {
  readonly what: string;
  /** Of each of what it holds; `all`: of the daemon. */
  readonly of: string;
  /** A key of the configuration, `[gossip] degree`, or a constant, `src/core/x.ts NAME`. */
  readonly at: string;
  readonly unit?: 'bytes' | 'time';
  /** What happens beyond it. */
  readonly beyond: string;
  /** Names without `hearsay_`. */
  readonly metrics?: readonly string[];
  /** What grows it beyond: `FILE › TITLE`. */
  readonly test: string;
};

export type LimitSection = { readonly title: string; readonly limits: readonly Limit[] };

/** Reads a file of the project by its path. */
export type ReadSource = (path: string) => string;

const KIB = 1_024;
const MIB = 1_048_576;
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Shorter times are told in seconds. */
const MANY_MINUTES_MS = 600_000;

const HEAD = `# Limits

Every bound of the daemon: nothing that others can make grow is without one. What a stranger can
still cost, bounds and all, is told in [0011](decisions/0011-what-strangers-cost.md). _Of_ says for
what a limit holds: _all_ for the daemon as a whole; what holds for a link or a peer holds as often
as there may be connections with peers (_max_connections_ links and _half_open_max_ callers), what
holds for a module _api_connections_max_ times. _Where_ names a key of the configuration
([CONFIG](CONFIG.md) has its range) or a constant of the code. Metrics are without their
\`hearsay_\`. The _test_ grows it beyond, and sees what happens. This page is written by
\`npm run generate\` from [limits.json](../src/tools/limits.json).
`;

const TAIL = `The log file is not rotated by the daemon: it is opened for each write, so another
program may move it.
`;

/** The constant that a place names, and the file that has it. */
const constantAt = (at: string): readonly [string, string] => {
  const [file = '', name = ''] = at.split(' ');
  return [file, name];
};

/** What a limit is said to be, in the source: `NAME`, or `NAME.property` of an object. */
const expressionAt = (at: string, read: ReadSource): string => {
  const [file, name] = constantAt(at);
  const [constant = '', property] = name.split('.');
  const text = read(file);
  const [, declaration = ''] = new RegExp(`const ${constant}\\b[^=]*= ([^;]+);`).exec(text) ?? [];
  if (property === undefined) return declaration.trim();
  return new RegExp(`\\b${property}: ([^,}]+)`).exec(declaration)?.[1]?.trim() ?? '';
};

const IMPORT_OF = (name: string): RegExp => new RegExp(`\\b${name}\\b[^;]*from '([^']+)'`);

/**
 * The value of a constant: a number, a product or a quotient of numbers, or another constant.
 *
 * @throws Error when it cannot be read.
 */
const constantValue = (at: string, read: ReadSource): number => {
  const [file] = constantAt(at);
  const expression = expressionAt(at, read).replaceAll('_', '');
  const factors = expression.split('*').map((factor) => factor.trim());
  const isProduct = factors.every((factor) => /^\d+(\.\d+)?( \/ \d+)?$/.test(factor));
  if (isProduct) {
    const numbers = factors.map((factor) => {
      const [dividend = NaN, divisor = 1] = factor.split('/').map(Number);
      return dividend / divisor;
    });
    return numbers.reduce((product, factor) => product * factor, 1);
  }
  const name = expressionAt(at, read);
  const [, from] = IMPORT_OF(name).exec(read(file)) ?? [];
  if (!/^\w+$/.test(name) || name === '') throw new Error(`no value at ${at}`);
  const source = from === undefined ? file : resolved(file, from);
  return constantValue(`${source} ${name}`, read);
};

/** The path of an import, from the path of the file that has it. */
const resolved = (file: string, from: string): string =>
  new URL(from.replace(/\.js$/, '.ts'), `file:///${file}`).pathname.slice(1);

/** The value of a limit, in bytes, milliseconds or a number. */
export const limitValue = ({ at }: Limit, read: ReadSource): number => {
  const [, section, key] = /^\[(\w+)\] (\w+)$/.exec(at) ?? [];
  if (section === undefined || key === undefined) return constantValue(at, read);
  const setting = findSetting(section, key);
  if (setting === undefined) throw new Error(`no setting ${at}`);
  return Number(reader(new Map())(setting));
};

const numberText = (value: number): string =>
  value > 0 && value < 1 && Number.isInteger(1 / value)
    ? `1/${1 / value}`
    : value.toLocaleString('en-US');

const bytesText = (bytes: number): string => {
  if (bytes % MIB === 0) return `${numberText(bytes / MIB)} MiB`;
  return bytes % KIB === 0 ? `${numberText(bytes / KIB)} KiB` : `${numberText(bytes)} B`;
};

const timeText = (ms: number): string => {
  if (ms % HOUR_MS === 0) return `${ms / HOUR_MS} h`;
  const isMany = ms >= MANY_MINUTES_MS && ms % MINUTE_MS === 0;
  return isMany ? `${ms / MINUTE_MS} min` : `${numberText(ms / SECOND_MS)} s`;
};

const TEXTS = { number: numberText, bytes: bytesText, time: timeText } as const;

const placeText = (at: string): string => {
  if (at.startsWith('[')) return `\`${at}\``;
  const [file, name] = constantAt(at);
  return `\`${name}\` in ${file}`;
};

/** The file and the title of the test of a limit. */
export const testOf = ({ test }: Limit): { readonly file: string; readonly title: string } => {
  const [file = '', title = ''] = test.split(' › ');
  return { file, title };
};

const rowOf = (limit: Limit, read: ReadSource): string[] => [
  limit.what,
  limit.of,
  placeText(limit.at),
  TEXTS[limit.unit ?? 'number'](limitValue(limit, read)),
  limit.beyond,
  (limit.metrics ?? []).map((name) => `\`${name}\``).join(', '),
  `[test](../${testOf(limit).file})`,
];

const HEADINGS = ['what', 'of', 'where', 'default', 'beyond it', 'metric', 'test'];

/**
 * The page.
 *
 * @throws Error when a value cannot be read where a limit says that it stands.
 */
export const limitsPage = (sections: readonly LimitSection[], read: ReadSource): string => {
  const tables = sections.map(({ title, limits }) => {
    const rows = limits.map((limit) => rowOf(limit, read));
    return `## ${title}\n\n${tableText([HEADINGS, ...rows])}`;
  });
  return [HEAD, ...tables, TAIL].join('\n');
};
