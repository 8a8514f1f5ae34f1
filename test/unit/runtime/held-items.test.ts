import { HELD_BYTES_MAX, HELD_ITEMS_MAX, HeldItems } from '../../../src/runtime/held-items.js';
import { item } from '../core/item-samples.js';

const always = (): boolean => true;
const idsOf = (held: readonly { readonly item: { readonly id: string } }[]) =>
  held.map(({ item: { id } }) => id);

describe('held items', () => {
  it('wait until a link wants their type, and go once', () => {
    const held = new HeldItems();
    held.hold({ item: item('a', { dataType: 7 }), ttl: 3 });
    held.hold({ item: item('b', { dataType: 8 }), ttl: 0 });
    expect(held.release((dataType) => dataType === 9, 0)).toEqual([]);
    expect(held.release((dataType) => dataType === 7, 0)).toEqual([
      { item: item('a', { dataType: 7 }), ttl: 3 },
    ]);
    expect(held.release((dataType) => dataType === 7, 0)).toEqual([]);
    expect(held.size).toBe(1);
  });

  it('leave in the order in which they were announced', () => {
    const held = new HeldItems();
    for (const id of ['c', 'a', 'b']) held.hold({ item: item(id), ttl: 0 });
    expect(idsOf(held.release(always, 0))).toEqual(['c', 'a', 'b']);
  });

  it('are thrown away when they have expired, wanted or not', () => {
    const held = new HeldItems();
    held.hold({ item: item('a', { expiryMs: 100 }), ttl: 0 });
    held.hold({ item: item('b', { expiryMs: 101 }), ttl: 0 });
    expect(held.release(() => false, 100)).toEqual([]);
    expect(held.size).toBe(1);
    expect(idsOf(held.release(always, 100))).toEqual(['b']);
  });

  it('make room by dropping the oldest, by number', () => {
    const held = new HeldItems();
    for (let at = 0; at < HELD_ITEMS_MAX + 3; at += 1) held.hold({ item: item(`${at}`), ttl: 0 });
    expect(held.size).toBe(HELD_ITEMS_MAX);
    expect(idsOf(held.release(always, 0)).at(0)).toBe('3');
  });

  it('make room by dropping the oldest, by bytes', () => {
    const held = new HeldItems();
    const data = Buffer.alloc(1_024 * 1_024);
    const fits = HELD_BYTES_MAX / data.length;
    for (let at = 0; at < fits + 2; at += 1) held.hold({ item: item(`${at}`, { data }), ttl: 0 });
    expect(held.size).toBe(fits);
    expect(idsOf(held.release(always, 0)).at(0)).toBe('2');
    held.hold({ item: item('after', { data }), ttl: 0 });
    expect(held.size).toBe(1);
  });
});
