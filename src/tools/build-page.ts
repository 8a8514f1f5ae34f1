/**
 * Bundles the inspector's page into `dist/src/inspector/page`: one script, one style sheet, one
 * document, with nothing fetched from elsewhere. Exits with 1 when they are larger than a page
 * that a daemon serves may be.
 */
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** All files of the page together, compressed (issue "See it"). */
const PAGE_BYTES_MAX = 300 * 1_024;

const root = fileURLToPath(new URL('../../../', import.meta.url));
const source = join(root, 'src/inspector/page');
const target = join(root, 'dist/src/inspector/page');

await build({
  entryPoints: { app: join(source, 'ui/main.tsx') },
  outdir: target,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  // What is bundled asks that its notice goes with it.
  banner: { js: '/* Contains preact, MIT License, Copyright (c) 2015-present Jason Miller */' },
  logLevel: 'warning',
});
await build({
  entryPoints: { app: join(source, 'app.css') },
  outdir: target,
  bundle: true,
  minify: true,
  logLevel: 'warning',
});
await copyFile(join(source, 'index.html'), join(target, 'index.html'));

const sizes = await Promise.all(
  ['index.html', 'app.js', 'app.css'].map(
    async (file) => gzipSync(await readFile(join(target, file))).byteLength,
  ),
);
const bytes = sizes.reduce((sum, size) => sum + size, 0);
if (bytes > PAGE_BYTES_MAX) {
  process.stderr.write(`the page has ${bytes} B compressed, more than ${PAGE_BYTES_MAX} B\n`);
  process.exitCode = 1;
}
