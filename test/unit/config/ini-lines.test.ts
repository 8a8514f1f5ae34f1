import { readIniLines } from '../../../src/config/ini-lines.js';

/** Section, key and value of each setting, the way most tests want to see them. */
const settingsOf = (text: string): string[][] =>
  readIniLines(text).flatMap((line) =>
    line.kind === 'setting' ? [[line.section, line.key, line.text]] : [],
  );

describe('INI lines', () => {
  it('know their section and their number', () => {
    expect(readIniLines('a = 1\n\n[s]\n; nothing\nb=2')).toEqual([
      { kind: 'setting', line: 1, section: '', key: 'a', text: '1' },
      { kind: 'section', line: 3, section: 's' },
      { kind: 'setting', line: 5, section: 's', key: 'b', text: '2' },
    ]);
  });

  it('end in LF, CRLF or CR, and begin behind a byte order mark', () => {
    expect(settingsOf('\uFEFFa=1\r\nb=2\rc=3\n')).toEqual([
      ['', 'a', '1'],
      ['', 'b', '2'],
      ['', 'c', '3'],
    ]);
  });

  it('lose comments of either kind, behind sections and values too', () => {
    const text = '# x\n  ; y = 1\n[s] ; z\na = 1 ; one\nb = 2 # two\nc = 3;three';
    expect(settingsOf(text)).toEqual([
      ['s', 'a', '1'],
      ['s', 'b', '2'],
      ['s', 'c', '3'],
    ]);
  });

  it('keep what is quoted or escaped', () => {
    const text = ['a = "x;y" ; c', "b = 'p#q'", 'c = x\\;y', 'd = "C:\\keys" # c', 'e = C:\\keys'];
    expect(settingsOf(text.join('\n')).map(([, , value]) => value)).toEqual([
      'x;y',
      'p#q',
      'x;y',
      'C:\\keys',
      'C:\\keys',
    ]);
  });

  it('hold text even where JSON stands between the quotes', () => {
    const text = `'null' = '{"a":1}'\n'5' = '[1]'\nx = 'true'\ny = '1.50'`;
    expect(settingsOf(text)).toEqual([
      ['', 'null', '{"a":1}'],
      ['', '5', '[1]'],
      ['', 'x', 'true'],
      ['', 'y', '1.50'],
    ]);
  });

  it('keep the first equals sign for themselves and the rest for the value', () => {
    expect(settingsOf('a = b = c\nd =')).toEqual([
      ['', 'a', 'b = c'],
      ['', 'd', ''],
    ]);
  });

  it('keep names with dots, and those that JavaScript has plans for', () => {
    expect(settingsOf('[a.b]\nc.d = 1\n[__proto__]\n__proto__ = 2\nx[] = 3')).toEqual([
      ['a.b', 'c.d', '1'],
      ['__proto__', '__proto__', '2'],
      ['__proto__', 'x[]', '3'],
    ]);
  });

  it('are unreadable without a key or an equals sign', () => {
    const lines = readIniLines('degree 5\n = 1\n[gossip\ndegree ; = 5');
    expect(lines.map((line) => line.kind)).toEqual(Array(4).fill('unreadable'));
  });
});
