/**
 * Writes docs/states from the machines, in the directory it runs in. `--check` writes nothing,
 * names the files that differ or belong to no machine, and exits with 1 when there are any.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { chartOf } from '../diagram/chart.js';
import { diagramFiles, STATES_FOLDER } from './diagram-pages.js';
import { allMachines } from './machine-folder.js';

const readOrEmpty = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

const [mode, ...rest] = process.argv.slice(2);
if (rest.length > 0 || (mode !== undefined && mode !== '--check')) {
  process.stderr.write('usage: write-diagrams [--check]\n');
  process.exitCode = 3;
} else {
  const files = await diagramFiles((await allMachines()).map(chartOf));
  mkdirSync(STATES_FOLDER, { recursive: true });
  const stale = readdirSync(STATES_FOLDER)
    .map((name) => `${STATES_FOLDER}/${name}`)
    .filter((path) => !files.some((file) => file.path === path));
  if (mode === '--check') {
    const different = files.filter(({ path, text }) => readOrEmpty(path) !== text);
    for (const path of [...different.map((file) => file.path), ...stale]) {
      process.stderr.write(`${path} differs from the machines: npm run diagrams\n`);
      process.exitCode = 1;
    }
  } else {
    for (const { path, text } of files) writeFileSync(path, text);
    for (const path of stale) rmSync(path);
  }
}
