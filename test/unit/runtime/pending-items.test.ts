import {
  PENDING_BYTES_MAX,
  PendingItems,
  SHELVED_BYTES_MAX,
  SHELVED_ITEMS_MAX,
} from '../../../src/runtime/pending-items.js';
import { item } from '../core/item-samples.js';

const MEBIBYTE = Buffer.alloc(1_024 * 1_024);
const large = (id: string) => item(id, { data: MEBIBYTE });
const shelved = (id: string, data = Buffer.from('item')) => ({
  item: item(id, { data }),
  holders: [1],
  broughtBy: undefined,
  unanswered: new Set<number>(),
});

describe('pending items', () => {
  it('keep an item with who sent it and who has not answered, until it is taken', () => {
    const pending = new PendingItems(10);
    pending.add(item('a'), [3], [1, 2]);
    expect(pending.size).toBe(1);
    expect(pending.bytes).toBe(item('a').data.length);
    expect(pending.take('a')).toEqual({
      item: item('a'),
      holders: [3],
      unanswered: new Set([1, 2]),
    });
    expect(pending.take('a')).toBeUndefined();
    expect(pending.bytes).toBe(0);
  });

  it('note every further link from which a copy came, once', () => {
    const pending = new PendingItems(10);
    pending.add(item('a'), [3], []);
    for (const holder of [4, 3, 4]) pending.addHolder('a', holder);
    pending.addHolder('unknown', 5);
    expect(pending.take('a')?.holders).toEqual([3, 4]);
  });

  it('forget a holder that is gone, in every item', () => {
    const pending = new PendingItems(10);
    for (const id of ['a', 'b']) pending.add(item(id), [3], []);
    pending.addHolder('b', 4);
    pending.forgetHolder(3);
    expect(pending.take('a')?.holders).toEqual([]);
    expect(pending.take('b')?.holders).toEqual([4]);
  });

  it('take a module for unanswered until its first answer', () => {
    const pending = new PendingItems(10);
    pending.add(item('a'), [3], [1, 2]);
    expect(pending.answered('a', 1)).toBe(true);
    expect(pending.answered('a', 1)).toBe(false);
    expect(pending.answered('a', 9)).toBe(false);
    expect(pending.answered('unknown', 2)).toBe(false);
    expect(pending.unanswered('a')).toEqual([2]);
    expect(pending.unanswered('unknown')).toEqual([]);
  });

  it('have room for a number of items', () => {
    const pending = new PendingItems(2);
    for (const id of ['a', 'b']) {
      expect(pending.hasRoom(item(id))).toBe(true);
      pending.add(item(id), [1], []);
    }
    expect(pending.hasRoom(item('c'))).toBe(false);
    pending.take('a');
    expect(pending.hasRoom(item('c'))).toBe(true);
  });

  it('have room for a number of bytes', () => {
    const pending = new PendingItems(1_000_000);
    for (let at = 0; at < PENDING_BYTES_MAX / MEBIBYTE.length; at += 1) {
      expect(pending.hasRoom(large(String(at)))).toBe(true);
      pending.add(large(String(at)), [1], []);
    }
    expect(pending.hasRoom(item('one byte more', { data: Buffer.alloc(1) }))).toBe(false);
  });
});

describe('the shelf of ignored items', () => {
  it('gives an item back once, for a late verdict', () => {
    const pending = new PendingItems(10);
    pending.shelve(shelved('a'));
    expect(pending.unshelve('a')).toEqual(shelved('a'));
    expect(pending.unshelve('a')).toBeUndefined();
  });

  it('forgets who had an item when that link is gone, and who brought it', () => {
    const pending = new PendingItems(10);
    pending.shelve({ ...shelved('a'), holders: [1, 2], broughtBy: 1 });
    pending.forgetHolder(1);
    expect(pending.unshelve('a')).toMatchObject({ holders: [2], broughtBy: undefined });
  });

  it('takes no room from items that still wait', () => {
    const pending = new PendingItems(1);
    pending.shelve(shelved('a'));
    expect(pending.hasRoom(item('b'))).toBe(true);
    expect(pending.bytes).toBe(0);
  });

  it('makes room by dropping the oldest, by number', () => {
    const pending = new PendingItems(10);
    for (let at = 0; at <= SHELVED_ITEMS_MAX; at += 1) pending.shelve(shelved(String(at)));
    expect(pending.unshelve('0')).toBeUndefined();
    expect(pending.unshelve('1')).toBeDefined();
    expect(pending.unshelve(String(SHELVED_ITEMS_MAX))).toBeDefined();
  });

  it('makes room by dropping the oldest, by bytes', () => {
    const pending = new PendingItems(10);
    const fits = SHELVED_BYTES_MAX / MEBIBYTE.length;
    for (let at = 0; at <= fits; at += 1) pending.shelve(shelved(String(at), MEBIBYTE));
    expect(pending.unshelve('0')).toBeUndefined();
    for (let at = 1; at <= fits; at += 1) expect(pending.unshelve(String(at))).toBeDefined();
  });
});
