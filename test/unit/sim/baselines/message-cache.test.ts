import { MessageCache } from '../../../../src/sim/baselines/message-cache.js';
import { BaselineItem } from '../../../../src/sim/baselines/spread-record.js';

const item = (number: number): BaselineItem => new BaselineItem(number, 0, 0, 1);

describe('the message cache of gossipsub', () => {
  it('offers what came in the last three windows, and serves what came in the last five', () => {
    const cache = new MessageCache(5, 3);
    const seen: unknown[] = [];
    for (let window = 0; window < 7; window += 1) {
      cache.put(item(window), 0);
      const served = [0, 1, 2, 3, 4, 5, 6].filter((n) => cache.take(n, 9, 100) !== undefined);
      seen.push([cache.gossiped(), served]);
      cache.shift();
    }
    expect(seen).toEqual([
      [[0], [0]],
      [
        [1, 0],
        [0, 1],
      ],
      [
        [2, 1, 0],
        [0, 1, 2],
      ],
      [
        [3, 2, 1],
        [0, 1, 2, 3],
      ],
      [
        [4, 3, 2],
        [0, 1, 2, 3, 4],
      ],
      [
        [5, 4, 3],
        [1, 2, 3, 4, 5],
      ],
      [
        [6, 5, 4],
        [2, 3, 4, 5, 6],
      ],
    ]);
  });

  it('gives one peer one item so often and no more, and other peers still', () => {
    const cache = new MessageCache(5, 3);
    cache.put(item(1), 4);
    const times = [1, 2, 3, 4].map(() => cache.take(1, 7, 3)?.hops);
    expect(times).toEqual([4, 4, 4, undefined]);
    expect(cache.take(1, 8, 3)?.hops).toBe(4);
  });
});
