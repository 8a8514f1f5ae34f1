/**
 * Writes config/default.ini and docs/CONFIG.md from the schema, in the directory it runs in.
 * `--check` writes nothing, names the files that differ and exits with 1 when there are any;
 * `--print` writes default.ini to standard output.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { configPage } from '../config/config-page.js';
import { defaultIni } from '../config/default-ini.js';

const files = [
  { path: 'config/default.ini', text: defaultIni() },
  { path: 'docs/CONFIG.md', text: configPage() },
];

const readOrEmpty = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

const [mode, ...rest] = process.argv.slice(2);
if (rest.length > 0 || (mode !== undefined && mode !== '--check' && mode !== '--print')) {
  process.stderr.write('usage: write-config [--check | --print]\n');
  process.exitCode = 3;
} else if (mode === '--print') {
  process.stdout.write(defaultIni());
} else if (mode === '--check') {
  for (const { path } of files.filter(({ path, text }) => readOrEmpty(path) !== text)) {
    process.stderr.write(`${path} differs from the schema: run write-config\n`);
    process.exitCode = 1;
  }
} else {
  for (const { path, text } of files) writeFileSync(path, text);
}
