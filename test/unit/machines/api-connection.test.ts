import { apiConnectionMachine, SILENT_DEADLINES_MAX } from '../../../machines/api-connection.js';
import { Moment } from './moment.js';

const CONNECTION = 4;
const connected = ({ strict = false, subscribed = [] as readonly number[] } = {}) =>
  Moment.begin(apiConnectionMachine, {
    connection: CONNECTION,
    remote: '127.0.0.1:4711',
    strict,
    hasSubscribed: (connection, dataType) =>
      connection === CONNECTION && subscribed.includes(dataType),
  });

const announce = (...dataTypes: readonly number[]) => ({
  type: 'api.announce' as const,
  messages: dataTypes.map((dataType) => ({
    type: 'ANNOUNCE' as const,
    ttl: 0,
    dataType,
    data: Buffer.from('item'),
  })),
});
const verdicts = {
  type: 'api.validation' as const,
  messages: [{ type: 'VALIDATION' as const, messageId: 9, valid: true }],
};
const missed = { type: 'verdict.missed' } as const;
const closed = { type: 'connection.closed', reason: 'the module hung up' } as const;
const malformed = { type: 'connection.malformed', reason: 'size: 3', dump: '0003' } as const;
const dropped = { type: 'connection.dropped', error: undefined, reason: 'stop' } as const;
const leave = { to: 'parent', event: { type: 'module.left', connection: CONNECTION } };

const silent = () => connected().on(missed, missed, missed);

describe('api-connection', () => {
  it('is attentive at first and asks for nothing', () => {
    expect(connected().value).toEqual({ connected: 'attentive' });
    expect(connected().effects).toEqual([]);
  });

  it('passes the types of a run of NOTIFY to the supervisor in one event', () => {
    const messages = [7, 8].map((dataType) => ({ type: 'NOTIFY' as const, dataType }));
    expect(connected().on({ type: 'api.notify', messages }).told).toEqual([
      {
        to: 'parent',
        event: { type: 'types.subscribed', connection: CONNECTION, dataTypes: [7, 8] },
      },
    ]);
  });

  it('passes a run of ANNOUNCE to the supervisor', () => {
    const event = announce(7, 8);
    expect(connected().on(event).told).toEqual([
      {
        to: 'parent',
        event: { type: 'items.announced', connection: CONNECTION, messages: event.messages },
      },
    ]);
  });

  it('lets a module announce what it did not subscribe to', () => {
    expect(connected().on(announce(7)).value).toEqual({ connected: 'attentive' });
  });

  describe('with strict_api', () => {
    it('closes on an ANNOUNCE of a type that was not subscribed to', () => {
      const refused = connected({ strict: true, subscribed: [7] }).on(announce(7, 8));
      expect(refused.value).toBe('closing');
      expect(refused.deeds).toEqual(['refuse', 'disconnect']);
      expect(refused.told).toEqual([leave]);
    });

    it('passes an ANNOUNCE of a type that was subscribed to', () => {
      const passed = connected({ strict: true, subscribed: [7] }).on(announce(7));
      expect(passed.value).toEqual({ connected: 'attentive' });
      expect(passed.told).toMatchObject([{ event: { type: 'items.announced' } }]);
    });
  });

  it('tells the module of items, in either state', () => {
    const notices = [{ itemId: 'ab', dataType: 7, data: Buffer.from('x'), awaited: true }];
    for (const moment of [connected(), silent()]) {
      expect(moment.on({ type: 'items.notified', notices }).asked('notify')).toMatchObject([
        { notices },
      ]);
    }
  });

  it('hands verdicts on', () => {
    expect(connected().on(verdicts).asked('judge')).toMatchObject([
      { messages: verdicts.messages },
    ]);
  });

  describe('when deadlines pass unanswered', () => {
    it('becomes silent at the third running, and not before', () => {
      const events = Array.from({ length: SILENT_DEADLINES_MAX - 1 }, () => missed);
      const nearly = connected().on(...events);
      expect(nearly.value).toEqual({ connected: 'attentive' });
      expect(nearly.effects).toEqual([]);
      const moment = nearly.on(missed);
      expect(moment.value).toEqual({ connected: 'silent' });
      expect(moment.asked('expectAnswers')).toEqual([{ expected: false }]);
    });

    it('starts the count again at every answer', () => {
      const answered = connected().on(missed, missed, verdicts, missed, missed);
      expect(answered.value).toEqual({ connected: 'attentive' });
    });

    it('is waited for again once it answers, with a clean record', () => {
      const back = silent().on(verdicts);
      expect(back.value).toEqual({ connected: 'attentive' });
      expect(back.asked('expectAnswers')).toEqual([{ expected: true }]);
      expect(back.asked('judge')).toHaveLength(1);
      expect(back.context.missed).toBe(0);
      expect(back.on(missed, missed).value).toEqual({ connected: 'attentive' });
    });

    it('says so once, however many more it misses', () => {
      expect(silent().on(missed).effects).toEqual([]);
    });

    it('no longer counts as silent when it ends', () => {
      expect(silent().on(closed).asked('expectAnswers')).toEqual([{ expected: true }]);
    });
  });

  describe('at its end', () => {
    it('closes on bytes that are no message, with reason and dump', () => {
      const moment = connected().on(malformed);
      expect(moment.value).toBe('closing');
      expect(moment.asked('refuse')).toMatchObject([{ reason: 'size: 3', dump: '0003' }]);
      expect(moment.asked('disconnect')).toHaveLength(1);
      expect(moment.told).toEqual([leave]);
    });

    it('closes without a word in the log when it is dropped', () => {
      expect(connected().on(dropped).deeds).toEqual(['disconnect']);
      expect(connected().on(dropped).told).toEqual([leave]);
    });

    it('is closed when the socket is gone, and says why', () => {
      const moment = connected().on(closed);
      expect(moment.isOver).toBe(true);
      expect(moment.output).toEqual({ connection: CONNECTION, reason: closed.reason });
      expect(moment.deeds).toEqual([]);
      expect(moment.told).toEqual([leave]);
    });

    it('keeps the first reason when the socket closes afterwards', () => {
      const moment = connected().on(malformed, closed);
      expect(moment.isOver).toBe(true);
      expect(moment.output).toEqual({ connection: CONNECTION, reason: malformed.reason });
      expect(moment.told).toEqual([]);
    });

    it('hears nothing more while it closes', () => {
      const closing = connected().on(dropped);
      for (const event of [announce(7), verdicts, malformed, dropped, missed]) {
        const next = closing.on(event);
        expect(next.value).toBe('closing');
        expect(next.effects).toEqual([]);
        expect(next.told).toEqual([]);
      }
    });
  });
});
