import { defaultIni } from '../../../src/config/default-ini.js';
import { formatMistakes, parseConfig } from '../../../src/config/parse.js';
import { schema } from '../../../src/config/schema.js';
import { same } from '../../same.js';

/** A small generator of numbers: the same seed, the same file. Below `bound`, from 0. */
const numbers = (seed: number): ((bound: number) => number) => {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
};

const PIECES = [
  ...['[', ']', '=', ';', '#', '"', "'", '\\', '.', ',', ':', '\n', '\r\n', '\r', '\0', '\t', ' '],
  ...['__proto__', 'constructor', 'toString', '[]', 'null', 'true', '{"a":1}', '\uFEFF', '\u2028'],
  ...['\uD800', '💥', '-1', '1e9', '0x10', '99999999999', '[gossip]', '[gossip]\n', '[::1]:1'],
  ...schema.map(({ key }) => `\n${key} = `),
];

const soup = (below: (bound: number) => number): string =>
  Array.from({ length: below(60) }, () => PIECES[below(PIECES.length)] ?? '').join('');

const mutated = (below: (bound: number) => number): string => {
  let text = defaultIni();
  for (let count = 1 + below(8); count > 0; count -= 1) {
    const at = below(text.length);
    text = text.slice(0, at) + soup(below).slice(0, 12) + text.slice(at + below(6));
  }
  return text;
};

const expectVerdict = (text: string): boolean => {
  const parsed = parseConfig(text);
  if (parsed.ok) return true;
  const lines = formatMistakes('a.ini', parsed.mistakes).split('\n');
  same([lines.length, lines.length > 0], [parsed.mistakes.length, true], () => text);
  const unfit = lines.filter((line) => !/^[^\p{C}]{1,400}$/u.test(line));
  same(unfit, [], () => text);
  return false;
};

describe('the parser under fuzz', () => {
  it.each([1, 2, 3])('has a verdict on every soup of pieces (seed %i)', (seed) => {
    const below = numbers(seed);
    for (let round = 0; round < 1_500; round += 1) expectVerdict(soup(below));
  });

  it('has a verdict on every damaged default.ini, and both verdicts occur', () => {
    const below = numbers(4);
    const verdicts = Array.from({ length: 400 }, () => expectVerdict(mutated(below)));
    expect(new Set(verdicts).size).toBe(2);
  });

  it.each([
    ['one line without an equals sign', 'a'.repeat(65_536)],
    ['an endless quote', `x = "${'\\"'.repeat(32_000)}`],
    ['nested brackets', `x = '${'['.repeat(65_000)}'`],
    ['empty sections', '[]'.repeat(32_768)],
    ['many sections', '[a]\n'.repeat(16_384)],
    ['many unknown keys', '[gossip]\n' + 'degres=\n'.repeat(8_000)],
    ['spaces', ' '.repeat(65_536)],
    ['commas', `[gossip]\nknown_peers = ${', '.repeat(32_000)}`],
    ['dots', `[gossip]\nbootstrapper = ${'a.'.repeat(32_000)}:1`],
  ])('reads %s in no time worth mentioning', (_, text) => {
    const startMs = performance.now();
    expectVerdict(text);
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });
});
