import { KnowledgeBase } from '../../../src/core/knowledge-base.js';
import { seededRandom } from '../../../src/core/prng.js';
import { item } from './item-samples.js';
import { same } from '../../same.js';

const QUIET = 1;
const CHATTY = 2;
const always = (): boolean => true;
const baseOf = (itemsMax: number, bytesMax = 1_000_000) =>
  new KnowledgeBase({ itemsMax, bytesMax });
const ids = (base: KnowledgeBase, isWanted: (dataType: number) => boolean = always) =>
  base.unexpired(0, isWanted).map((known) => known.item.id);
const of = (dataType: number, id: string, bytes = 1) =>
  item(id, { dataType, data: Buffer.alloc(bytes) });
const fill = (base: KnowledgeBase, dataType: number, count: number, bytes = 1) => {
  for (let at = 0; at < count; at += 1) base.add(of(dataType, `${dataType}:${at}`, bytes), 0);
};

describe('knowledge base', () => {
  it('gives an item back with the ttl with which it leaves us', () => {
    const base = baseOf(10);
    base.add(item('a'), 3);
    expect(base.get('a', 0)).toEqual({ item: item('a'), ttl: 3 });
    expect(base.get('b', 0)).toBeUndefined();
  });

  it('gives it with the ttl that reaches farthest of those that it had', () => {
    const base = baseOf(10);
    for (const ttl of [2, 5, 3]) base.add(item('a'), ttl);
    expect(base.get('a', 0)?.ttl).toBe(5);
    for (const ttl of [0, 9]) base.add(item('a'), ttl);
    expect(base.get('a', 0)?.ttl).toBe(0);
  });

  it('offers the oldest first, and only what is wanted', () => {
    const base = baseOf(10);
    fill(base, QUIET, 2);
    fill(base, CHATTY, 2);
    expect(ids(base)).toEqual(['1:0', '1:1', '2:0', '2:1']);
    expect(ids(base, (dataType) => dataType === CHATTY)).toEqual(['2:0', '2:1']);
  });

  it('hands out nothing that has expired', () => {
    const base = baseOf(10);
    base.add(item('a', { expiryMs: 100 }), 0);
    expect(base.get('a', 99)).toBeDefined();
    expect(base.get('a', 100)).toBeUndefined();
    expect(base.unexpired(100, always)).toEqual([]);
  });

  it('drops what has expired when it sweeps, and only that', () => {
    const base = baseOf(10);
    base.add(item('a', { expiryMs: 100 }), 0);
    base.add(item('b', { expiryMs: 101 }), 0);
    base.sweep(100);
    expect(ids(base)).toEqual(['b']);
    expect(base.bytes).toBe(item('b').data.length);
  });

  it('takes an item once', () => {
    const base = baseOf(10);
    base.add(item('a'), 3);
    base.add(item('a'), 9);
    expect(base.size).toBe(1);
  });

  it('does not take what is larger than all of it', () => {
    const base = baseOf(10, 100);
    base.add(of(QUIET, 'small', 100), 0);
    base.add(of(QUIET, 'large', 101), 0);
    expect(ids(base)).toEqual(['small']);
  });

  it('gives one type everything while there is no other', () => {
    const base = baseOf(10);
    fill(base, CHATTY, 25);
    expect(base.size).toBe(10);
    expect(ids(base).at(0)).toBe('2:15');
  });

  it('keeps the items of a quiet type whatever a chatty one brings', () => {
    const base = baseOf(10);
    fill(base, QUIET, 5);
    fill(base, CHATTY, 1_000);
    expect(ids(base, (dataType) => dataType === QUIET)).toHaveLength(5);
    expect(ids(base, (dataType) => dataType === CHATTY)).toHaveLength(5);
  });

  it('keeps the bytes of a quiet type whatever a chatty one brings', () => {
    const base = baseOf(1_000, 1_000);
    fill(base, QUIET, 5, 100);
    fill(base, CHATTY, 100, 100);
    expect(ids(base, (dataType) => dataType === QUIET)).toHaveLength(5);
    expect(base.bytes).toBe(1_000);
  });

  it('takes room back from a type that has more than half when another comes', () => {
    const base = baseOf(10);
    fill(base, CHATTY, 10);
    fill(base, QUIET, 5);
    expect(ids(base, (dataType) => dataType === CHATTY)).toEqual([
      '2:5',
      '2:6',
      '2:7',
      '2:8',
      '2:9',
    ]);
    expect(ids(base, (dataType) => dataType === QUIET)).toHaveLength(5);
  });

  it('works with room for one', () => {
    const base = baseOf(1);
    fill(base, QUIET, 1);
    fill(base, CHATTY, 1);
    expect(ids(base)).toEqual(['2:0']);
  });

  it('keeps its bounds and its account of bytes, whatever is done to it', () => {
    const random = seededRandom('knowledge');
    const itemsMax = 20;
    const bytesMax = 500;
    const base = new KnowledgeBase({ itemsMax, bytesMax });
    for (let nowMs = 0; nowMs < 3_000; nowMs += 1) {
      const added = item(String(nowMs), {
        dataType: random.below(4),
        expiryMs: nowMs + 1 + random.below(60),
        data: Buffer.alloc(1 + random.below(90)),
      });
      base.add(added, 0);
      same(base.get(added.id, nowMs)?.item === added, true);
      if (random.below(7) === 0) base.sweep(nowMs);
      const kept = base.unexpired(0, always);
      same([base.size <= itemsMax, base.bytes <= bytesMax], [true, true]);
      same(base.size, kept.length);
      same(
        base.bytes,
        kept.reduce((sum, known) => sum + known.item.data.length, 0),
      );
    }
  });
});
