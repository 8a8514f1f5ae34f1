import { parseAddressBook } from '../../../src/core/address-book-text.js';
import { HOUR_MS, none, NOW, NumberedBook } from './numbered-book.js';
import { at, idOf, peerOf } from './numbered-book.js';

describe('AddressBook, round trips and anchors', () => {
  it('keeps the shortest round trip, in whole ms, also when it is verified anew', () => {
    const book = new NumberedBook().toldOf(1, 2);
    const rtts = [30.4, 12.6, 99].map((rttMs) => {
      book.measured(idOf(1), rttMs);
      return book.get(idOf(1))?.rttMs;
    });
    book.measured(idOf(2), 5);
    book.succeeded(at(1), idOf(1), NOW);
    expect([...rtts, book.get(idOf(1))?.rttMs, book.size]).toEqual([30, 13, 13, 13, 1]);
  });

  it('marks as anchors whom it is told, if tried, and nobody else any more', () => {
    const book = new NumberedBook().tried(0, 4).toldOf(8, 9);
    book.setAnchors([idOf(0), idOf(1)]);
    book.setAnchors([idOf(1), idOf(3), idOf(8), idOf(9)]);
    expect(book.anchors().map(peerOf)).toEqual([1, 3]);
    book.succeeded(at(3), idOf(3), NOW + HOUR_MS);
    expect(book.anchors().map(peerOf)).toEqual([1, 3]);
  });

  it('is written out as it was when it was saved', () => {
    const book = new NumberedBook().tried(0, 3);
    const saved = book.textOfNow(NOW);
    const before = book.toText(NOW);
    book.remove(idOf(1));
    book.offenders.note(idOf(2), 'protocol error', NOW);
    expect(saved()).toBe(before);
    expect(book.toText(NOW)).not.toBe(before);
  });

  it('comes back with both', () => {
    const book = new NumberedBook().tried(0, 3);
    book.setAnchors([idOf(2)]);
    book.measured(idOf(2), 7);
    const parsed = parseAddressBook(book.toText(NOW));
    const restored = new NumberedBook();
    restored.restore(parsed.ok ? parsed.entries : [], NOW + HOUR_MS);
    expect(restored.anchors()).toEqual(book.anchors());
    expect(restored.get(idOf(2))?.rttMs).toBe(7);
  });
});

describe('AddressBook, offenders', () => {
  it('are dialled last of those that are alike', () => {
    const book = new NumberedBook().tried(0, 5).toldOf(5, 8);
    book.offenders.note(idOf(3), 'protocol error', NOW);
    book.offenders.note(idOf(1), 'invalid items', NOW);
    book.offenders.note(idOf(6), 'invalid items', NOW);
    const order = book.firsts(99, none, NOW + HOUR_MS).map(peerOf);
    expect([order.slice(3, 5), order.at(-1)]).toEqual([[1, 3], 6]);
  });

  it('are neither dialled nor told of while they are put aside, until they are forgiven', () => {
    const book = new NumberedBook().tried(0, 3);
    for (let times = 0; times < 3; times += 1) book.offenders.note(idOf(1), 'rate excess', NOW);
    book.setAside(at(1), 1_000, NOW);
    const peers = () => [
      book.firsts(99, none, NOW).map(peerOf).toSorted(),
      book.sample(99, none, NOW).length,
      book.mayDial(at(1), NOW),
    ];
    expect(peers()).toEqual([[0, 2], 2, false]);
    const { changes } = book;
    expect(book.forgive(idOf(1))).toBe(1);
    expect(book.changes).toBeGreaterThan(changes);
    expect(peers()).toEqual([[0, 1, 2], 3, true]);
  });
});
