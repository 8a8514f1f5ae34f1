import {
  ACQUAINTANCES_MAX,
  ActiveView,
  type Link,
  type LinkDirection,
} from '../../../src/core/active-view.js';
import { seededRandom } from '../../../src/core/prng.js';

const identityOf = (number: number): string => number.toString(16).padStart(64, '0');

const linkOf = (connection: number, direction: LinkDirection): Omit<Link, 'active'> => ({
  ...{ connection, direction, identity: identityOf(connection), purpose: 'neighbor', sinceMs: 0 },
  address: { family: 4, host: '10.0.0.1', port: 6_001 },
});

describe('callers that have shaken hands', () => {
  const callers = (count: number): ActiveView => {
    const view = new ActiveView({
      ...{ identity: identityOf(0), degree: 3, minConnections: 2, maxConnections: 4, lab: true },
      random: seededRandom(1),
    });
    for (let n = 1; n <= count; n += 1) view.add(linkOf(n, 'inbound'));
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
    view.add(linkOf(3, 'outbound'));
    expect(view.acquaintanceCount).toBe(2);
    view.activate(1);
    view.remove(2);
    expect(view.acquaintanceCount).toBe(0);
  });
});
