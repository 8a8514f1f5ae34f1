import { readFileSync } from 'node:fs';
import { configPage } from '../../../src/config/config-page.js';
import { defaultIni } from '../../../src/config/default-ini.js';
import { parseConfig, parseSetting } from '../../../src/config/parse.js';
import { findSetting, readConfig, reader, schema, settings } from '../../../src/config/schema.js';
import { nameOf, type AnySetting } from '../../../src/config/setting.js';

/** Node fires longer timers at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const file = (path: string): string =>
  readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

const durations = schema.filter(({ kind }) => kind.name === 'duration');
const groups = Object.values<Readonly<Record<string, AnySetting>>>(settings);

describe('the schema', () => {
  it.each(schema.map((setting) => [nameOf(setting), setting] as const))(
    'says of %s what it does, what is allowed and where it comes from',
    (_, { effect, kind, provenance }) => {
      expect(effect).toMatch(/^[A-Z].*\.$/);
      expect(kind.allowed).not.toBe('');
      expect(provenance).toMatch(
        /^(course configuration|(module API|p2p protocol) page|an earlier|our)/,
      );
      const isOpen = kind.name !== 'boolean' && kind.name !== 'choice';
      if (isOpen) expect(kind.bounds?.min).toBeLessThan(kind.bounds?.max ?? NaN);
      if (kind.name === 'choice') expect(kind.choices?.length).toBeGreaterThan(0);
      if (kind.name === 'whole number') expect(kind.unit).not.toBe('');
    },
  );

  it.each(schema.map((setting) => [nameOf(setting), setting] as const))(
    'has a default or an example for %s that the file may hold',
    (_, { section, key, kind, default: value, otherwise }) => {
      const shown = otherwise === undefined ? value : otherwise.example;
      const text = kind.write(shown ?? '');
      expect(parseSetting(section, key, text)).toEqual({ ok: true, value: shown });
    },
  );

  it('has each key once', () => {
    const names = schema.map(nameOf);
    expect(new Set(names).size).toBe(names.length);
    expect(schema.every((setting) => findSetting(setting.section, setting.key) === setting)).toBe(
      true,
    );
  });

  it('has every setting of the configuration in its list', () => {
    const inGroups = groups.flatMap((group) => Object.values(group));
    expect(new Set(schema)).toEqual(new Set(inGroups));
    expect(schema).toHaveLength(inGroups.length);
  });

  it('names each property after its key, with Ms behind durations', () => {
    const camelCase = (key: string): string =>
      key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    for (const [property, { key, kind }] of groups.flatMap((group) => Object.entries(group))) {
      expect(property).toBe(`${camelCase(key)}${kind.name === 'duration' ? 'Ms' : ''}`);
    }
  });

  it('bounds every duration below the longest timer', () => {
    expect(durations.length).toBeGreaterThan(10);
    for (const { kind } of durations) expect(kind.bounds?.max).toBeLessThan(TIMER_MS_MAX);
  });

  it('breaks no rule by its defaults', () => {
    const read = reader(new Map());
    for (const setting of schema) {
      const value = read(setting);
      if (value === undefined || value === null) continue;
      expect([setting.key, setting.rule?.holds(value, read) ?? true]).toEqual([setting.key, true]);
    }
  });
});

describe('config/default.ini', () => {
  it('is what the schema says', () => {
    expect(file('config/default.ini')).toBe(defaultIni());
  });

  it('is read without a warning, as the defaults', () => {
    expect(parseConfig(file('config/default.ini'))).toEqual({
      ok: true,
      config: readConfig(reader(new Map())),
      warnings: [],
    });
  });

  it('is still readable when every key that is commented out comes back', () => {
    const text = defaultIni().replace(/^; (?=[a-z0-9_]+ = )/gm, '');
    const parsed = parseConfig(text);
    expect(parsed).toMatchObject({ ok: true, warnings: [] });
    for (const { key } of schema) expect(text).toMatch(new RegExp(`^${key} =`, 'm'));
  });
});

describe('docs/CONFIG.md', () => {
  it('is what the schema says', () => {
    expect(file('docs/CONFIG.md')).toBe(configPage());
  });

  it('has a row for every key', () => {
    for (const setting of schema) expect(configPage()).toContain(`| \`${nameOf(setting)}\` `);
  });
});

describe('the network on loopback', () => {
  it.each([1, 2, 3])('has a daemon %i with ports, key and address book of its own', (number) => {
    const parsed = parseConfig(file(`config/local-${number}.ini`));
    const bootstrapper = number === 1 ? undefined : { host: '127.0.0.1', port: 6011 };
    expect(parsed).toMatchObject({
      ok: true,
      warnings: [],
      config: {
        identity: { hostkey: `config/hostkey-${number}.pem` },
        peers: {
          p2pAddress: { host: '127.0.0.1', port: 6010 + number },
          addressBook: `config/address-book-${number}.json`,
          bootstrapper,
          lab: true,
        },
        api: { apiAddress: { host: '127.0.0.1', port: 7010 + number } },
        inspector: { address: { host: '127.0.0.1', port: 8010 + number }, control: true },
      },
    });
  });
});
