/**
 * Bundles the program into `dist/src/main.js` and chunks beside it, over what the compiler left
 * there: to find and read 330 files one by one takes a daemon longer than all else that it does
 * until it is ready. The other files stay as they are, for threads, tools and who imports the
 * package.
 */
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const source = join(root, 'src');
const target = join(root, 'dist/src');
/** `name-HASH.js`, and its map. */
const CHUNK = /-[0-9A-Z]{8}\.js(\.map)?$/;

/** In a bundle, lets a file find its neighbours from where the compiler has put it. */
const ownPlaces: Plugin = {
  name: 'own-places',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const place = `./${relative(source, path).replace(/\.ts$/, '.js')}`;
      const text = await readFile(path, 'utf8');
      const contents = text.replaceAll(
        'import.meta.url',
        `new URL(${JSON.stringify(place)}, import.meta.url).href`,
      );
      return { contents, loader: 'ts' };
    });
  },
};

/** What is bundled asks that its notice goes with it. */
const noticesOf = async ({ inputs }: Metafile): Promise<string> => {
  const packages = Object.keys(inputs)
    .map((path) => /^(.*node_modules\/(@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
    .filter((path) => path !== undefined);
  const notices = [...new Set(packages)].sort().map(async (folder) => {
    const files = await readdir(join(root, folder));
    const name = files.find((file) => /^licen[cs]e/i.test(file));
    if (name === undefined) throw new Error(`${folder} has no licence to go with the bundle`);
    const text = await readFile(join(root, folder, name), 'utf8');
    return `---- ${folder.replace(/^.*node_modules\//, '')}\n\n${text.trim()}\n`;
  });
  return (await Promise.all(notices)).join('\n');
};

for (const file of await readdir(target)) {
  if (CHUNK.test(file)) await rm(join(target, file));
}
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: [join(source, 'main.ts')],
  outdir: target,
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  sourcemap: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  // With a native part, or larger than all the rest and seldom needed.
  external: ['@chainsafe/hashtree', '@hpcc-js/wasm-graphviz'],
  plugins: [ownPlaces],
  // Some of what is bundled asks for Node's own modules in the old way.
  banner: {
    js:
      "import { createRequire as createRequireOfBundle } from 'node:module';\n" +
      'const require = createRequireOfBundle(import.meta.url);',
  },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});
await writeFile(join(target, 'NOTICES.txt'), await noticesOf(metafile));
