import {
  loadTrace,
  PROBLEMS_MAX,
  readBatch,
  saveTrace,
} from '../../../../src/inspector/page/trace-file.js';
import { readRecord } from '../../../../src/inspector/page/record-reader.js';
import type { TraceRecord } from '../../../../src/inspector/protocol.js';
import {
  actorRecord,
  daemonRecord,
  endRecord,
  eventRecord,
  itemRecord,
  messageRecord,
  NAME_A,
  stateRecord,
  viewRecord,
} from './samples.js';

const ONE_OF_EACH: readonly TraceRecord[] = [
  daemonRecord(),
  actorRecord('m', { value: { alive: { one: 'a', other: 'b' } } }),
  eventRecord('m', 'go', {
    transitions: [{ source: 'm', targets: ['m.a'], event: 'go' }],
    actions: [{ type: 'act', params: null }],
    delays: [{ name: 'timeout', dueMs: 5 }],
  }),
  stateRecord('m'),
  endRecord('m', { status: 'error', error: 'broken' }),
  messageRecord('SPREAD', 'in'),
  itemRecord('relayed'),
  viewRecord(),
  { kind: 'sampled', daemon: NAME_A, atMs: 1, left: 2 },
  { kind: 'gone', daemon: NAME_A, atMs: 1, reason: 'closed' },
];

const asText = (records: readonly TraceRecord[]): string => saveTrace(records).join('');

describe('a trace file', () => {
  it('gives back every kind of record', () => {
    const { records, damaged } = loadTrace(asText(ONE_OF_EACH));
    expect(records).toEqual(ONE_OF_EACH);
    expect(damaged).toBe(0);
  });

  it('is read around its damaged lines, which are named', () => {
    const lines = asText(ONE_OF_EACH).trimEnd().split('\n');
    lines[2] = lines[2]?.slice(0, 40) ?? '';
    lines[4] = '{"kind":"end","daemon":"d"}';
    lines.splice(6, 0, '', '[1,2]', '{"kind":"party"}');
    const { records, problems, damaged } = loadTrace(lines.join('\r\n'));
    expect(records).toHaveLength(8);
    expect(damaged).toBe(4);
    expect(problems).toEqual([
      { line: 3, reason: 'not JSON' },
      { line: 5, reason: 'no end record: atMs is missing or wrong' },
      { line: 8, reason: 'not a record' },
      { line: 9, reason: 'a record of unknown kind' },
    ]);
  });

  it('of another version is refused where it says so', () => {
    const { records, problems } = loadTrace(asText([daemonRecord({ version: 2 })]));
    expect(records).toEqual([]);
    expect(problems).toEqual([{ line: 1, reason: 'version 2 of the trace, not 1' }]);
  });

  it('is read up to a bound, and says how much is missing', () => {
    const { records, leftOut } = loadTrace(asText(ONE_OF_EACH), 4);
    expect([records.length, leftOut]).toEqual([4, 6]);
  });

  it('of nothing but nonsense reports a bounded number of problems', () => {
    const { problems, damaged } = loadTrace('nonsense\n'.repeat(500));
    expect(problems).toHaveLength(PROBLEMS_MAX);
    expect(damaged).toBe(500);
  });

  it('has no line that overflows the stack of its reader', () => {
    const deep = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
    const line = JSON.stringify(eventRecord('m', 'go')).replace('{"type":"go"}', deep);
    expect(line).toContain(deep);
    expect(loadTrace(line)).toMatchObject({
      records: [],
      problems: [{ line: 1, reason: 'no event record: event is missing or wrong' }],
    });
  });

  it.each(['', '\n\n', '\u0000', '{', 'null', '"text"', '[]', '{}', '{"kind":"__proto__"}'])(
    'never makes a record of %j',
    (text) => {
      expect(loadTrace(text).records).toEqual([]);
    },
  );

  it('damaged anywhere by one character is still read', () => {
    const text = asText(ONE_OF_EACH);
    for (let at = 0; at < text.length; at += 7) {
      const { records } = loadTrace(`${text.slice(0, at)}\u0007${text.slice(at + 1)}`);
      expect(records.length).toBeGreaterThanOrEqual(ONE_OF_EACH.length - 2);
    }
  });
});

describe('readRecord', () => {
  it('refuses every record that lacks one of its fields', () => {
    // Left out of JSON where they are undefined, or free to be anything.
    const optional = ['parent', 'from', 'error', 'output', 'peer', 'who'];
    const without = (record: TraceRecord, field: string): unknown =>
      Object.fromEntries(Object.entries(record).filter(([name]) => name !== field));
    const accepted = ONE_OF_EACH.flatMap((record) =>
      Object.keys(record)
        .filter((field) => typeof readRecord(without(record, field)) !== 'string')
        .map((field) => `${record.kind}.${field}`),
    );
    expect(accepted.filter((name) => !optional.includes(name.split('.')[1] ?? ''))).toEqual([
      'message.item',
    ]);
  });

  it('refuses wrong parts: a state, a transition, a link, a figure, a direction', () => {
    const wrong = [
      { ...actorRecord('m'), value: { alive: 7 } },
      { ...eventRecord('m', 'go'), transitions: [{ source: 'm', event: 'go' }] },
      { ...viewRecord(), links: [{ identity: 'x' }] },
      { ...viewRecord(), metrics: { peers: 'many' } },
      { ...messageRecord('SPREAD', 'in'), direction: 'sideways' },
    ];
    expect(wrong.map((value) => typeof readRecord(value))).toEqual(wrong.map(() => 'string'));
  });
});

describe('a batch of the stream', () => {
  it('is read record by record', () => {
    const batch = JSON.stringify([daemonRecord(), { kind: 'party' }, actorRecord('m'), 7]);
    expect(readBatch(batch)).toEqual({
      records: [daemonRecord(), actorRecord('m')],
      damaged: 2,
      reason: 'a record of unknown kind',
    });
  });

  it('that is no JSON is one damaged record', () => {
    expect(readBatch('[{')).toEqual({ records: [], damaged: 1, reason: 'not JSON' });
  });
});
