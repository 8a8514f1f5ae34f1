import {
  brief,
  clockText,
  grouped,
  isBytes,
  rateText,
  showText,
  sizeText,
  spanText,
} from '../../../../src/inspector/page/text.js';
import type { Plain } from '../../../../src/inspector/protocol.js';

describe('showText', () => {
  it('leaves harmless text alone, whatever its script', () => {
    for (const text of ['', 'plain', '<script>alert(1)</script>', 'naïve', 'שלום', '漢字', '🙂']) {
      expect(showText(text)).toBe(text);
    }
  });

  it.each([
    ['an override of direction', 'evil\u202Egnp.exe', 'evil\\u202egnp.exe'],
    ['an isolate', '\u2066x\u2069', '\\u2066x\\u2069'],
    ['what has no width', 'a\u200Bb\uFEFF', 'a\\u200bb\\ufeff'],
    ['controls', 'a\u0000b\u001b[31m\u0085', 'a\\u0000b\\u001b[31m\\u0085'],
    ['line ends', 'a\nb\u2028c', 'a\\u000ab\\u2028c'],
    ['tags beyond the first plane', '\u{e0041}', '\\u{e0041}'],
  ])('makes %s visible', (_, text, shown) => {
    expect(showText(text)).toBe(shown);
  });

  it('clips what is long, and says how long it was', () => {
    expect(showText('x'.repeat(10_000_000), 5)).toBe('xxxxx… (10,000,000 characters)');
    expect(showText('x'.repeat(200))).toBe('x'.repeat(200));
  });
});

describe('brief', () => {
  it.each<[Plain, string]>([
    [null, 'null'],
    [true, 'true'],
    [1.5, '1.5'],
    ['text', 'text'],
    [[], '[]'],
    [{}, '{}'],
    [[1, 'a', null], '[1, a, null]'],
    [{ a: 1, b: { c: 'd' } }, '{a: 1, b: {c: d}}'],
    [{ bytes: 1_234, hex: 'deadbeef' }, '1,234 B deadbeef'],
  ])('writes %j as %s', (value, text) => {
    expect(brief(value)).toBe(text);
  });

  it('stays short whatever the value', () => {
    const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`key${at}`, at]));
    let deep: Plain = 'x';
    for (let at = 0; at < 90; at += 1) deep = { deep };
    for (const value of [wide, deep, ['y'.repeat(100_000), 'z'.repeat(100_000)]]) {
      expect(brief(value, 60).length).toBeLessThan(900);
    }
    expect(brief(wide, 30)).toBe('{key0: 0, key1: 1, key2: 2, key3: 3 …}');
  });

  it('is empty for what is not there', () => {
    expect(brief(undefined)).toBe('');
  });
});

describe('isBytes', () => {
  it('knows a Buffer from an object that looks like one', () => {
    expect(isBytes({ bytes: 2, hex: 'ab' })).toBe(true);
    expect(isBytes({ bytes: 2, hex: 'ab', more: 1 })).toBe(false);
    expect(isBytes({ bytes: '2', hex: 'ab' })).toBe(false);
    expect(isBytes(['bytes', 'hex'])).toBe(false);
  });
});

describe('figures', () => {
  it.each([
    [0, '0 ms'],
    [1.26, '1.3 ms'],
    [999, '999 ms'],
    [4_200, '4.2 s'],
    [59_940, '59.9 s'],
    [59_990, '1 min 0 s'],
    [185_000, '3 min 5 s'],
    [3_599_800, '1 h 0 min'],
    [90_000_000, '25 h 0 min'],
    [260_000_000, '3 d'],
    [-1_500, '-1.5 s'],
  ])('tell %d ms as %s', (ms, text) => {
    expect(spanText(ms)).toBe(text);
  });

  it('group digits by three', () => {
    expect([0, 999, 1_000, 1_234_567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567']);
  });

  it('tell sizes and rates', () => {
    expect([12, 1_536, 3_145_728].map(sizeText)).toEqual(['12 B', '1.5 KiB', '3.0 MiB']);
    expect([0.01, 0.25, 9.94, 1_234.4].map(rateText)).toEqual(['', '0.3/s', '9.9/s', '1,234/s']);
  });

  it('tell the time of day to the millisecond', () => {
    expect(clockText(new Date(2026, 0, 2, 3, 4, 5, 6).getTime())).toBe('03:04:05.006');
    expect(clockText(Number.NaN)).toBe('—');
    expect(clockText(1e300)).toBe('—');
  });
});
