import { clipText, Reader, Writer } from '../../../src/wire/bytes.js';
import { hex } from './samples.js';

describe('Reader', () => {
  it('keeps the first error and answers nothing from there on', () => {
    const reader = new Reader(hex('0102ff'), 0);
    expect(reader.u16()).toBe(0x0102);
    expect(reader.u16()).toBe(0);
    expect(reader.error?.code).toBe('truncated');
    reader.refuse('bad field', 'later');
    expect(reader.u8()).toBe(0);
    expect(reader.rest()).toHaveLength(0);
    expect(reader.error?.code).toBe('truncated');
  });

  it('reads 8-byte numbers up to 2^53 - 1 and refuses larger ones', () => {
    expect(new Reader(hex('001fffffffffffff'), 0).u64()).toBe(Number.MAX_SAFE_INTEGER);
    const reader = new Reader(hex('0020000000000000'), 0);
    reader.u64();
    expect(reader.error?.code).toBe('bad field');
  });

  it('reads none of a list that is too long', () => {
    const reader = new Reader(Buffer.alloc(10), 0);
    expect(reader.list(3, 2, () => reader.u8())).toEqual([]);
    expect(reader.left).toBe(10);
    expect(reader.error?.code).toBe('bad field');
  });

  it('stops a list where the bytes end', () => {
    const reader = new Reader(Buffer.alloc(2), 0);
    reader.list(200, 256, () => reader.u8());
    expect(reader.error?.code).toBe('truncated');
  });

  it.each(['ff', 'c0af', 'eda080', 'e282'])('refuses text that is no UTF-8: %s', (bytes) => {
    const reader = new Reader(hex(bytes), 0);
    reader.text(reader.left, 64);
    expect(reader.error?.code).toBe('bad field');
  });

  it('keeps a byte order mark and a replacement character of the sender', () => {
    const reader = new Reader(Buffer.from('\ufeffa\ufffd'), 0);
    expect(reader.text(reader.left, 64)).toBe('\ufeffa\ufffd');
    expect(reader.error).toBeUndefined();
  });
});

describe('Writer', () => {
  it.each([-1, 256, 1.5, NaN, Infinity])('refuses %s as a byte', (value) => {
    expect(() => new Writer(1).u8(value)).toThrow(RangeError);
  });

  it.each([-1, 2 ** 53, 0.5])('refuses %s as a number of 8 bytes', (value) => {
    expect(() => new Writer(8).u64(value)).toThrow(RangeError);
  });

  it('refuses a field of another length, an overflow, and a buffer not filled', () => {
    expect(() => new Writer(4).fixed(Buffer.alloc(3), 4)).toThrow(RangeError);
    expect(() => new Writer(4).bytes(Buffer.alloc(5))).toThrow(RangeError);
    expect(() => new Writer(4).done()).toThrow(RangeError);
  });
});

describe('clipText', () => {
  it('leaves a text that fits, and cuts a longer one between characters', () => {
    expect(clipText('a€', 4)).toBe('a€');
    expect(clipText('a€', 3)).toBe('a');
    expect(clipText('a🙂b', 4)).toBe('a');
  });
});
