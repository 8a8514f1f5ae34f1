import { Counters } from '../../../src/core/counters.js';
import { seededRandom, type Random } from '../../../src/core/prng.js';
import { Modules, SUBSCRIPTIONS_MAX } from '../../../src/runtime/modules.js';
import { LOW_WATER_BYTES, type ApiPort, type ConnectionId } from '../../../src/runtime/ports.js';
import type { GossipNotification } from '../../../src/wire/messages.js';
import { ManualClock } from './manual-clock.js';

type Sent = { readonly to: ConnectionId; readonly message: GossipNotification };

const OUTSTANDING_MAX = 3;
const UNSENT_BYTES_MAX = 100;

const setUp = (random: Random = seededRandom('modules')) => {
  const sent: Sent[] = [];
  /** Connections whose module does not read. */
  const stuck = new Set<ConnectionId>();
  const api: ApiPort = {
    send: (to, message) => void sent.push({ to, message }),
    unsentBytes: (connection) => (stuck.has(connection) ? LOW_WATER_BYTES + 1 : 0),
    close: () => {},
  };
  const counters = new Counters();
  const clock = new ManualClock();
  const modules = new Modules(
    { api, clock, random },
    {
      outstandingMax: OUTSTANDING_MAX,
      unsentBytesMax: UNSENT_BYTES_MAX,
      validationTimeoutMs: 5_000,
    },
    counters,
  );
  return { modules, counters, clock, sent, stuck };
};
const notice = (itemId: string, { awaited = true, bytes = 40 } = {}) => ({
  itemId,
  dataType: 7,
  data: Buffer.alloc(bytes),
  awaited,
});
const idsOf = (notices: readonly { readonly itemId: string }[]) =>
  notices.map(({ itemId }) => itemId);
const verdict = (messageId: number, valid = true) =>
  ({ type: 'VALIDATION', messageId, valid }) as const;
const answerTo = (sent: readonly Sent[], at: number, valid = true) =>
  verdict(sent[at]?.message.messageId ?? -1, valid);

