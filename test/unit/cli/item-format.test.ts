import { formatData, formatItem, formatItemJson } from '../../../src/cli/item-format.js';

const TIME = new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 6));

describe('formatData', () => {
  it.each([
    ['text', 'hello, grüße 🦊', '"hello, grüße 🦊"'],
    ['nothing', '', '""'],
    ['line ends and tabs', 'a\r\n\tb', '"a\\r\\n\\tb"'],
    ['backslashes', 'a\\nb', '"a\\\\nb"'],
    ['direction marks', 'a\u202eb', '"a\\u{202e}b"'],
    ['line separators', 'a\u2028b', '"a\\u{2028}b"'],
  ])('prints %s as text on one line', (_what, text, printed) => {
    expect(formatData(Buffer.from(text))).toBe(printed);
  });

  it.each([
    ['bytes that are no UTF-8', 'ff41', '0xff41'],
    ['a terminal escape', '1b5b324a', '0x1b5b324a'],
    ['a C1 control', 'c29b', '0xc29b'],
    ['a zero byte', '6100', '0x6100'],
  ])('prints %s in hex', (_what, hex, printed) => {
    expect(formatData(Buffer.from(hex, 'hex'))).toBe(printed);
  });
});

describe('an item', () => {
  const item = { dataType: 5, messageId: 9, data: Buffer.from('x\n') };

  it('is time, type, size and data', () => {
    expect(formatItem(TIME, item)).toBe('2026-01-02T03:04:05.006Z 5 2 "x\\n"');
  });

  it('is one JSON object, with the text where it is text', () => {
    expect(JSON.parse(formatItemJson(TIME, item))).toEqual({
      time: '2026-01-02T03:04:05.006Z',
      type: 5,
      size: 2,
      messageId: 9,
      text: 'x\n',
      base64: 'eAo=',
    });
    const binary: unknown = JSON.parse(formatItemJson(TIME, { ...item, data: Buffer.from([255]) }));
    expect(binary).not.toHaveProperty('text');
    expect(binary).toHaveProperty('base64', '/w==');
  });
});
