/** docs/LIMITS.md has every bound, where it says, with the value that it says. */
import { findSetting, reader, schema } from '../../src/config/schema.js';
import { quoted, readText, sourceFiles, tableRows } from './code-facts.js';

const PAGE = 'docs/LIMITS.md';
const rows = tableRows(PAGE, 'what').map(([what = '', where = '', value = '', , metrics = '']) => ({
  what,
  where,
  value,
  metrics,
}));

/** Of formats and of arithmetic, which nobody can make grow. */
const NO_BOUNDS_ON_GROWTH = new Set([
  'AGE_SECONDS_MAX',
  'BOUND_MAX',
  'FILE_FAILURES_MAX',
  'FILE_POINTS_MAX',
  'FILE_PROBLEMS_MAX',
  'FILE_TIMES_ASIDE_MAX',
  'PORT_MAX',
  'RTT_MAX_MS',
  'SOURCE_CHARACTERS_MAX',
]);

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KiB: 1_024,
  MiB: 1_048_576,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
};

/** "16 MiB" in bytes, "10 min" in milliseconds, "1,024" as it is. */
const documented = (text: string): number | undefined => {
  const [, digits, unit = ''] = /^([\d,.]+)(?: (\w+))?$/.exec(text) ?? [];
  const scale = UNITS[unit];
  return digits === undefined || scale === undefined
    ? undefined
    : Number(digits.replaceAll(',', '')) * scale;
};

/** The value of `NAME`, or of `NAME.property`, as the file declares it: a product of numbers. */
const declared = (name: string, file: string): number | undefined => {
  const [constant = '', property] = name.split('.');
  const [, declaration = ''] =
    new RegExp(`const ${constant}\\b[^=]*= ([^;]+);`).exec(readText(file)) ?? [];
  const expression =
    property === undefined
      ? declaration
      : (new RegExp(`\\b${property}: ([^,}]+)`).exec(declaration)?.[1] ?? '');
  const factors = expression.split('*').map((factor) => factor.trim().replaceAll('_', ''));
  return factors.every((factor) => /^\d+(\.\d+)?$/.test(factor))
    ? factors.map(Number).reduce((product, factor) => product * factor, 1)
    : alias(expression.trim());
};

/** A constant that is another constant. */
const alias = (name: string): number | undefined => {
  const file = sourceFiles.find((path) => readText(path).includes(`export const ${name} = `));
  return file === undefined ? undefined : declared(name, file);
};

/** Where a row says that its value comes from. */
const actual = (where: string): unknown => {
  const [, section = '', key = ''] = /^`\[(\w+)\] (\w+)`$/.exec(where) ?? [];
  const setting = findSetting(section, key);
  if (setting !== undefined) return reader(new Map())(setting);
  const [, constant = '', file = ''] = /^`([\w.]+)` in (\S+)$/.exec(where) ?? [];
  return sourceFiles.includes(file) ? declared(constant, file) : undefined;
};

describe('docs/LIMITS.md', () => {
  it('gives every bound the value that it has', () => {
    expect(rows.length).toBeGreaterThan(50);
    expect(rows.map(({ where, value }) => ({ where, value: documented(value) }))).toEqual(
      rows.map(({ where }) => ({ where, value: actual(where) })),
    );
  });

  it('has every setting that is a bound', () => {
    const bounds = schema
      .filter(({ key }) => /_max$|^max_/.test(key))
      .map(({ section, key }) => `\`[${section}] ${key}\``);
    expect(bounds.filter((bound) => !rows.some(({ where }) => where === bound))).toEqual([]);
  });

  it('has every bound of the rules and of the runtime', () => {
    const named = new Set(rows.flatMap(({ where }) => quoted(where)));
    const bounds = sourceFiles
      .filter((file) => /^src\/(core|runtime)\//.test(file))
      .flatMap((file) => [...readText(file).matchAll(/\bconst ([A-Z][A-Z_]*_MAX(?:_MS)?)\b/g)])
      .map(([, name = '']) => name);
    const missing = bounds.filter((name) => !named.has(name) && !NO_BOUNDS_ON_GROWTH.has(name));
    expect(missing).toEqual([]);
  });

  it('names metrics that there are', () => {
    const known = new Set(
      tableRows('docs/METRICS.md', 'name').flatMap(([name = '']) => quoted(name)),
    );
    expect(
      rows.flatMap(({ metrics }) => quoted(metrics)).filter((name) => !known.has(name)),
    ).toEqual([]);
  });
});
