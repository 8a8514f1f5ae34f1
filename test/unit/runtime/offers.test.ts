import { Offers, OFFERS_WAITING_MAX } from '../../../src/runtime/offers.js';
import { ManualClock } from './manual-clock.js';

const DELAY_MS = 10;
const setUp = () => {
  const clock = new ManualClock();
  const offered: [link: number, ids: readonly string[]][] = [];
  const offers = new Offers(clock, DELAY_MS, (some) => void offered.push(...some));
  return { clock, offered, offers };
};

describe('offers', () => {
  it('leave after one delay at least and two at most, those of a moment together', () => {
    const { clock, offered, offers } = setUp();
    offers.add([1, 2], 'a');
    clock.advance(DELAY_MS - 1);
    offers.add([1], 'b');
    clock.advance(DELAY_MS);
    expect(offered).toEqual([]);
    clock.advance(1);
    expect(offered).toEqual([
      [1, ['a', 'b']],
      [2, ['a']],
    ]);
  });

  it('leave at once when one message can carry no more', () => {
    const { offered, offers } = setUp();
    for (let at = 0; at < OFFERS_WAITING_MAX; at += 1) offers.add([1], String(at));
    expect(offered).toHaveLength(1);
    expect(offered[0]?.[1]).toHaveLength(OFFERS_WAITING_MAX);
  });

  it('are forgotten with their link, and with their daemon', () => {
    const { clock, offered, offers } = setUp();
    offers.add([1, 2], 'a');
    offers.forget(1);
    clock.advance(2 * DELAY_MS);
    expect(offered).toEqual([[2, ['a']]]);
    offers.add([1], 'b');
    offers.stop();
    clock.advance(10 * DELAY_MS);
    expect(offered).toHaveLength(1);
  });
});
