import { DATA_TEXT_BYTES, plainData, printableText } from '../../../src/inspector/item-data.js';
import { plain } from '../../../src/inspector/plain.js';
import { sentEvent } from '../../../src/inspector/sendable.js';

describe('the text of an item', () => {
  it.each([
    ['letters', 'hello, everybody'],
    ['letters of others', 'Grüße, привет, 你好, مرحبا'],
    ['pictures', '🎉 done'],
    ['lines and tabs', 'a\r\n\tb\n'],
    ['markup, which is text as well', '<script>alert(1)</script>'],
  ])('may be %s', (_, text) => {
    expect(printableText(Buffer.from(text))).toBe(text);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['other bytes', Buffer.from([0xff, 0xfe, 0x00])],
    ['half a character', Buffer.from('é').subarray(0, 1)],
    ['a surrogate in UTF-8', Buffer.from([0xed, 0xa0, 0x80])],
    ['an overlong form', Buffer.from([0xc0, 0xaf])],
    ['a bell', Buffer.from('a\u0007')],
    ['a colour of a terminal', Buffer.from('\u001b[31mred')],
    ['a nul', Buffer.from('a\0b')],
    ['what turns the direction of text', Buffer.from('abc\u202egpj.exe')],
    ['what is not seen', Buffer.from('pay\u200bpal')],
    ['a byte order mark', Buffer.from('\ufeffabc')],
    ['a private character', Buffer.from('\ue000')],
  ])('is not %s', (_, bytes) => {
    expect(printableText(bytes)).toBe(undefined);
  });

  it('is its beginning, to a whole character, where it is long', () => {
    const text = printableText(Buffer.from('é'.repeat(DATA_TEXT_BYTES)), 9);
    expect(text).toBe('éééé…');
    expect(printableText(Buffer.from('abcdefghij'), 9)).toBe('abcdefghi…');
    const endless = Buffer.concat([Buffer.from('abcdefgh'), Buffer.alloc(2, 0xff)]);
    expect(printableText(endless, 9)).toBe(undefined);
  });

  it('stands beside the bytes, where it is their text', () => {
    const guard = (text: string): string => text.toUpperCase();
    expect(plainData(Buffer.from('hi'), guard)).toEqual({ bytes: 2, hex: '6869', text: 'HI' });
    expect(plainData(Buffer.from([1, 2]), guard)).toEqual({ bytes: 2, hex: '0102' });
  });

  it('is shown of what is called data, and of nothing else', () => {
    const bytes = Buffer.from('hello');
    const hex = bytes.toString('hex');
    expect(plain({ data: bytes, identity: bytes })).toEqual({
      data: { bytes: 5, hex, text: 'hello' },
      identity: { bytes: 5, hex },
    });
    expect(plain({ data: new Uint8Array([104, 105]) })).toEqual({
      data: { bytes: 2, hex: '6869', text: 'hi' },
    });
    expect(plain({ data: 'a text' })).toEqual({ data: 'a text' });
  });

  it('is not shown where it is a key', () => {
    const pem = '-----BEGIN PRIVATE KEY-----\nMC4CAQ';
    expect(plain({ data: Buffer.from(pem) })).toMatchObject({ data: { text: '‹secret›' } });
  });

  it('does not keep an event from being sent again', () => {
    const data = { bytes: 2, hex: '6869', text: 'hi' };
    const messages = [{ type: 'ANNOUNCE', ttl: 1, dataType: 1, data }];
    expect(sentEvent({ type: 'api.announce', messages })).toMatchObject({
      messages: [{ data: Buffer.from('hi') }],
    });
  });
});
