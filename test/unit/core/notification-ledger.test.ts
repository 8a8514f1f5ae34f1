import { NotificationLedger } from '../../../src/core/notification-ledger.js';
import { seededRandom } from '../../../src/core/prng.js';

const REUSE_AFTER_MS = 10_000;
const notice = (itemId: string, awaited = true) => ({ itemId, awaited });
const ledgerOf = (outstandingMax = 1_024, seed = 'ids') =>
  new NotificationLedger({ outstandingMax, reuseAfterMs: REUSE_AFTER_MS }, seededRandom(seed));

describe('notification ledger', () => {
  it('gives the notice back to the verdict that answers it, once', () => {
    const ledger = ledgerOf();
    const { messageId, skipped } = ledger.issue(notice('a'), 0);
    expect(skipped).toBeUndefined();
    expect(ledger.answer(messageId)).toEqual(notice('a'));
    expect(ledger.answer(messageId)).toBeUndefined();
  });

  it('does not know an id that it never issued', () => {
    const ledger = ledgerOf();
    const { messageId } = ledger.issue(notice('a'), 0);
    expect(ledger.answer((messageId + 1) % 65_536)).toBeUndefined();
    expect(ledger.outstanding).toBe(1);
  });

  it('issues whole numbers of 16 bits in no order', () => {
    const ledger = ledgerOf();
    const issued = Array.from({ length: 100 }, () => ledger.issue(notice('a'), 0).messageId);
    expect(issued.every((id) => Number.isInteger(id) && id >= 0 && id < 65_536)).toBe(true);
    expect(issued).not.toEqual([...issued].sort((a, b) => a - b));
  });

  it('skips the oldest when too many are out, and says which', () => {
    const ledger = ledgerOf(2);
    const first = ledger.issue(notice('a'), 0);
    ledger.issue(notice('b'), 0);
    const third = ledger.issue(notice('c'), 0);
    expect(third.skipped).toEqual({ messageId: first.messageId, notice: notice('a') });
    expect(ledger.answer(first.messageId)).toBeUndefined();
    expect(ledger.outstanding).toBe(2);
  });

  it('gives up everything unanswered, the oldest first', () => {
    const ledger = ledgerOf();
    ledger.issue(notice('a'), 0);
    const { messageId } = ledger.issue(notice('b'), 0);
    ledger.issue(notice('c', false), 0);
    ledger.answer(messageId);
    expect(ledger.abandon()).toEqual([notice('a'), notice('c', false)]);
    expect(ledger.outstanding).toBe(0);
    expect(ledger.abandon()).toEqual([]);
  });

  it('has tens of thousands of ids out or resting at once, all different', () => {
    const ledger = ledgerOf();
    const issued = Array.from({ length: 49_000 }, () => ledger.issue(notice('a'), 0).messageId);
    expect(new Set(issued).size).toBe(issued.length);
  });

  it('still issues when more than that are asked for within the time', () => {
    const ledger = ledgerOf();
    for (let at = 0; at < 70_000; at += 1) ledger.issue(notice(String(at)), 0);
    const { messageId } = ledger.issue(notice('last'), 0);
    expect(ledger.answer(messageId)).toEqual(notice('last'));
    expect(ledger.outstanding).toBeLessThanOrEqual(1_024);
  });

  it('uses no id again before its time, answered, skipped or abandoned', () => {
    const random = seededRandom('reuse');
    const ledger = ledgerOf(50, 'reuse');
    const issuedAtMs = new Map<number, number>();
    const restsMs: number[] = [];
    const out: number[] = [];
    let mostOut = 0;
    for (let nowMs = 0; nowMs < 60_000; nowMs += random.below(3)) {
      const { messageId } = ledger.issue(notice('a'), nowMs);
      const beforeMs = issuedAtMs.get(messageId);
      if (beforeMs !== undefined) restsMs.push(nowMs - beforeMs);
      issuedAtMs.set(messageId, nowMs);
      out.push(messageId);
      if (random.below(3) > 0) ledger.answer(out.splice(random.below(out.length), 1)[0] ?? 0);
      if (random.below(500) === 0) ledger.abandon();
      mostOut = Math.max(mostOut, ledger.outstanding);
    }
    // Without many second uses, the rule would not have been put to the test.
    expect(restsMs.length).toBeGreaterThan(1_000);
    expect(restsMs.filter((restMs) => restMs < REUSE_AFTER_MS)).toEqual([]);
    expect(mostOut).toBe(50);
  });
});
