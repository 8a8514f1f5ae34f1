import { MARK, Meter, STAYED_MS, type MeteredItem } from '../../../../src/sim/measures/meter.js';

const TYPE = 1;

/** Four nodes that want the type, one that does not, and an item of the first. */
const metered = (): { readonly meter: Meter; readonly item: number } => {
  const meter = new Meter();
  for (let node = 0; node < 4; node += 1) meter.addNode(`n${node}`, [TYPE], 0);
  meter.addNode('n4', [], 0);
  meter.begin();
  return { meter, item: meter.announced(0, TYPE, 0, 100) };
};

const itemAt = ({ items }: Meter, index: number): MeteredItem => {
  const item = items[index];
  if (item === undefined) throw new Error(`no item ${index}`);
  return item;
};

describe('the meter', () => {
  it('expects an item where it is wanted, and not at its announcer', () => {
    const { meter } = metered();
    expect(meter.expected(itemAt(meter, 0))).toEqual([1, 2, 3]);
  });

  it('expects nothing of who left soon or came later, and something of who stayed a while', () => {
    const { meter } = metered();
    meter.nodeDown(1, 200);
    meter.nodeDown(2, 100 + STAYED_MS + 1);
    meter.nodeDown(3, 200);
    meter.nodeUp(3, 300);
    meter.addNode('n5', [TYPE], 150);
    expect(meter.expected(itemAt(meter, 0))).toEqual([2]);
  });

  it('expects what a node was there for, whatever became of it later', () => {
    const { meter } = metered();
    const soonMs = 100 + STAYED_MS + 1;
    meter.nodeDown(1, soonMs);
    meter.nodeUp(1, soonMs + 1);
    meter.nodeDown(1, soonMs + 2);
    meter.nodeUp(1, soonMs + 3);
    expect(meter.expected(itemAt(meter, 0))).toEqual([1, 2, 3]);
  });

  it('counts the first delivery at a node and its latency, and every copy', () => {
    const { meter, item } = metered();
    meter.received(item, 0, 1);
    meter.received(item, 2, 1);
    meter.delivered(item, 1, 130);
    meter.delivered(item, 1, 900);
    meter.delivered(item, 0, 101);
    const [group] = meter.groups;
    expect([group?.deliveries, group?.received, group?.latency.maxMs]).toEqual([1, 2, 30]);
  });

  it('counts the hops that a first copy has come', () => {
    const { meter, item } = metered();
    meter.received(item, 0, 1);
    meter.received(item, 1, 2);
    meter.received(item, 2, 3);
    meter.received(item, 0, 3);
    expect([...itemAt(meter, 0).hops]).toEqual([0, 1, 2, 3, 255]);
  });

  it('follows what came only over links that were there before', () => {
    const { meter } = metered();
    meter.markLinks([
      [0, 1],
      [1, 3],
    ]);
    const item = meter.announced(0, TYPE, 0, 200);
    meter.received(item, 0, 1);
    meter.received(item, 0, 2);
    meter.received(item, 2, 3);
    const marks = (): boolean[] =>
      [1, 2, 3].map((node) => meter.has(itemAt(meter, 1), node, MARK.oldLinks));
    expect(marks()).toEqual([true, false, false]);
    meter.received(item, 1, 3);
    expect(marks()).toEqual([true, false, true]);
  });

  it('has room for who comes after the announce, whose latency says nothing of the paths', () => {
    const { meter, item } = metered();
    const late = meter.addNode('n5', [TYPE], 5_000);
    meter.received(item, 1, late);
    meter.delivered(item, late, 9_000);
    expect(meter.has(itemAt(meter, 0), late, MARK.delivered)).toBe(true);
    expect([meter.groups[0]?.deliveries, meter.groups[0]?.latency.count]).toEqual([1, 0]);
  });

  it('counts traffic by purpose from the beginning on', () => {
    const meter = new Meter();
    meter.sent('have', 28);
    meter.begin();
    meter.sent('have', 28);
    meter.sent('item', 1_000);
    expect(meter.messages).toEqual({ item: 1, have: 1, want: 0, other: 0 });
    expect(meter.bytes.item).toBe(1_000);
  });
});
