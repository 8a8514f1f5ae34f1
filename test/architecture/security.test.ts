/** Each promise of SECURITY.md names a test that there is. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { quoted, readText, ROOT, tableRows } from './code-facts.js';

const PAGE = 'SECURITY.md';
const promises = tableRows(PAGE, 'promise').map(([promise = '', against = '', test = '']) => {
  const [file = '', title = ''] = quoted(test);
  return { promise, against, file, title };
});

describe(PAGE, () => {
  it('promises something', () => {
    expect(promises.length).toBeGreaterThan(15);
    expect(new Set(promises.map(({ promise }) => promise)).size).toBe(promises.length);
  });

  it('names for each promise whom it is against, of those that it knows', () => {
    const known = tableRows(PAGE, 'who').map(([who = '']) => who);
    expect(promises.filter(({ against }) => !known.includes(against))).toEqual([]);
    const unanswered = known.filter((who) => promises.every(({ against }) => against !== who));
    expect(unanswered).toEqual([]);
  });

  it('names for each promise a test that is there, by its file and title', () => {
    const missing = promises.filter(({ file, title }) => {
      const isTest = /^test\/[\w/-]+\.test\.ts$/.test(file) && existsSync(join(ROOT, file));
      return !isTest || title === '' || !readText(file).includes(`'${title}'`);
    });
    expect(missing).toEqual([]);
  });
});
