import { parseAddressBook } from '../../../src/core/address-book-text.js';
import { SOURCES } from '../../../src/core/book-entry.js';
import type { PeerAddress } from '../../../src/wire/messages.js';
import { at, none, NOW, NumberedBook } from './numbered-book.js';

describe('AddressBook, sources', () => {
  const POISONER = '66.6.6.0/24';
  const from = (book: NumberedBook, source: string): number =>
    book.entries().filter((entry) => entry.source === source).length;

  it('gives a sixteenth to what one source tells, and a quarter to callers', () => {
    const book = new NumberedBook();
    book.toldBy(POISONER, 0, 500).toldBy(SOURCES.walks, 500, 1_000);
    book.toldBy(SOURCES.callers, 1_000, 1_500);
    const shares = [POISONER, SOURCES.walks, SOURCES.callers].map((source) => from(book, source));
    expect([...shares, book.size]).toEqual([8, 8, 32, 48]);
  });

  it('lets a source displace what it told itself, and nothing else', () => {
    const book = new NumberedBook().toldBy('55.5.5.0/24', 0, 6).toldBy(POISONER, 100, 108);
    const before = book.peers();
    book.toldBy(POISONER, 200, 300);
    const after = book.peers();
    expect(after.slice(0, 6)).toEqual(before.slice(0, 6));
    expect(after.filter((peer) => peer >= 200).length).toBeGreaterThan(4);
    expect(book.size).toBe(14);
  });

  it('forgets who told of it what it has verified itself', () => {
    const book = new NumberedBook().toldBy(POISONER, 0, 8).tried(0, 6);
    expect(from(book, POISONER)).toBe(2);
    expect(book.toldBy(POISONER, 100, 200).size).toBe(14);
  });

  it('tells of what it was told by others a quarter at most', () => {
    const sizes = [
      new NumberedBook().toldBy(POISONER, 0, 16),
      new NumberedBook().toldBy(POISONER, 0, 16).toldBy(SOURCES.callers, 100, 120),
      new NumberedBook().toldBy(POISONER, 0, 16).tried(100, 120),
    ].map((book) => {
      const sample = book.sample(8, none, NOW);
      return [sample.length, sample.filter(({ address }) => isTold(address)).length];
    });
    expect(sizes).toEqual([
      [2, 2],
      [8, 0],
      [8, 2],
    ]);
  });

  /** One of the first 16. */
  const isTold = (address: PeerAddress): boolean =>
    [...Array(16).keys()].some((peer) => at(peer).host === address.host);

  it('keeps to that over a restart', () => {
    const book = new NumberedBook().toldBy(POISONER, 0, 16);
    const parsed = parseAddressBook(book.toText(NOW));
    const restored = new NumberedBook();
    expect(restored.restore(parsed.ok ? parsed.entries : [], NOW)).toBe(8);
    expect(restored.toldBy(POISONER, 100, 200).size).toBe(8);
  });
});
