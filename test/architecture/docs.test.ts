/** Pages that people look things up in say what the code does. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EXIT, exitCodeTable } from '../../src/cli/exit-codes.js';
import type { ItemVerdict } from '../../src/core/verdict.js';
import { ERROR_CODES } from '../../src/wire/messages.js';
import { calls, filesBelow, quoted, readText, ROOT, sourceFiles, tableRows } from './code-facts.js';

const pages = ['README.md', 'SECURITY.md', ...filesBelow('docs', '.md')];
const LEVELS = ['error', 'warn', 'info', 'debug'];
const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();

describe('exit codes', () => {
  const meanings = exitCodeTable()
    .split('\n')
    .map((line) => /^ {2}(\d+) {2}(.+)$/.exec(line)?.slice(1));

  it.each(['docs/ERRORS.md', 'README.md'])('are explained in %s as in --help', (page) => {
    const heading = page === 'README.md' ? 'exit code' : 'code';
    const rows = tableRows(page, heading).map((row) => row.slice(0, 2));
    expect(rows).toEqual(meanings);
    expect(rows).toHaveLength(Object.keys(EXIT).length);
  });
});

describe('docs/ERRORS.md', () => {
  it('has every ERROR of the peer protocol', () => {
    const names = Object.entries(ERROR_CODES).map(([name, code]) => [
      String(code),
      name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
    ]);
    expect(tableRows('docs/ERRORS.md', 'ERROR').map((row) => row.slice(0, 2))).toEqual(names);
  });

  it('has every line that is logged above debug, with its level', () => {
    const logged = calls
      .filter(({ callee }) => callee === 'log' || callee === 'formatLine')
      .flatMap(({ texts: [first, second] }) => {
        const [level = ''] = first ?? [];
        // A helper that logs at info is told only what happened.
        return LEVELS.includes(level)
          ? (second ?? []).map((what) => `${level}: ${what}`)
          : (first ?? []).map((what) => `info: ${what}`);
      })
      .filter((line) => !line.startsWith('debug: '))
      .flatMap((line) => ['api', 'peers'].map((name) => line.replace('{this.#style.name}', name)));
    const listed = tableRows('docs/ERRORS.md', 'line').map(
      ([line = '', level = '']) => `${level}: ${quoted(line).join()}`,
    );
    expect(sorted(listed)).toEqual(sorted(logged));
  });
});

describe('docs/METRICS.md', () => {
  const rows = tableRows('docs/METRICS.md', 'name').map(([name = '', kind = '']) => ({
    name: quoted(name).join(),
    kind,
  }));
  const listed = (kind: string): string[] =>
    rows.filter((row) => row.kind === kind).map(({ name }) => name);
  const verdicts: Record<ItemVerdict, true> = { accepted: true, rejected: true, ignored: true };
  const metricCalls = calls.filter(({ receiver }) => receiver === 'counters');

  it('has every gauge', () => {
    const gauges = metricCalls
      .filter(({ callee }) => callee === 'gauge')
      .flatMap(({ texts: [name] }) => name ?? [])
      .map((name) => name.replace(/\{\w+=.*$/, ''));
    expect(sorted(listed('gauge'))).toEqual(sorted(gauges));
  });

  it('has every counter', () => {
    const counted = metricCalls
      .filter(({ callee }) => callee === 'count')
      .flatMap(({ texts: [name] }) => name ?? [])
      .map((name) => name.replace(/\{\w+=.*$/, ''))
      .flatMap((name) =>
        Object.keys(verdicts).map((verdict) => name.replace('{verdict}', verdict)),
      );
    // Names that are chosen before they are counted.
    const chosen = sourceFiles.flatMap((file) =>
      [...readText(file).matchAll(/'([a-z_]+_total)'/g)].map(([, name = '']) => name),
    );
    expect(sorted(listed('counter'))).toEqual(sorted([...counted, ...chosen]));
  });

  it('is right about what pages call a metric', () => {
    const names = new Set(rows.map(({ name }) => name));
    const mentioned = pages.flatMap((page) =>
      quoted(readText(page)).filter((name) => /^[a-z_]+_total$/.test(name)),
    );
    expect(mentioned.filter((name) => !names.has(name))).toEqual([]);
  });
});

describe('README.md', () => {
  const readme = readText('README.md');
  const actors = filesBelow('machines', '.ts')
    .map((file) => file.slice('machines/'.length, -'.ts'.length))
    .filter((name) => !['events', 'handshake'].includes(name) && !name.includes('/'));

  it.each(['mermaid', 'text'])('draws every actor in its %s tree', (kind) => {
    const [, tree = ''] = new RegExp(`\`\`\`${kind}\n([^\`]+)\`\`\``).exec(readme) ?? [];
    const drawn = [
      ...tree.matchAll(
        /\b[a-z]+(?:-[a-z]+)?(?=\.N|\["peer-view)|^\W*supervisor|peer-view|\bdifficulty\b/gm,
      ),
    ]
      .map(([name]) => name.trim())
      .map((name) => name.replace(/[^a-z-]/g, ''));
    expect(sorted(drawn)).toEqual(sorted(actors));
  });

  it('names only scripts that there are', () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
    const named = pages.flatMap((page) =>
      [...readText(page).matchAll(/npm (?:run ([\w:]+)|(start|test)\b)/g)].map(
        ([, run, short]) => run ?? short ?? '',
      ),
    );
    expect(sorted(named).filter((name) => !(name in scripts))).toEqual([]);
    expect(named).toContain('start');
  });
});

describe('docs', () => {
  it('keep the architecture on one page', () => {
    expect(readText('docs/ARCHITECTURE.md').split('\n').length).toBeLessThanOrEqual(100);
  });

  it.each(pages)('link from %s only to what there is', (page) => {
    const links = [...readText(page).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)];
    const broken = links
      .map(([, to = '']) => join(dirname(page), to))
      .filter((path) => !existsSync(join(ROOT, path)));
    expect(broken).toEqual([]);
  });

  it.each(pages)('name in %s only files that there are', (page) => {
    const named = quoted(readText(page)).filter((name) =>
      /^(src|machines|test|config|docs|bench)\/[\w./-]+\.(ts|md|ini)$/.test(name),
    );
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
