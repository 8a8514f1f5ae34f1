import { condense } from '../../../src/inspector/condense.js';
import { emptyModel, reduce } from '../../../src/inspector/page/model.js';
import type { TraceRecord } from '../../../src/inspector/protocol.js';
import { called, smallDaemon, verify, watched } from './small-daemon.js';

const stands = (records: readonly TraceRecord[]): unknown => {
  const model = emptyModel();
  for (const record of records) reduce(model, record);
  return [...model.daemons.values()].map(({ actors }) =>
    [...actors.values()].map(({ id, value, context, delays, ending }) => ({
      ...{ id, value, context, delays, ending },
    })),
  );
};

/** What a page is told of a few handshakes, one of which fails. */
const handshakes = (): readonly TraceRecord[] => {
  const small = smallDaemon();
  const { page } = watched(small);
  for (let n = 0; n < 4; n += 1) {
    const connection = called(small);
    small.daemon.peers.received(connection, [verify]);
    if (n === 2) small.daemon.peers.closed(connection, 'it hung up');
  }
  small.clock.advance(1_100);
  return page.records;
};

describe('records for a slow page', () => {
  it('leave everybody where all records would', () => {
    const records = handshakes();
    expect(records.filter(({ kind }) => kind === 'event').length).toBeGreaterThan(20);
    const less = condense(records);
    expect(stands(less)).toEqual(stands(records));
    const kinds = new Set(less.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['daemon', 'actor', 'state', 'end', 'view', 'sampled']));
    expect(JSON.stringify(less).length).toBeLessThan(JSON.stringify(records).length / 1.5);
  });

  it('say how many were left out, of each daemon, and why', () => {
    const records = handshakes();
    const other = records.map((record): TraceRecord => ({ ...record, daemon: 'other' }));
    const left = records.filter(({ kind }) => ['event', 'message', 'item'].includes(kind)).length;
    const sampled = condense([...records, ...other]).filter(({ kind }) => kind === 'sampled');
    expect(sampled).toMatchObject([
      { daemon: '07070707', left, away: 'slow page' },
      { daemon: 'other', left, away: 'slow page' },
    ]);
  });

  it('are as they were where nothing happened', () => {
    const standing = handshakes().filter(({ kind }) => kind === 'actor' || kind === 'daemon');
    expect(condense(standing)).toEqual(standing);
    expect(condense([])).toEqual([]);
  });
});
