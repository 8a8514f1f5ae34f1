import { ACQUAINTANCES_MAX, type ActiveView } from '../../../src/core/active-view.js';
import { linkOf, viewOf } from './numbered-links.js';

describe('callers that have shaken hands', () => {
  const callers = (count: number): ActiveView => {
    const view = viewOf();
    for (let n = 1; n <= count; n += 1) {
      view.add(linkOf(n, { direction: 'inbound', host: `20.0.0.${n & 0xff}` }));
    }
    return view;
  };

  it('wait in any number up to the most', () => {
    const view = callers(ACQUAINTANCES_MAX);
    expect(view.takeSuperfluousAcquaintance()).toBeUndefined();
    expect(view.acquaintanceCount).toBe(ACQUAINTANCES_MAX);
  });

  it('beyond it give way, the oldest first, each once', () => {
    const view = callers(ACQUAINTANCES_MAX + 2);
    const named = [1, 2, 3].map(() => view.takeSuperfluousAcquaintance());
    expect(named).toEqual([1, 2, undefined]);
    expect(view.acquaintanceCount).toBe(ACQUAINTANCES_MAX);
  });

  it('wait no more once they are links, or gone; whom we dialled never does', () => {
    const view = callers(2);
    view.add(linkOf(3));
    expect(view.acquaintanceCount).toBe(2);
    view.activate(1);
    view.remove(2);
    expect(view.acquaintanceCount).toBe(0);
  });
});
