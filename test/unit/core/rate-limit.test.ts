import { RateLimit, ratesOf, type RateKind } from '../../../src/core/rate-limit.js';

const MIB = 1_048_576;
const rates = ratesOf({ peerDataRate: 16 * MIB, peerWantRate: 4 * MIB });
const KINDS = Object.keys(rates) as RateKind[];

/** What becomes of so many takes of `count` each, evenly over some seconds. */
const verdicts = (limit: RateLimit, count: number, perSecond: number, seconds: number) => {
  const seen = { within: 0, excess: 0, persistent: 0 };
  for (let at = 0; at < perSecond * seconds; at += 1) {
    seen[limit.take(count, (1_000 * at) / perSecond)] += count;
  }
  return seen;
};

describe('a rate limit', () => {
  const allowance = { perSecond: 10, burst: 20, patience: { perSecond: 10, burst: 40 } };

  it('lets a burst pass, and then the rate', () => {
    const limit = new RateLimit(allowance);
    expect(verdicts(limit, 1, 100, 1)).toEqual({ within: 29, excess: 47, persistent: 24 });
  });

  it('says nothing of who keeps to the rate for however long', () => {
    const limit = new RateLimit(allowance);
    expect(verdicts(limit, 2, 5, 1_000)).toEqual({ within: 10_000, excess: 0, persistent: 0 });
  });

  it('passes over what is too much of who sends less than twice the rate', () => {
    const limit = new RateLimit(allowance);
    const seen = verdicts(limit, 1, 19, 1_000);
    expect(seen.persistent).toBe(0);
    expect(seen.within).toBeGreaterThanOrEqual(10_000);
    expect(seen.excess).toBeGreaterThan(8_000);
  });

  it('notes who sends more than that, in time', () => {
    const limit = new RateLimit(allowance);
    const first = Array.from({ length: 1_000 }, (_, at) => limit.take(1, at * 40)).indexOf(
      'persistent',
    );
    // 5 a second are too much for both buckets, which hold 60.
    expect(first).toBeGreaterThan(60);
    expect(first).toBeLessThan(400);
  });

  it('never tires of a kind that it only passes over', () => {
    const limit = new RateLimit({ ...allowance, patience: undefined });
    expect(verdicts(limit, 1, 1_000, 10)).toEqual({ within: 119, excess: 9_881, persistent: 0 });
  });
});

describe('the rates', () => {
  it.each(KINDS)('of %s never close a peer for one burst', (kind) => {
    const limit = new RateLimit(rates[kind]);
    const { burst, patience } = rates[kind];
    expect(limit.take(burst, 0)).toBe('within');
    expect(limit.take(patience?.burst ?? burst, 0)).toBe('excess');
  });

  it.each(KINDS)('of %s close a peer that sends far too much, but for answers', (kind) => {
    const limit = new RateLimit(rates[kind]);
    const { burst } = rates[kind];
    const seen = Array.from({ length: 2_000 }, () => limit.take(burst, 0));
    expect(seen.includes('persistent')).toBe(kind !== 'wants');
  });

  it('take the bytes from the configuration', () => {
    expect([rates.data.perSecond, rates.wants.perSecond]).toEqual([16 * MIB, 4 * MIB]);
  });
});
