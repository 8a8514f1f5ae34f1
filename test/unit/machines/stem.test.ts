import { stemMachine } from '../../../machines/stem.js';
import { Moment } from './moment.js';

const ITEM = 'ab'.repeat(20);
const entered = { type: 'stem.entered', itemId: ITEM, relay: 3 } as const;
const waiting = () => Moment.begin(stemMachine, undefined).on(entered);

describe('stem', () => {
  it('passes the item on to one relay, and waits', () => {
    expect(waiting().value).toBe('waiting');
    expect(waiting().asked('passOn')).toMatchObject([{ itemId: ITEM, relay: 3 }]);
    expect(waiting().asked('spread')).toEqual([]);
  });

  it.each([
    ['item.sighted', 'it is spread'],
    ['item.returned', 'the stem is a circle'],
    ['deadline.passed', 'nobody else has'],
  ] as const)('spreads it itself on %s, once', (type, reason) => {
    const over = waiting().on({ type });
    expect(over.value).toBe('idle');
    expect(over.asked('spread')).toEqual([{ itemId: ITEM, reason }]);
    expect(over.on({ type }).asked('spread')).toEqual([]);
  });
});
