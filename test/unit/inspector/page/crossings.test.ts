import { joinCrossings, peersOf } from '../../../../src/inspector/page/crossings.js';
import type { MessageRecord } from '../../../../src/inspector/protocol.js';
import { A, actorRecord, B, ITEM, messageRecord, NAME_B } from './samples.js';

/** A sent it to B, and B got it from A. */
const sent = (type: string, fields: Partial<MessageRecord> = {}): MessageRecord =>
  messageRecord(type, 'out', fields);
const got = (type: string, fields: Partial<MessageRecord> = {}): MessageRecord =>
  messageRecord(type, 'in', { daemon: NAME_B, peer: A, connection: 5, ...fields });

describe('joinCrossings', () => {
  it('joins what one daemon sent with what the other received', () => {
    expect(joinCrossings([sent('SPREAD', { item: ITEM }), got('SPREAD', { item: ITEM })])).toEqual([
      { out: 0, in: 1 },
    ]);
  });

  it('joins in the order of the socket', () => {
    expect(joinCrossings([sent('PING'), sent('PING'), got('PING'), got('PING')])).toEqual([
      { out: 0, in: 2 },
      { out: 1, in: 3 },
    ]);
  });

  it('joins though the receiver was heard of first', () => {
    expect(joinCrossings([got('PING'), sent('PING')])).toEqual([{ out: 1, in: 0 }]);
  });

  it('joins nothing of another type, another item, another direction', () => {
    expect(
      joinCrossings([
        sent('SPREAD', { item: ITEM }),
        got('SPREAD', { item: 'another' }),
        got('HAVE'),
        messageRecord('PING', 'out', { daemon: NAME_B, peer: A }),
        got('PING'),
      ]),
    ).toEqual([]);
  });

  it('joins nothing that is too far apart in time', () => {
    expect(joinCrossings([sent('PING', { atMs: 1_000 }), got('PING', { atMs: 7_000 })])).toEqual(
      [],
    );
  });

  it('passes over what was lost, and joins what came after', () => {
    expect(
      joinCrossings([
        sent('PING', { atMs: 1_000 }),
        sent('PING', { atMs: 9_000 }),
        got('PING', { atMs: 9_001 }),
      ]),
    ).toEqual([{ out: 1, in: 2 }]);
  });

  it('joins nothing with a module', () => {
    expect(joinCrossings([sent('PING', { side: 'api' }), got('PING', { side: 'api' })])).toEqual(
      [],
    );
  });
});

describe('peersOf', () => {
  it('learns from HELLO with whom the handshake was', () => {
    const records = [
      sent('CHALLENGE', { peer: undefined }),
      sent('OK', { peer: undefined }),
      sent('HELLO'),
    ];
    expect([...peersOf(records)].sort()).toEqual([
      [0, B],
      [1, B],
      [2, B],
    ]);
  });

  it('does not take one connection for another of the same number', () => {
    const records = [
      sent('CHALLENGE', { peer: undefined }),
      actorRecord('peer-connection.1'),
      sent('HELLO'),
    ];
    expect([...peersOf(records)]).toEqual([[2, B]]);
  });
});
