import { fetchMachine } from '../../../machines/fetch.js';
import { Moment } from './moment.js';

const ITEM = 'ab'.repeat(20);
const offered = (bides = false) =>
  ({ type: 'item.offered', itemId: ITEM, holder: 3, bides }) as const;
const failed = (next?: number) => ({ type: 'holder.failed', next }) as const;
const idle = () => Moment.begin(fetchMachine, undefined);

describe('fetch', () => {
  it('asks the holder that offered at once', () => {
    const asking = idle().on(offered());
    expect(asking.value).toEqual({ waiting: 'asking' });
    expect(asking.asked('ask')).toMatchObject([{ itemId: ITEM, holder: 3 }]);
  });

  it('bides its time where a pushed copy may come, then asks', () => {
    const biding = idle().on(offered(true));
    expect(biding.value).toEqual({ waiting: 'biding' });
    expect(biding.effects).toEqual([]);
    expect(biding.on(failed(3)).asked('ask')).toEqual([{ itemId: ITEM, holder: 3 }]);
  });

  it('asks one holder after another', () => {
    const second = idle().on(offered()).on(failed(4));
    expect(second.asked('ask')).toEqual([{ itemId: ITEM, holder: 4 }]);
    expect(second.on(failed(5)).asked('ask')).toEqual([{ itemId: ITEM, holder: 5 }]);
  });

  it('gives up when nobody is left to ask', () => {
    const over = idle().on(offered(), failed());
    expect(over.value).toBe('idle');
    expect(over.asked('giveUp')).toEqual([{ itemId: ITEM }]);
  });

  it('is free when the item has come', () => {
    for (const bides of [true, false]) {
      expect(idle().on(offered(bides), { type: 'item.arrived' }).value).toBe('idle');
    }
  });

  it('hears nothing while it is idle', () => {
    expect(idle().on(failed(4)).effects).toEqual([]);
  });
});
