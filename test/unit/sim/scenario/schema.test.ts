import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seededRandom, pick } from '../../../../src/core/prng.js';
import { parseScenario, SCENARIO_CHARS_MAX } from '../../../../src/sim/scenario/schema.js';
import { textAtSize } from '../../../../src/sim/scenario/size.js';

const FOLDER = fileURLToPath(new URL('../../../simulation/scenarios/', import.meta.url));
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));

const MINIMAL = {
  title: 'x',
  about: 'y',
  items: [{ name: 'items', count: 1 }],
  measures: [{ name: 'delivery' }],
};

const mistakesOf = (value: unknown): string[] => {
  const parsed = parseScenario(JSON.stringify(value));
  return parsed.ok ? [] : parsed.mistakes.map(({ path, found }) => `${path} = ${found}`);
};

describe('a scenario file', () => {
  it.each(files)('%s is one, in both sizes', (file) => {
    const text = readFileSync(join(FOLDER, file), 'utf8');
    for (const size of ['quick', 'full'] as const) {
      expect(parseScenario(textAtSize(text, size))).toMatchObject({ ok: true });
    }
  });

  it('needs no more than a title, items and measures', () => {
    const parsed = parseScenario(JSON.stringify(MINIMAL));
    expect(parsed).toMatchObject({
      ok: true,
      scenario: { bootstrappers: 1, validationMs: 2, faults: [] },
    });
  });

  it('configures the daemons by the keys of their own file', () => {
    const config = { degree: 8, item_lifetime: 60 };
    const parsed = parseScenario(JSON.stringify({ ...MINIMAL, config }));
    expect(parsed.ok && parsed.scenario.config).toMatchObject({
      peers: { degree: 8, maxConnections: 40 },
      items: { itemLifetimeMs: 60_000 },
    });
  });

  it('tells all its mistakes at once', () => {
    const bad = {
      ...MINIMAL,
      title: '',
      nodes: { quick: 1, full: [1_000] },
      config: { degre: 8, item_lifetime: 'long', degree: 9_999 },
      faults: [
        { name: 'crash', atMs: 1, share: 2 },
        { name: 'crush', atMs: 1 },
      ],
      measures: [{ name: 'delivery', quick: { atLast: 1 } }],
    };
    expect(mistakesOf(bad)).toEqual([
      'title = ""',
      'nodes.quick = 1',
      'config.degre = this field',
      'config.item_lifetime = long',
      'config.degree = 9999',
      'faults[0].share = 2',
      'faults[1].name = "crush"',
      'measures[0].quick.atLast = this field',
    ]);
  });

  it('must be true to itself', () => {
    const bad = {
      ...MINIMAL,
      types: [{ dataType: 4 }, { dataType: 4 }],
      items: [
        { name: 'one', count: 1, dataType: 5 },
        { name: 'one', count: 1, dataType: 4 },
        { name: 'all', count: 1, dataType: 4 },
      ],
      measures: [
        { name: 'delivery', items: 'two' },
        { name: 'copies', quick: { atLeast: 3, atMost: 1 } },
        { name: 'copies', targets: [{ nodes: 10 }] },
      ],
    };
    expect(mistakesOf(bad)).toEqual([
      'types[1].dataType = 4',
      'items[0].dataType = 5',
      'items[1].name = "one"',
      'items[2].name = "all"',
      'measures[0].items = "two"',
      'measures[1].quick = at least 3, at most 1',
      'measures[2].targets[0] = neither',
    ]);
  });

  it('that is no JSON, or endless, is a mistake as a whole', () => {
    expect(parseScenario('{').ok).toBe(false);
    expect(parseScenario(' '.repeat(SCENARIO_CHARS_MAX + 1))).toMatchObject({
      ok: false,
      mistakes: [{ path: '' }],
    });
  });

  it('whatever it says, is a scenario or has mistakes', () => {
    const random = seededRandom('scenarios');
    const texts = files.map((file) => readFileSync(join(FOLDER, file), 'utf8'));
    const scraps = ['null', '-1', '1e999', '""', '[]', '{}', 'true', '"crash"', '"__proto__"'];
    for (let round = 0; round < 300; round += 1) {
      const text = pick(texts, random) ?? '';
      const values = [...text.matchAll(/(?<=: |\[)("[^"]*"|[\d.]+|true|false)/g)];
      const victim = pick(values, random);
      if (victim === undefined) continue;
      const { index, 0: old } = victim;
      const scrap = pick(scraps, random) ?? '';
      const parsed = parseScenario(text.slice(0, index) + scrap + text.slice(index + old.length));
      if (!parsed.ok) expect(parsed.mistakes.length).toBeGreaterThan(0);
    }
  });
});
