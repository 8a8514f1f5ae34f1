/**
 * Bundles the bridge to @xstate/inspect into `dist/bridge/main.cjs`, with the XState 4 that it is
 * made for: so a daemon, and whoever installs one, has nothing of it among its packages.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../../', import.meta.url));

await build({
  entryPoints: [join(root, 'bridge/main.ts')],
  outfile: join(root, 'dist/bridge/main.cjs'),
  bundle: true,
  minify: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20.19',
  define: { 'process.env.NODE_ENV': '"production"' },
  // Faster masking and checking of text, which `ws` uses if they are installed.
  external: ['bufferutil', 'utf-8-validate'],
  // What is bundled asks that its notice goes with it.
  banner: {
    js: [
      '/* Contains, each under the MIT License:',
      ' * xstate 4 and @xstate/inspect, Copyright (c) 2015 David Khourshid;',
      ' * ws, Copyright (c) 2011 Einar Otto Stangvik, (c) 2013 Arnout Kazemier and contributors,',
      ' * (c) 2016 Luigi Pinca and contributors;',
      ' * fast-safe-stringify, Copyright (c) 2016 David Mark Clements, (c) 2017 Matteo Collina,',
      ' * (c) 2018 Ruben Bridgewater. */',
    ].join('\n'),
  },
  logLevel: 'warning',
});
