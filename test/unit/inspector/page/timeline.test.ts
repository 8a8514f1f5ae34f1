import { actorById } from '../../../../src/inspector/page/model.js';
import { recordsOf } from '../../../../src/inspector/page/retell.js';
import { Timeline } from '../../../../src/inspector/page/timeline.js';
import type { TraceRecord } from '../../../../src/inspector/protocol.js';
import {
  actorRecord,
  daemonRecord,
  endRecord,
  eventRecord,
  itemRecord,
  messageRecord,
  NAME_A,
} from './samples.js';

/** A daemon and an actor that counts: record n leaves it with the count n. */
const counting = (events: number): TraceRecord[] => [
  daemonRecord(),
  ...Array.from({ length: events }, (_, index) =>
    index === 0
      ? actorRecord('m', { context: { count: 1 } })
      : eventRecord('m', 'tick', { atMs: 1_000 + index, changed: { count: index + 1 } }),
  ),
];

const countAt = (timeline: Timeline, moment: number): unknown =>
  actorById(timeline.at(moment).daemons.get(NAME_A), 'm')?.context['count'];

describe('a timeline', () => {
  it('makes any of its moments again', () => {
    const timeline = new Timeline(1_000, 10);
    timeline.append(counting(57));
    const counts = Array.from({ length: 56 }, (_, index) => countAt(timeline, index + 2));
    expect(counts).toEqual(Array.from({ length: 56 }, (_, index) => index + 1));
  });

  it('makes them in any order', () => {
    const timeline = new Timeline(1_000, 10);
    timeline.append(counting(57));
    const moments = [40, 12, 58, 13, 39, 2, 41, 42];
    expect(moments.map((moment) => countAt(timeline, moment))).toEqual(
      moments.map((moment) => moment - 1),
    );
  });

  it('is at the start before everything', () => {
    const timeline = new Timeline();
    timeline.append(counting(3));
    expect(timeline.at(0).daemons.size).toBe(0);
    expect(countAt(timeline, -5)).toBeUndefined();
    expect(countAt(timeline, 99)).toBe(3);
  });

  it('keeps the last records, and what they build on', () => {
    const timeline = new Timeline(100, 10);
    timeline.append(counting(999));
    expect(timeline.end).toBe(1_000);
    expect(timeline.end - timeline.first).toBeGreaterThanOrEqual(100);
    expect(timeline.end - timeline.first).toBeLessThan(110);
    expect(timeline.entry(timeline.first - 1)).toBeUndefined();
    expect(countAt(timeline, timeline.first)).toBe(timeline.first - 1);
    expect(countAt(timeline, 0)).toBe(timeline.first - 1);
  });

  it('keeps a moment that is held while more comes, up to a bound', () => {
    const timeline = new Timeline(100, 10);
    timeline.append(counting(200));
    timeline.hold(150);
    const { first } = timeline;
    timeline.append(counting(99));
    expect(timeline.first).toBe(first);
    expect(countAt(timeline, 150)).toBe(149);
    timeline.append(counting(10_000));
    expect(timeline.end - timeline.first).toBeLessThanOrEqual(310);
    timeline.hold(undefined);
    expect(timeline.end - timeline.first).toBeLessThan(110);
  });

  it('names those concerned as they were called when it happened', () => {
    const timeline = new Timeline();
    timeline.append([
      daemonRecord(),
      actorRecord('supervisor'),
      actorRecord('challenger.1', { actor: 'x:1', parent: 'x:supervisor' }),
      eventRecord('', 'go', { actor: 'x:1', from: 'x:supervisor' }),
      endRecord('', { actor: 'x:1' }),
      daemonRecord(),
      actorRecord('prover.9', { actor: 'x:1' }),
      eventRecord('', 'go', { actor: 'x:1', from: 'x:unknown' }),
      messageRecord('SPREAD', 'out', { connection: 7 }),
      messageRecord('ANNOUNCE', 'in', { connection: 8, side: 'api' }),
      itemRecord('asked', { who: 'api-connection.8' }),
    ]);
    const named = Array.from({ length: 11 }, (_, moment) => {
      const entry = timeline.entry(moment);
      return [entry?.who, entry?.from];
    });
    expect(named).toEqual([
      [undefined, undefined],
      ['supervisor', undefined],
      ['challenger.1', 'supervisor'],
      ['challenger.1', 'supervisor'],
      ['challenger.1', undefined],
      [undefined, undefined],
      ['prover.9', undefined],
      ['prover.9', undefined],
      ['peer-connection.7', undefined],
      ['api-connection.8', undefined],
      ['api-connection.8', undefined],
    ]);
  });

  it('is told again by its records, though its beginning was dropped', () => {
    const timeline = new Timeline(100, 10);
    timeline.append([...counting(500), itemRecord('announced'), ...counting(200).slice(2)]);
    const again = new Timeline(10_000);
    again.append(timeline.records());
    expect(recordsOf(again.live)).toEqual(recordsOf(timeline.live));
  });
});
