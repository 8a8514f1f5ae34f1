/** A file is read in one sitting, a line without scrolling (architecture page, "Sizes"). */
import { sourcesOf, type Source } from './sources.js';

const CODE_LINES_MAX = 400;
const COLUMNS_MAX = 100;

const sources = sourcesOf('src', 'machines', 'test');

/** Lines with code on them; what explains the code does not count against it. */
const codeLines = ({ text }: Source): number =>
  text.split('\n').filter((line) => !/^\s*($|\/\/|\/\*|\*)/.test(line)).length;

const longLines = ({ path, text }: Source): string[] =>
  text
    .split('\n')
    .map((line, at) => ({ columns: [...line].length, at: at + 1 }))
    .filter(({ columns }) => columns > COLUMNS_MAX)
    .map(({ columns, at }) => `${path}:${at} has ${columns} columns`);

describe('the source files', () => {
  it(`have at most ${CODE_LINES_MAX} lines of code`, () => {
    const tooLong = sources
      .map((source) => ({ path: source.path, lines: codeLines(source) }))
      .filter(({ lines }) => lines > CODE_LINES_MAX);
    expect(tooLong).toEqual([]);
  });

  it(`have lines of at most ${COLUMNS_MAX} columns`, () => {
    expect(sources.flatMap(longLines)).toEqual([]);
  });

  it('are measured without what explains them', () => {
    const text = ['/**', ' * Why.', ' */', '', 'const a = 1; // here', '  // there'].join('\n');
    expect(codeLines({ path: 'x.ts', text })).toBe(1);
    expect(longLines({ path: 'x.ts', text: `ü${'x'.repeat(COLUMNS_MAX)}` })).toEqual([
      'x.ts:1 has 101 columns',
    ]);
  });
});