describe('modules', () => {
  describe('that are behind', () => {
    it('are under pressure as the fullest of their queues is', () => {
      const { modules, sent, stuck } = setUp();
      expect(modules.pressure).toBe(0);
      modules.notify(1, [notice('a')]);
      modules.notify(2, [notice('a'), notice('b')]);
      expect(modules.pressure).toBeCloseTo(2 / OUTSTANDING_MAX);
      modules.recognize(2, [answerTo(sent, 1), answerTo(sent, 2)]);
      expect(modules.pressure).toBeCloseTo(1 / OUTSTANDING_MAX);
      stuck.add(2);
      modules.notify(2, [notice('c', { bytes: 90 })]);
      expect(modules.pressure).toBeCloseTo(90 / UNSENT_BYTES_MAX);
      modules.leave(2);
      expect(modules.pressure).toBeCloseTo(1 / OUTSTANDING_MAX);
    });

    it('are skipped where the id of what they have not read is issued again', () => {
      const { modules, counters, clock, sent, stuck } = setUp({
        ...seededRandom('modules'),
        below: () => 5,
      });
      stuck.add(1);
      modules.notify(1, [notice('old')]);
      clock.advance(10_001);
      modules.notify(1, [notice('new', { bytes: 30 })]);
      expect(modules.pressure).toBeCloseTo(1 / OUTSTANDING_MAX);
      expect(counters.get('notifications_skipped_total{reason="unsent bytes"}')).toBe(1);
      stuck.delete(1);
      modules.drain(1);
      expect(sent.map(({ message }) => message.data.length)).toEqual([30]);
      modules.recognize(1, [verdict(5)]);
      expect(modules.pressure).toBe(0);
    });

    it('do not count once they have fallen silent', () => {
      const { modules } = setUp();
      modules.notify(1, [notice('a'), notice('b'), notice('c')]);
      modules.expectAnswers(1, false);
      expect(modules.pressure).toBe(0);
      modules.expectAnswers(1, true);
      expect(modules.pressure).toBe(1);
    });
  });

  describe('that subscribe', () => {
    it('are told apart by whether they are the first to want a type', () => {
      const { modules } = setUp();
      expect(modules.subscribe(1, [7, 8, 7])).toEqual([7, 8]);
      expect(modules.subscribe(2, [8, 9])).toEqual([9]);
      expect(modules.subscribe(1, [7])).toEqual([]);
    });

    it('may have a bounded number of types, and repeat them', () => {
      const { modules } = setUp();
      const types = Array.from({ length: SUBSCRIPTIONS_MAX }, (_, at) => at);
      expect(modules.subscribe(1, types)).toHaveLength(SUBSCRIPTIONS_MAX);
      expect(modules.subscribe(1, types)).toEqual([]);
      expect(modules.subscribe(1, [SUBSCRIPTIONS_MAX])).toBeUndefined();
    });

    it('leave their types behind only where others want them', () => {
      const { modules } = setUp();
      modules.subscribe(1, [7, 8]);
      modules.subscribe(2, [8]);
      expect(modules.leave(1)).toEqual({ orphaned: [7], unanswered: [] });
      expect(modules.interests.types()).toEqual([8]);
    });
  });

  describe('that are notified', () => {
    it('get a NOTIFICATION with an id of its own for each item', () => {
      const { modules, counters, sent } = setUp();
      expect(modules.notify(1, [notice('a'), notice('b')])).toEqual([]);
      expect(sent).toMatchObject([
        { to: 1, message: { type: 'NOTIFICATION', dataType: 7, data: notice('a').data } },
        { to: 1, message: { type: 'NOTIFICATION' } },
      ]);
      expect(sent[0]?.message.messageId).not.toBe(sent[1]?.message.messageId);
      expect(counters.get('notifications_outstanding')).toBe(2);
    });

    it('abstain on the oldest when too many are unanswered', () => {
      const { modules, counters, sent } = setUp();
      modules.notify(
        1,
        ['a', 'b', 'c'].map((id) => notice(id)),
      );
      expect(idsOf(modules.notify(1, [notice('d')]))).toEqual(['a']);
      expect(counters.get('notifications_skipped_total{reason="outstanding"}')).toBe(1);
      expect(sent).toHaveLength(4);
      expect(modules.recognize(1, [answerTo(sent, 0)])).toEqual([]);
    });

    it('do not disturb each other', () => {
      const { modules } = setUp();
      modules.notify(
        1,
        ['a', 'b', 'c'].map((id) => notice(id)),
      );
      expect(modules.notify(2, [notice('d')])).toEqual([]);
    });
  });

  describe('that do not read', () => {
    it('have their notifications wait, and get them in order when they drain', () => {
      const { modules, counters, sent, stuck } = setUp();
      stuck.add(1);
      expect(modules.notify(1, [notice('a'), notice('b')])).toEqual([]);
      expect(sent).toEqual([]);
      expect(counters.get('notifications_unsent_bytes')).toBe(80);
      stuck.delete(1);
      modules.drain(1);
      const verdicts = modules.recognize(1, [answerTo(sent, 0), answerTo(sent, 1)]);
      expect(idsOf(verdicts)).toEqual(['a', 'b']);
      expect(counters.get('notifications_unsent_bytes')).toBe(0);
    });

    it('abstain on the oldest of which too many bytes wait', () => {
      const { modules, counters, sent, stuck } = setUp();
      stuck.add(1);
      const abstained = modules.notify(
        1,
        ['a', 'b', 'c'].map((id) => notice(id)),
      );
      expect(idsOf(abstained)).toEqual(['a']);
      expect(counters.get('notifications_skipped_total{reason="unsent bytes"}')).toBe(1);
      expect(counters.get('notifications_outstanding')).toBe(2);
      stuck.delete(1);
      modules.drain(1);
      expect(sent).toHaveLength(2);
    });

    it('never get what was skipped for being unanswered', () => {
      const { modules, sent, stuck } = setUp();
      stuck.add(1);
      const small = ['a', 'b', 'c', 'd'].map((id) => notice(id, { bytes: 1 }));
      expect(idsOf(modules.notify(1, small))).toEqual(['a']);
      stuck.delete(1);
      modules.drain(1);
      expect(sent).toHaveLength(OUTSTANDING_MAX);
    });

    it('may be unknown when they drain', () => {
      const { modules, sent } = setUp();
      modules.drain(9);
      expect(sent).toEqual([]);
    });
  });

  describe('that answer', () => {
    it('have their verdict recognized, once', () => {
      const { modules, counters, sent } = setUp();
      modules.notify(1, [notice('a'), notice('b', { awaited: false })]);
      const messages = [answerTo(sent, 1, false), answerTo(sent, 0), answerTo(sent, 0)];
      expect(modules.recognize(1, messages)).toEqual([
        { itemId: 'b', awaited: false, valid: false },
        { itemId: 'a', awaited: true, valid: true },
      ]);
      expect(counters.get('validations_unknown_total')).toBe(1);
    });

    it('cannot answer for another module', () => {
      const { modules, counters, sent } = setUp();
      modules.notify(1, [notice('a')]);
      expect(modules.recognize(2, [answerTo(sent, 0)])).toEqual([]);
      expect(counters.get('validations_unknown_total')).toBe(1);
      expect(modules.recognize(1, [answerTo(sent, 0)])).toHaveLength(1);
    });

    it('are expected to, unless they are known to be silent', () => {
      const { modules } = setUp();
      expect(modules.isExpected(1)).toBe(true);
      modules.expectAnswers(1, false);
      expect(modules.isExpected(1)).toBe(false);
      expect(modules.isExpected(2)).toBe(true);
      modules.expectAnswers(1, true);
      expect(modules.isExpected(1)).toBe(true);
    });
  });

  it('that leave leave every vote, and nothing for whoever gets their number next', () => {
    const { modules, counters, sent } = setUp();
    modules.notify(1, [notice('a'), notice('b')]);
    modules.recognize(1, [answerTo(sent, 0)]);
    modules.expectAnswers(1, false);
    expect(modules.leave(1).unanswered).toEqual([{ itemId: 'b', awaited: true }]);
    expect(counters.get('notifications_outstanding')).toBe(0);
    expect(modules.isExpected(1)).toBe(true);
    expect(modules.recognize(1, [answerTo(sent, 1)])).toEqual([]);
  });
});
