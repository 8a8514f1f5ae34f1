import { nearest } from '../../../src/config/nearest.js';

const KEYS = ['degree', 'difficulty', 'difficulty_max', 'lab', 'level'];

describe('the nearest name', () => {
  it.each([
    ['degre', 'degree'],
    ['dgeree', 'degree'],
    ['DEGREE', 'degree'],
    ['dificultymax', 'difficulty_max'],
    ['lib', 'lab'],
    ['levels', 'level'],
  ])('to %s is %s', (word, name) => {
    expect(nearest(word, KEYS)).toBe(name);
  });

  it.each(['', 'x', 'la', 'bootstrapper', 'abcdef', 'x'.repeat(60_000)])(
    'to what is near none is none (%#)',
    (word) => {
      expect(nearest(word, KEYS)).toBeUndefined();
    },
  );

  it('is the first of equals', () => {
    expect(nearest('abcd', ['abcx', 'abcy'])).toBe('abcx');
  });
});
