import { BaselineItem, measureSpread } from '../../../../src/sim/baselines/spread-record.js';

const all = (): boolean => true;

describe('the record of a spread', () => {
  it('counts first copies and all copies, and leaves the origin out', () => {
    const item = new BaselineItem(0, 0, 100, 4);
    item.received(1, 9, 1, 110);
    item.received(2, 9, 2, 130);
    item.received(2, 9, 5, 140);
    item.received(0, 9, 2, 120);
    expect(measureSpread([item], all)).toEqual({
      expected: 3,
      delivered: 2,
      copiesPerDelivery: 2,
      p50Ms: 30,
      p99Ms: 30,
      maxMs: 30,
      lastHop: 2,
    });
  });

  it('tells of every copy, and whom it came from', () => {
    const told: number[][] = [];
    const item = new BaselineItem(5, 0, 0, 4, ({ number }, from, to) => {
      told.push([number, from, to]);
    });
    item.received(1, 0, 1, 10);
    item.received(1, 3, 2, 20);
    expect(told).toEqual([
      [5, 0, 1],
      [5, 3, 1],
    ]);
  });

  it('asks of no node what it was not to have', () => {
    const item = new BaselineItem(0, 0, 0, 4);
    item.received(3, 9, 1, 7);
    const { expected, delivered, copiesPerDelivery } = measureSpread([item], (node) => node < 3);
    expect({ expected, delivered }).toEqual({ expected: 2, delivered: 0 });
    expect(copiesPerDelivery).toBeNaN();
  });

  it('takes the percentiles over all items, and the mean of their last hops', () => {
    const items = [0, 1].map((number) => new BaselineItem(number, 0, 0, 101));
    for (let node = 1; node <= 100; node += 1) {
      items[0]?.received(node, 9, 1, node);
      items[1]?.received(node, 9, 3, 100 + node);
    }
    expect(measureSpread(items, all)).toMatchObject({
      p50Ms: 101,
      p99Ms: 199,
      maxMs: 200,
      lastHop: 2,
    });
  });
});
