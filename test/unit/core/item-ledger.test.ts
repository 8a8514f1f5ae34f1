import { ItemLedger, type ItemState } from '../../../src/core/item-ledger.js';
import { reachesFurther } from '../../../src/core/items.js';
import { seededRandom } from '../../../src/core/prng.js';

const SUPPRESS_MS = 1_000;
const UNINTERESTING_MS = 10;
const ledgerOf = (idsMax = 100) =>
  new ItemLedger({ idsMax, suppressMs: SUPPRESS_MS, uninterestingMs: UNINTERESTING_MS });

describe('item ledger', () => {
  it('knows nothing of an id whose content has not been seen', () => {
    expect(ledgerOf().state('a', 0)).toBeUndefined();
    expect(ledgerOf().ttl('a')).toBeUndefined();
  });

  it('remembers an id for as long as it is told, and no longer', () => {
    const ledger = ledgerOf();
    ledger.record('a', 'valid', 1, 500);
    expect(ledger.state('a', 500 + SUPPRESS_MS - 1)).toBe('valid');
    expect(ledger.state('a', 500 + SUPPRESS_MS)).toBeUndefined();
    expect(ledger.size).toBe(0);
  });

  it('forgets what nobody here wants soon, so that a later subscriber can have it', () => {
    const ledger = ledgerOf();
    ledger.record('a', 'uninteresting', 1, 0);
    expect(ledger.state('a', UNINTERESTING_MS - 1)).toBe('uninteresting');
    expect(ledger.state('a', UNINTERESTING_MS)).toBeUndefined();
  });

  for (const state of ['valid', 'invalid', 'ignored'] as const) {
    it(`moves a pending id on to ${state} without giving it more time`, () => {
      const ledger = ledgerOf();
      ledger.record('a', 'pending', 1, 0);
      ledger.settle('a', state);
      expect(ledger.state('a', SUPPRESS_MS - 1)).toBe(state);
      expect(ledger.state('a', SUPPRESS_MS)).toBeUndefined();
    });
  }

  it('ignores a verdict about an id that it does not know', () => {
    const ledger = ledgerOf();
    ledger.settle('a', 'valid');
    expect(ledger.state('a', 0)).toBeUndefined();
  });

  it('keeps the largest ttl of the copies of a pending item', () => {
    const ledger = ledgerOf();
    ledger.record('a', 'pending', 3, 0);
    for (const ttl of [2, 5, 4]) ledger.raiseTtl('a', ttl, reachesFurther);
    expect(ledger.ttl('a')).toBe(5);
    ledger.raiseTtl('a', 0, reachesFurther);
    ledger.raiseTtl('a', 255, reachesFurther);
    expect(ledger.ttl('a')).toBe(0);
  });

  it('lets a copy with a larger ttl of a valid item be relayed once more, not more often', () => {
    const ledger = ledgerOf();
    ledger.record('a', 'valid', 3, 0);
    expect(ledger.mayRelayAgain('a', 3, reachesFurther)).toBe(false);
    expect(ledger.mayRelayAgain('a', 4, reachesFurther)).toBe(true);
    expect(ledger.ttl('a')).toBe(4);
    expect(ledger.mayRelayAgain('a', 5, reachesFurther)).toBe(false);
  });

  it('relays no copy of what is not valid', () => {
    for (const state of ['pending', 'invalid', 'ignored', 'uninteresting'] as const) {
      const ledger = ledgerOf();
      ledger.record('a', state, 1, 0);
      expect(ledger.mayRelayAgain('a', 9, reachesFurther)).toBe(false);
    }
    expect(ledgerOf().mayRelayAgain('unknown', 9, reachesFurther)).toBe(false);
  });

  it('makes room by forgetting the oldest', () => {
    const ledger = ledgerOf(2);
    for (const id of ['a', 'b', 'c']) ledger.record(id, 'valid', 1, 0);
    expect(ledger.state('a', 0)).toBeUndefined();
    expect(ledger.state('b', 0)).toBe('valid');
    expect(ledger.size).toBe(2);
  });

  it('takes an id that is recorded again for the newest', () => {
    const ledger = ledgerOf(2);
    for (const id of ['a', 'b', 'a', 'c']) ledger.record(id, 'valid', 1, 0);
    expect(ledger.state('a', 0)).toBe('valid');
    expect(ledger.state('b', 0)).toBeUndefined();
  });

  it('sweeps out what is due, looking at a bounded number of entries', () => {
    const ledger = ledgerOf();
    for (const id of ['a', 'b', 'c']) ledger.record(id, 'valid', 1, 0);
    ledger.record('d', 'valid', 1, 1);
    expect(ledger.sweep(SUPPRESS_MS, 2)).toBe(2);
    expect(ledger.sweep(SUPPRESS_MS, 10)).toBe(1);
    expect(ledger.size).toBe(1);
  });

  it('stays within its bound and agrees with a plain account, whatever is done to it', () => {
    const random = seededRandom('ledger');
    const idsMax = 40;
    const ledger = ledgerOf(idsMax);
    const states: readonly ItemState[] = ['pending', 'valid', 'invalid', 'ignored'];
    /** In order of record: what a ledger without a bound would know. */
    const account = new Map<string, { readonly state: ItemState; readonly untilMs: number }>();
    for (let nowMs = 0; nowMs < 3_000; nowMs += random.below(9)) {
      const id = String(random.below(100));
      const state = states[random.below(states.length)] ?? 'pending';
      if (ledger.state(id, nowMs) === undefined) {
        ledger.record(id, state, 1, nowMs);
        account.delete(id);
        account.set(id, { state, untilMs: nowMs + SUPPRESS_MS });
      }
      if (random.below(10) === 0) ledger.sweep(nowMs, random.below(5));
      const known = [...account].slice(-Math.floor(idsMax / 2));
      const wrong = known.filter(
        ([one, { state: was, untilMs }]) =>
          ledger.state(one, nowMs) !== (untilMs > nowMs ? was : undefined),
      );
      expect(wrong).toEqual([]);
      expect(ledger.size).toBeLessThanOrEqual(idsMax);
    }
  });
});
