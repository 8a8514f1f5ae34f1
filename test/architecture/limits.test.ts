/** docs/LIMITS.md has every bound, with its value and the test that grows it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { schema } from '../../src/config/schema.js';
import {
  limitsPage,
  limitValue,
  testOf,
  type Limit,
  type LimitSection,
} from '../../src/tools/limits-page.js';
import { quoted, readText, ROOT, sourceFiles, tableRows } from './code-facts.js';

const PAGE = 'docs/LIMITS.md';
const sections = JSON.parse(readText('src/tools/limits.json')) as LimitSection[];
const limits: readonly Limit[] = sections.flatMap((section) => section.limits);

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

describe(PAGE, () => {
  it('is what the table and the source say', () => {
    expect(limits.length).toBeGreaterThan(100);
    expect(readText(PAGE)).toBe(limitsPage(sections, readText));
  });

  it('reads a value where the table says that it stands, and nowhere else', () => {
    const at = (place: string): number =>
      limitValue({ what: '', of: '', at: place, beyond: '', test: '' }, readText);
    expect([at('src/core/book-room.ts BOOK_NETWORK_MAX'), at('[gossip] degree')]).toEqual([4, 20]);
    expect(() => at('src/core/address-book.ts NO_SUCH_MAX')).toThrow('no value');
    expect(() => at('[gossip] no_such_max')).toThrow('no setting');
  });

  it('says for what each holds, and what happens beyond it', () => {
    expect(limits.filter(({ of, beyond }) => of === '' || beyond === '')).toEqual([]);
    const places = limits.map(({ at }) => at);
    expect(new Set(places).size).toBe(places.length);
  });

  it('has every setting that is a bound', () => {
    const bounds = schema
      .filter(({ key }) => /_max$|^max_/.test(key))
      .map(({ section, key }) => `[${section}] ${key}`);
    expect(bounds.filter((bound) => !limits.some(({ at }) => at === bound))).toEqual([]);
  });

  it('has every bound of the rules and of the runtime', () => {
    const named = new Set(limits.map(({ at }) => at.split(' ')[1]));
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
    const named = limits.flatMap(({ metrics = [] }) => metrics);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it('names for each a test that is there, by its file and title', () => {
    const missing = limits.filter((limit) => {
      const { file, title } = testOf(limit);
      const isTest = /^test\/[\w/-]+\.test\.ts$/.test(file) && existsSync(join(ROOT, file));
      return !isTest || !readText(file).includes(`'${title}'`);
    });
    expect(missing).toEqual([]);
  });
});
