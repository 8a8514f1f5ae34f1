import { LANES_PER_MACHINE, layOut, type LaneMode } from '../../../../src/inspector/page/lanes.js';
import { Timeline, type Entry } from '../../../../src/inspector/page/timeline.js';
import type { TraceRecord } from '../../../../src/inspector/protocol.js';
import {
  A,
  actorRecord,
  daemonRecord,
  eventRecord,
  itemRecord,
  messageRecord,
  NAME_A,
  NAME_B,
} from './samples.js';

/** The entries as a timeline notes them, without the actors that come first. */
const entriesOf = (actors: readonly TraceRecord[], records: readonly TraceRecord[]): Entry[] => {
  const timeline = new Timeline();
  timeline.append([daemonRecord(), ...actors, ...records]);
  return records.map((_, index) => {
    const entry = timeline.entry(1 + actors.length + index);
    if (entry === undefined) throw new Error('the entry is not there');
    return entry;
  });
};

const drawn = (entries: readonly Entry[], mode?: LaneMode): readonly string[] => {
  const { lanes, arrows } = layOut(entries, [NAME_A, NAME_B], mode);
  const name = (index: number): string => {
    const { daemon, label } = lanes[index] ?? { daemon: undefined, label: '?' };
    return daemon === undefined ? label : `${daemon.slice(0, 1)}:${label}`;
  };
  return arrows.map(
    ({ row, endRow, from, to, label, who }) =>
      `${row}${endRow === row ? '' : `-${endRow}`} ${name(from)} -> ${name(to)} ${label} ${who}`,
  );
};

const ACTORS = [
  actorRecord('supervisor'),
  actorRecord('peer-connection.1'),
  actorRecord('challenger.1'),
  actorRecord('peer-connection.2', { daemon: NAME_B }),
];

const CONVERSATION = entriesOf(ACTORS, [
  messageRecord('SPREAD', 'out'),
  eventRecord('challenger.1', 'peer.verify', { from: 'x:peer-connection.1' }),
  messageRecord('SPREAD', 'in', { daemon: NAME_B, peer: A, connection: 2 }),
  eventRecord('supervisor', 'shutdown.requested'),
  messageRecord('NOTIFICATION', 'out', { side: 'api', connection: 3 }),
  itemRecord('relayed', { who: 'peer-connection.1' }),
]);

describe('a sequence diagram', () => {
  it('has an arrow for each event and one for both ends of a message', () => {
    expect(drawn(CONVERSATION)).toEqual([
      '0-2 a:peer-connection.1 -> b:peer-connection.2 SPREAD ',
      '1 a:peer-connection.1 -> a:challenger.1 peer.verify ',
      '3 a:outside -> a:supervisor shutdown.requested ',
      '4 a:api-connection.3 -> a:module 3 NOTIFICATION ',
      '5 a:peer-connection.1 -> a:peer-connection.1 relayed ',
    ]);
  });

  it('has its lanes from the modules to the peers, daemon by daemon', () => {
    const { lanes } = layOut(CONVERSATION, [NAME_A, NAME_B]);
    expect(lanes.map(({ label }) => label)).toEqual([
      'outside',
      'module 3',
      'api-connection.3',
      'supervisor',
      'peer-connection.1',
      'challenger.1',
      'peer-connection.2',
    ]);
  });

  it('shows a peer that is not in the stream under its own name', () => {
    const strangers = entriesOf(ACTORS, [
      messageRecord('HAVE', 'in', { peer: 'c'.repeat(64) }),
      messageRecord('CHALLENGE', 'out', { peer: undefined, connection: 9 }),
    ]);
    expect(drawn(strangers)).toEqual([
      '0 peer cccccccc -> a:peer-connection.1 HAVE ',
      '1 a:peer-connection.9 -> a:peer at 9 CHALLENGE ',
    ]);
  });

  it('lets too many actors of a machine share a lane, and says which it was', () => {
    const many = Array.from({ length: LANES_PER_MACHINE + 1 }, (_, index) => `validation.${index}`);
    const entries = entriesOf(
      many.map((id) => actorRecord(id)),
      many.map((id) => eventRecord(id, 'go')),
    );
    expect(layOut(entries, [NAME_A]).lanes.map(({ label }) => label)).toEqual([
      'outside',
      'validation.*',
    ]);
    expect(drawn(entries)[2]).toBe('2 a:outside -> a:validation.* go validation.2');
  });

  it('has a lane for each machine', () => {
    expect(drawn(CONVERSATION, 'machines')).toEqual([
      '0-2 a:peer-connection.* -> b:peer-connection.* SPREAD peer-connection.2',
      '1 a:peer-connection.* -> a:challenger.* peer.verify challenger.1',
      '3 a:outside -> a:supervisor shutdown.requested ',
      '4 a:api-connection.* -> a:modules NOTIFICATION ',
      '5 a:peer-connection.* -> a:peer-connection.* relayed peer-connection.1',
    ]);
  });

  it('has a lane for each daemon, and one for its modules', () => {
    expect(drawn(CONVERSATION, 'daemons')).toEqual([
      '0-2 a:daemon -> b:daemon SPREAD peer-connection.2',
      '1 a:daemon -> a:daemon peer.verify challenger.1',
      '3 a:daemon -> a:daemon shutdown.requested supervisor',
      '4 a:daemon -> a:modules NOTIFICATION ',
      '5 a:daemon -> a:daemon relayed peer-connection.1',
    ]);
  });

  it('takes a peer for its daemon though the other end of the message was not seen', () => {
    const entries = entriesOf(ACTORS, [messageRecord('HAVE', 'in')]);
    expect(drawn(entries, 'daemons')).toEqual(['0 b:daemon -> a:daemon HAVE peer-connection.1']);
    expect(drawn(entries)).toEqual(['0 peer bbbbbbbb -> a:peer-connection.1 HAVE ']);
  });

  it('draws both ends of a message that are far apart', () => {
    const between = Array.from({ length: 60 }, () => eventRecord('supervisor', 'tick'));
    const entries = entriesOf(ACTORS, [
      messageRecord('SPREAD', 'out'),
      ...between,
      messageRecord('SPREAD', 'in', { daemon: NAME_B, peer: A, connection: 2 }),
    ]);
    const spreads = drawn(entries).filter((line) => line.includes('SPREAD'));
    expect(spreads).toEqual([
      '0 a:peer-connection.1 -> b:peer-connection.2 SPREAD ',
      '61 a:peer-connection.1 -> b:peer-connection.2 SPREAD ',
    ]);
  });

  it('has room for what is not there any more', () => {
    expect(layOut([undefined, ...CONVERSATION.slice(1, 2)], [NAME_A]).arrows).toHaveLength(1);
    expect(layOut([], [])).toEqual({ lanes: [], arrows: [] });
  });
});
