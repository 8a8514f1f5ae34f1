/** A file is read in one sitting, a line without scrolling (architecture page, "Sizes"). */
import { sourcesOf, type Source } from './sources.js';

const LINES_MAX = 400;
const COLUMNS_MAX = 100;

const sources = sourcesOf('src', 'machines', 'test', 'bench');

/** Whatever stands on them; the page asks for about 300. */
const lines = ({ text }: Source): number => text.trimEnd().split('\n').length;

const longLines = ({ path, text }: Source): string[] =>
  text
    .split('\n')
    .map((line, at) => ({ columns: [...line].length, at: at + 1 }))
    .filter(({ columns }) => columns > COLUMNS_MAX)
    .map(({ columns, at }) => `${path}:${at} has ${columns} columns`);

describe('the source files', () => {
  it(`have at most ${LINES_MAX} lines`, () => {
    const tooLong = sources
      .filter((source) => lines(source) > LINES_MAX)
      .map((source) => `${source.path} has ${lines(source)} lines`);
    expect(tooLong).toEqual([]);
  });

  it(`have lines of at most ${COLUMNS_MAX} columns`, () => {
    expect(sources.flatMap(longLines)).toEqual([]);
  });

  it('are measured as they are read', () => {
    const text = ['/**', ' * Why.', ' */', '', 'const a = 1; // here', ''].join('\n');
    expect(lines({ path: 'x.ts', text })).toBe(5);
    expect(longLines({ path: 'x.ts', text: `ü${'x'.repeat(COLUMNS_MAX)}` })).toEqual([
      'x.ts:1 has 101 columns',
    ]);
  });
});
