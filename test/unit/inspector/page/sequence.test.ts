import {
  changeOf,
  eventName,
  labelOf,
  mentions,
  NO_FILTER,
  noteOf,
  Selection,
  type SequenceFilter,
} from '../../../../src/inspector/page/sequence.js';
import { Timeline } from '../../../../src/inspector/page/timeline.js';
import type { TraceRecord } from '../../../../src/inspector/protocol.js';
import {
  actorRecord,
  B,
  daemonRecord,
  eventRecord,
  ITEM,
  itemRecord,
  messageRecord,
  NAME_A,
  NAME_B,
  viewRecord,
} from './samples.js';

const RECORDS: readonly TraceRecord[] = [
  daemonRecord(),
  actorRecord('supervisor'),
  actorRecord('challenger.1'),
  viewRecord(),
  eventRecord('challenger.1', 'peer.verify', { from: 'x:supervisor' }),
  eventRecord('supervisor', 'items.judged', { event: { verdicts: [{ itemId: ITEM }] } }),
  messageRecord('SPREAD', 'out', { item: ITEM }),
  messageRecord('HAVE', 'in', { peer: undefined, message: { itemIds: [ITEM] } }),
  itemRecord('relayed', { who: 'peer-connection.1' }),
  eventRecord('challenger.1', 'xstate.after.answerTimeout.challenger.handshaking'),
  messageRecord('SPREAD', 'in', { daemon: NAME_B, item: 'another' }),
];

const passing = (filter: Partial<SequenceFilter>): readonly number[] => {
  const timeline = new Timeline();
  timeline.append(RECORDS);
  return new Selection().update(timeline, { ...NO_FILTER, ...filter }, timeline.end);
};

describe('a filter of the sequence', () => {
  it.each<[string, Partial<SequenceFilter>, readonly number[]]>([
    ['lets events, messages, steps and streams pass', {}, [0, 4, 5, 6, 7, 8, 9, 10]],
    ['takes one daemon', { daemon: NAME_B }, [10]],
    ['takes an actor, and to whom it sent', { actor: 'SUPERVISOR' }, [4, 5]],
    ['takes a link by its actor', { actor: 'peer-connection.1' }, [6, 7, 8, 10]],
    ['takes a peer', { peer: B.slice(0, 6) }, [6, 10]],
    ['takes a type of event or message', { event: 'spread' }, [6, 10]],
    ['takes a step', { event: 'relay' }, [8]],
    ['takes a timer by how a person calls it', { event: 'after answer' }, [9]],
    ['takes an item, wherever it is named', { item: ITEM.slice(0, 12) }, [5, 6, 7, 8]],
    ['takes what fits all of its parts', { item: ITEM, event: 'spread' }, [6]],
    ['leaves out events', { events: false }, [0, 6, 7, 8, 10]],
    ['leaves out messages', { messages: false }, [0, 4, 5, 8, 9]],
    ['leaves out steps', { items: false }, [0, 4, 5, 6, 7, 9, 10]],
  ])('%s', (_, filter, moments) => {
    expect(passing(filter)).toEqual(moments);
  });
});

describe('a selection', () => {
  it('goes on with what is new', () => {
    const timeline = new Timeline();
    const selection = new Selection();
    timeline.append(RECORDS);
    expect(selection.update(timeline, NO_FILTER, 6)).toEqual([0, 4, 5]);
    expect(selection.update(timeline, NO_FILTER, 8)).toEqual([0, 4, 5, 6, 7]);
  });

  it('goes back to an earlier moment', () => {
    const timeline = new Timeline();
    const selection = new Selection();
    timeline.append(RECORDS);
    selection.update(timeline, NO_FILTER, 11);
    expect(selection.update(timeline, NO_FILTER, 5)).toEqual([0, 4]);
  });

  it('drops what the timeline dropped, and counts it', () => {
    const timeline = new Timeline(10, 5);
    const selection = new Selection();
    const tick = eventRecord('m', 'tick');
    timeline.append(Array.from({ length: 10 }, () => tick));
    selection.update(timeline, NO_FILTER, timeline.end);
    timeline.append(Array.from({ length: 12 }, () => tick));
    const moments = selection.update(timeline, NO_FILTER, timeline.end);
    expect(moments[0]).toBe(timeline.first);
    expect(moments.at(-1)).toBe(21);
    expect(selection.dropped).toBe(timeline.first);
  });

  it('begins anew with another filter or timeline', () => {
    const [timeline, other] = [new Timeline(), new Timeline()];
    const selection = new Selection();
    timeline.append(RECORDS);
    other.append(RECORDS.slice(0, 5));
    selection.update(timeline, NO_FILTER, 11);
    expect(selection.update(timeline, { ...NO_FILTER, events: false }, 11)).toHaveLength(5);
    expect(selection.update(other, NO_FILTER, 5)).toEqual([0, 4]);
  });
});

describe('mentions', () => {
  it('finds text at any depth, and gives up on what is endless', () => {
    expect(mentions({ a: [{ b: 'Needle' }] }, 'needle')).toBe(true);
    expect(mentions({ needle: 1 }, 'needle')).toBe(false);
    const wide = Array.from({ length: 10_000 }, () => 'hay');
    expect(mentions([...wide, 'needle'], 'needle')).toBe(false);
  });
});

describe('an entry', () => {
  it.each([
    ['peer.verify', 'peer.verify'],
    ['xstate.after.answerTimeout.challenger.handshaking', 'after answerTimeout'],
    ['xstate.done.actor.prover.12', 'done prover.12'],
    ['xstate.error.actor.peer-view', 'error peer-view'],
    ['xstate.init', 'init'],
  ])('%s is called %s', (type, name) => {
    expect(eventName(type)).toBe(name);
    expect(labelOf(eventRecord('m', type))).toBe(name);
  });

  it('says what changed, when the state did', () => {
    const before = { alive: { one: 'a', other: 'b' } };
    const after = { alive: { one: 'a', other: 'c' } };
    expect(changeOf(eventRecord('m', 'go', { before, after }))).toBe('b → c');
    expect(changeOf(eventRecord('m', 'go', { before, after: structuredClone(before) }))).toBe('');
    expect(changeOf(itemRecord('relayed'))).toBe('');
  });

  it('has a note beside its name', () => {
    expect(noteOf(itemRecord('answered', { detail: 'valid' }))).toBe('0123456789ab valid');
    expect(noteOf(eventRecord('m', 'go'))).toBe('{type: go}');
    expect(noteOf({ kind: 'gone', daemon: NAME_A, atMs: 1, reason: 'closed' })).toBe('closed');
  });
});
