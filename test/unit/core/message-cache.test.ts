import {
  CACHED_BYTES_MAX,
  CACHED_ITEMS_MAX,
  CACHED_MS,
  MessageCache,
} from '../../../src/core/message-cache.js';
import { item } from './item-samples.js';

describe('the message cache', () => {
  it('keeps an item for its time', () => {
    const cache = new MessageCache();
    cache.add({ item: item('a'), ttl: 3 }, 0);
    cache.add({ item: item('a'), ttl: 9 }, 10);
    cache.add({ item: item('a'), ttl: 2 }, 20);
    cache.sweep(CACHED_MS - 1);
    expect(cache.get('a')).toMatchObject({ item: item('a'), ttl: 9 });
    cache.sweep(CACHED_MS);
    expect(cache.get('a')).toBeUndefined();
    expect(cache.bytes).toBe(0);
  });

  it('drops the oldest beyond its number of items', () => {
    const cache = new MessageCache();
    for (let at = 0; at <= CACHED_ITEMS_MAX; at += 1) {
      cache.add({ item: item(String(at)), ttl: 0 }, 0);
    }
    expect(cache.size).toBe(CACHED_ITEMS_MAX);
    expect(cache.get('0')).toBeUndefined();
    expect(cache.get('1')).toBeDefined();
  });

  it('drops the oldest beyond its bytes', () => {
    const cache = new MessageCache();
    const data = Buffer.alloc(CACHED_BYTES_MAX / 2);
    for (const id of ['a', 'b', 'c']) cache.add({ item: item(id, { data }), ttl: 0 }, 0);
    expect(cache.get('a')).toBeUndefined();
    expect(cache.bytes).toBe(CACHED_BYTES_MAX);
  });
});
