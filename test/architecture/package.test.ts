/** What a stranger installs: the manifest, the lock file, the pages about them. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow, quoted, readText, ROOT, tableRows } from './code-facts.js';

type Names = Readonly<Record<string, string>>;
type Manifest = {
  readonly name: string;
  readonly license: string;
  readonly engines: { readonly node: string };
  readonly bin: Names;
  readonly exports: Readonly<Record<string, Names>>;
  readonly files: readonly string[];
  readonly scripts: Names;
  readonly dependencies: Names;
  readonly optionalDependencies: Names;
  readonly devDependencies: Names;
};
type Locked = {
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly license?: string;
  readonly dependencies?: Names;
  readonly optionalDependencies?: Names;
};

const manifest = JSON.parse(readText('package.json')) as Manifest;
const bridge = JSON.parse(readText('bridge/package.json')) as Pick<Manifest, 'devDependencies'>;
const lock = JSON.parse(readText('package-lock.json')) as {
  readonly packages: Readonly<Record<string, Locked>>;
};
const direct = {
  ...manifest.dependencies,
  ...manifest.optionalDependencies,
  ...manifest.devDependencies,
};

/** Where npm finds `name` for the package at `from`: beside it, or further up. */
const find = (from: string, name: string): Locked | undefined => {
  const found = lock.packages[join(from, 'node_modules', name)];
  if (found !== undefined || from === '') return found;
  return find(from.slice(0, Math.max(0, from.lastIndexOf('node_modules') - 1)), name);
};

/** A source file for what the build will put at a path of `dist`. */
const sourceOf = (path: string): string =>
  path.replace(/^(\.\/)?dist\//, '').replace(/(\.d\.ts|\.js)$/, '.ts');

describe('package-lock.json', () => {
  it('names no registry, so that any mirror serves', () => {
    // A workspace is a link to its folder.
    const resolved = Object.entries(lock.packages).filter(
      ([, locked]) => locked.resolved !== undefined && locked.link !== true,
    );
    expect(resolved.map(([path]) => path)).toEqual([]);
  });

  it('is about the versions that package.json asks for', () => {
    const root = lock.packages[''];
    expect({ ...root, ...manifest }).toMatchObject(root ?? { version: 'no root' });
  });

  it('has every package that another needs, or npm ci takes it for broken', () => {
    const missing = Object.entries(lock.packages).flatMap(([path, locked]) =>
      Object.keys({ ...locked.dependencies, ...locked.optionalDependencies })
        .filter((name) => find(path, name) === undefined)
        .map((name) => `${name} of ${path}`),
    );
    expect(missing).toEqual([]);
  });
});

describe('bridge/package.json', () => {
  it('has an XState of its own, which nothing else gets', () => {
    expect(find('bridge', 'xstate')?.version).toBe(bridge.devDependencies['xstate']);
    expect(find('', 'xstate')?.version).toBe(manifest.dependencies['xstate']);
  });
});

describe('package.json', () => {
  it('points to what the build makes', () => {
    const targets = [
      ...Object.values(manifest.bin),
      ...Object.values(manifest.exports).flatMap((conditions) => Object.values(conditions)),
    ];
    expect(targets.filter((path) => !existsSync(join(ROOT, sourceOf(path))))).toEqual([]);
  });

  it('is under the licence that LICENSE has', () => {
    expect(readText('LICENSE')).toContain(`${manifest.license} License`);
    expect(readText('LICENSE')).toContain('the hearsay authors');
  });

  it('is pinned: a version of its own for all that runs', () => {
    const pinned = { ...manifest.dependencies, ...manifest.optionalDependencies };
    const all = [pinned, bridge.devDependencies].flatMap((names) => Object.values(names));
    expect(all.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('has the scripts that .ci/run runs', () => {
    const run = readText('.ci/run');
    const used = [...run.matchAll(/^npm (?:run )?(?:--silent )?(\w+)/gm)].map(
      ([, name = '']) => name,
    );
    expect(used).toEqual(['ci', 'test', 'check', 'review']);
    expect(used.slice(1).every((name) => name in manifest.scripts)).toBe(true);
    expect(statSync(join(ROOT, '.ci/run')).mode & 0o111).not.toBe(0);
  });
});

describe('docs/decisions', () => {
  it('explains each dependency under the licence that it has', () => {
    const rows = tableRows('docs/decisions/0001-dependencies.md', 'package').map(
      ([name = '', licence = '']) => [quoted(name).join(), licence],
    );
    const licences = [
      ...Object.keys(direct).map((name) => [name, find('', name)?.license]),
      ...Object.keys(bridge.devDependencies).map((name) => [name, find('bridge', name)?.license]),
    ];
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(licences));
  });

  it('is numbered without gaps, each with the title of its number', () => {
    const files = filesBelow('docs/decisions', '.md');
    const numbers = files.map((file) => file.slice('docs/decisions/'.length).split('-', 1)[0]);
    expect(numbers).toEqual(files.map((_, at) => String(at + 1).padStart(4, '0')));
    const titles = files.map((file) => readText(file).split(' ', 2)[1]);
    expect(titles).toEqual(numbers);
  });
});
