import {
  choice,
  flag,
  formatJsonMistakes,
  list,
  number,
  object,
  text,
  whole,
  word,
  type Check,
  type JsonMistake,
} from '../../../../src/sim/scenario/checks.js';

const readAll = <Value>(
  check: Check<Value>,
  value: unknown,
): { readonly read: Value | undefined; readonly mistakes: readonly JsonMistake[] } => {
  const mistakes: JsonMistake[] = [];
  return { read: check.read(value, '', mistakes), mistakes };
};

describe('checks of JSON', () => {
  it.each<[string, Check<unknown>, unknown, unknown]>([
    ['a number within its bounds', number(0, 1), 0.5, 2],
    ['a whole number', whole(1, 9), 9, 1.5],
    ['a number, not the text of one', whole(1, 9), 1, '1'],
    ['a text that is not empty', text(3), 'abc', ''],
    ['a text that is not too long', text(3), 'abc', 'abcd'],
    ['true or false', flag, false, 0],
    ['one of a few words', word(['crash', 'leave']), 'leave', 'stay'],
    ['a list that is not too long', list(flag, 0, 1), [true], [true, true]],
  ])('take %s, and nothing else', (_, check, good, bad) => {
    expect(readAll(check, good)).toEqual({ read: good, mistakes: [] });
    const { read, mistakes } = readAll(check, bad);
    expect([read, mistakes.length]).toEqual([undefined, 1]);
  });

  const entry = object({
    share: { check: number(0, 1), doc: 'how many', fallback: 0.5 },
    how: { check: word(['crash', 'leave']), doc: 'what happens' },
  });

  it('fill in what has a fallback', () => {
    expect(readAll(entry, { how: 'crash' }).read).toEqual({ share: 0.5, how: 'crash' });
  });

  it('find all mistakes at once, each with its path, what is there and what is allowed', () => {
    const value = [{ how: 'crash', shar: 1 }, { share: 2 }, 7, { how: 'crahs' }];
    const { read, mistakes } = readAll(list(entry, 0, 9), value);
    expect(read).toBeUndefined();
    expect(formatJsonMistakes('x.json', mistakes).split('\n')).toEqual([
      'x.json: [0].shar = this field; allowed: one of share, how; did you mean share?',
      'x.json: [1].share = 2; allowed: a number from 0 to 1',
      'x.json: [1].how = nothing; allowed: one of "crash", "leave"',
      'x.json: [2] = 7; allowed: an object with share, how',
      'x.json: [3].how = "crahs"; allowed: one of "crash", "leave"; did you mean "crash"?',
    ]);
  });

  it('take no field from the prototype of an object', () => {
    const named = object({ constructor: { check: text(9), doc: 'a field of an unlucky name' } });
    expect(readAll(named, {}).mistakes).toHaveLength(1);
  });

  it('show what stands there without what a terminal would obey', () => {
    const { mistakes } = readAll(text(1), '\u001b[2Jx\u009b');
    expect(mistakes[0]?.found).toBe('"\\u001b[2Jx\\u{9b}"');
  });

  const faults = new Map([
    ['crash', { fields: { share: { check: number(0, 1), doc: 'how many' } } }],
    ['leave', { fields: {} }],
  ]);

  it('choose from a catalogue by name, with the parameters of the chosen', () => {
    const check = choice(faults, 'a fault', {});
    expect(readAll(check, { name: 'crash', share: 1 }).read).toEqual({
      name: 'crash',
      params: { share: 1 },
    });
    expect(readAll(check, { name: 'leave', share: 1 }).mistakes).toEqual([
      { path: 'share', found: 'this field', allowed: 'no field at all' },
    ]);
    expect(readAll(check, { share: 1 }).mistakes).toEqual([
      { path: 'name', found: 'nothing', allowed: 'one of "crash", "leave"' },
    ]);
  });
});
