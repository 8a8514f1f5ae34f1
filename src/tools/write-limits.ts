/**
 * Writes docs/LIMITS.md from src/tools/limits.json and the source, in the directory it runs in.
 * `--check` writes nothing and exits with 1 when the page differs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { limitsPage, type LimitSection } from './limits-page.js';

const PAGE = 'docs/LIMITS.md';
const read = (path: string): string => readFileSync(path, 'utf8');

const [mode, ...rest] = process.argv.slice(2);
if (rest.length > 0 || (mode !== undefined && mode !== '--check')) {
  process.stderr.write('usage: write-limits [--check]\n');
  process.exitCode = 3;
} else {
  const sections = JSON.parse(read('src/tools/limits.json')) as LimitSection[];
  const text = limitsPage(sections, read);
  if (mode === undefined) writeFileSync(PAGE, text);
  else if (read(PAGE) !== text) {
    process.stderr.write(`${PAGE} differs from the limits: run npm run generate\n`);
    process.exitCode = 1;
  }
}
