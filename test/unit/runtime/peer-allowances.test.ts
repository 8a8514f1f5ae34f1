import { Counters } from '../../../src/core/counters.js';
import { ratesOf, type RateKind } from '../../../src/core/rate-limit.js';
import { PeerAllowances } from '../../../src/runtime/peer-allowances.js';
import type { ConnectionId } from '../../../src/runtime/ports.js';
import { ManualClock } from './manual-clock.js';

const BYTES = 65_536;
const rates = ratesOf({ peerDataRate: BYTES, peerWantRate: BYTES });

const setUp = () => {
  const counters = new Counters();
  const clock = new ManualClock();
  const persistent: { connection: ConnectionId; kind: RateKind }[] = [];
  const allowances = new PeerAllowances({
    ...{ clock, counters, rates },
    onPersistent: (connection, kind) => persistent.push({ connection, kind }),
  });
  const excess = (kind: RateKind): number => counters.get(`peer_excess_total{kind="${kind}"}`);
  const takeAll = (connection: ConnectionId, kind: RateKind): void => {
    expect(allowances.take(connection, kind, rates[kind].burst)).toBe(true);
  };
  return { allowances, clock, excess, persistent, takeAll };
};

describe('what peers may send', () => {
  it('is counted per connection and per kind', () => {
    const { allowances, excess, takeAll } = setUp();
    takeAll(1, 'pings');
    expect(allowances.take(1, 'pings')).toBe(false);
    expect([allowances.take(1, 'joins'), allowances.take(2, 'pings')]).toEqual([true, true]);
    expect([excess('pings'), excess('joins')]).toEqual([1, 0]);
  });

  it('is more again after a while', () => {
    const { allowances, clock, takeAll } = setUp();
    takeAll(1, 'shuffles');
    clock.advance(1_000 / rates.shuffles.perSecond);
    expect([allowances.take(1, 'shuffles'), allowances.take(1, 'shuffles')]).toEqual([true, false]);
  });

  it('tells of a connection that persists', () => {
    const { allowances, excess, persistent, takeAll } = setUp();
    takeAll(1, 'interests');
    const patience = rates.interests.patience?.burst ?? 0;
    for (let n = 0; n < patience; n += 1) allowances.take(1, 'interests');
    expect([persistent, excess('interests')]).toEqual([[], patience]);
    allowances.take(1, 'interests');
    expect(persistent).toEqual([{ connection: 1, kind: 'interests' }]);
  });

  it('begins anew with a connection of the same number', () => {
    const { allowances, takeAll } = setUp();
    takeAll(1, 'joins');
    allowances.forget(1);
    takeAll(1, 'joins');
  });
});
