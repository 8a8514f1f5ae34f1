/**
 * Bundles the thread that makes certificates into `dist/src/node/certificate-worker.mjs`: loading
 * @peculiar/x509 and what is below it from 30 packages takes three times as long (measured, 0.3 to
 * 0.4 s of CPU against 0.12), at every start of a daemon.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../../', import.meta.url));

await build({
  entryPoints: [join(root, 'src/node/certificate-worker.ts')],
  outfile: join(root, 'dist/src/node/certificate-worker.mjs'),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  minify: true,
  banner: {
    js: [
      // Some of what is bundled asks for Node's own modules in the old way.
      "import { createRequire } from 'node:module';",
      'const require = createRequire(import.meta.url);',
      // What is bundled asks that its notice goes with it.
      '/* Contains, each under the MIT License:',
      ' * @peculiar/x509, @peculiar/asn1-*, @peculiar/utils, pvtsutils, Copyright (c) Peculiar',
      ' * Ventures, LLC; pvutils, Copyright (c) 2016-2019 Peculiar Ventures;',
      ' * tsyringe, Copyright (c) Microsoft Corporation;',
      ' * asn1js under the BSD 3-Clause License, whose text stands at the end of this file;',
      ' * tslib under the 0BSD License and reflect-metadata under the Apache License, Version 2.0,',
      ' * Copyright (c) Microsoft Corporation. */',
    ].join('\n'),
  },
  legalComments: 'eof',
  logLevel: 'warning',
});
