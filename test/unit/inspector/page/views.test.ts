import { EventStreamReader } from '../../../../src/inspector/page/event-stream.js';
import {
  findLives,
  isItemId,
  outcomeOf,
  storyOf,
} from '../../../../src/inspector/page/item-life.js';
import { linkRows } from '../../../../src/inspector/page/links.js';
import { readPlace, writePlace } from '../../../../src/inspector/page/location.js';
import { Merger, WAIT_MS } from '../../../../src/inspector/page/merge.js';
import { emptyModel, reduce, type Model } from '../../../../src/inspector/page/model.js';
import { activeIds, leafNames, stateText } from '../../../../src/inspector/page/state-text.js';
import type { TraceRecord } from '../../../../src/inspector/protocol.js';
import {
  actorRecord,
  B,
  daemonRecord,
  endRecord,
  eventRecord,
  ITEM,
  itemRecord,
  link,
  messageRecord,
  NAME_A,
  NAME_B,
  viewRecord,
} from './samples.js';

const modelOf = (...records: readonly TraceRecord[]): Model => {
  const model = emptyModel();
  for (const record of records) reduce(model, record);
  return model;
};

describe('the life of an item', () => {
  const LIFE = [
    viewRecord(),
    itemRecord('announced', { who: 'api-connection.1', atMs: 1_000 }),
    itemRecord('relayed', { who: 'peer-connection.1', atMs: 1_010 }),
    itemRecord('relayed', { who: 'peer-connection.2', atMs: 1_011 }),
    itemRecord('accepted', { daemon: NAME_B, atMs: 1_080 }),
    itemRecord('arrived', { daemon: NAME_B, who: 'peer-connection.4', atMs: 1_020 }),
    itemRecord('asked', { daemon: NAME_B, who: 'api-connection.1', atMs: 1_021 }),
    itemRecord('arrived again', { daemon: NAME_B, who: 'peer-connection.5', atMs: 1_030 }),
    itemRecord('answered', { daemon: NAME_B, detail: 'valid', atMs: 1_079 }),
  ];

  it('is told in the order of time, with what each daemon made of it', () => {
    const life = modelOf(...LIFE).items.get(ITEM);
    if (life === undefined) throw new Error('the item is not there');
    const { steps, daemons, firstMs, lastMs, dataType } = storyOf(life);
    expect(steps.map(({ record }) => record.step)).toEqual([
      'announced',
      'relayed',
      'relayed',
      'arrived',
      'asked',
      'arrived again',
      'answered',
      'accepted',
    ]);
    expect([firstMs, lastMs, dataType]).toEqual([1_000, 1_080, 540]);
    expect(daemons).toMatchObject([
      { daemon: NAME_A, verdict: undefined, asked: 0, relayed: 2, repeated: 0 },
      { daemon: NAME_B, verdict: 'accepted', asked: 1, answered: 1, relayed: 0, repeated: 1 },
    ]);
    expect(daemons.map(({ came }) => came?.record.step)).toEqual(['announced', 'arrived']);
  });

  it.each([
    ['awaited', 'waiting'],
    ['only told', undefined],
    ['silent, not awaited', undefined],
  ])('whose module is %s has the verdict %s', (detail, verdict) => {
    const life = modelOf(itemRecord('arrived'), itemRecord('asked', { detail })).items.get(ITEM);
    if (life === undefined) throw new Error('the item is not there');
    expect(storyOf(life).daemons[0]?.verdict).toBe(verdict);
    expect(outcomeOf(life)).toBe('asked');
  });

  it('comes to its verdict, whatever happens after', () => {
    const life = modelOf(itemRecord('rejected'), itemRecord('arrived again')).items.get(ITEM);
    expect(life && outcomeOf(life)).toBe('rejected');
  });

  it('is found by a part of the id, the last first', () => {
    const ids = ['aa11', 'bb22', 'aa33'];
    const { items } = modelOf(...ids.map((item) => itemRecord('announced', { item })));
    const found = (search: string, max: number): string[] =>
      findLives(items, search, max).map(({ item }) => item);
    expect(found('', 9)).toEqual(['aa33', 'bb22', 'aa11']);
    expect(found(' AA ', 9)).toEqual(['aa33', 'aa11']);
    expect(found('', 1)).toEqual(['aa33']);
  });

  it('is offered wherever 40 hex digits stand', () => {
    expect([ITEM, ITEM.slice(1), `${ITEM}0`, ITEM.replace('0', 'g')].map(isItemId)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('the links of a daemon', () => {
  it('join the view with the actors, without those that ended', () => {
    const { daemons } = modelOf(
      actorRecord('peer-connection.1', { value: 'linked' }),
      actorRecord('peer-connection.2', {
        value: 'dialing',
        context: { direction: 'outbound', remote: { host: '10.0.0.7', port: 6001 } },
      }),
      actorRecord('peer-connection.3'),
      endRecord('peer-connection.3'),
      viewRecord({ links: [link({ connection: 1 }), link({ connection: 12 })] }),
    );
    const daemon = daemons.get(NAME_A);
    const rows = daemon === undefined ? [] : linkRows(daemon);
    expect(
      rows.map(({ connection, actor, link: known, identity, direction, address }) => [
        connection,
        actor?.value,
        known?.active,
        identity,
        direction,
        address,
      ]),
    ).toEqual([
      [1, 'linked', true, B, 'outbound', '127.0.0.1:6002'],
      [2, 'dialing', undefined, undefined, 'outbound', '10.0.0.7:6001'],
      [12, undefined, true, B, 'outbound', '127.0.0.1:6002'],
    ]);
  });
});

describe('a state value', () => {
  const PARALLEL = { alive: { established: { membership: 'linked', liveness: 'quiet' } } };

  it('is told by its innermost states', () => {
    expect(leafNames('idle')).toBe('idle');
    expect(leafNames(PARALLEL)).toBe('linked · quiet');
    expect(stateText(PARALLEL)).toBe(
      'alive.established.membership.linked, alive.established.liveness.quiet',
    );
    expect(leafNames({ one: 'resting', other: 'resting' })).toBe('resting');
    expect(leafNames({ region: {} })).toBe('region');
    expect(stateText('')).toBe('');
  });

  it('names every active state node once, parents first', () => {
    expect(activeIds('m', PARALLEL)).toEqual([
      'm',
      'm.alive',
      'm.alive.established',
      'm.alive.established.membership',
      'm.alive.established.membership.linked',
      'm.alive.established.liveness',
      'm.alive.established.liveness.quiet',
    ]);
    expect(activeIds('m', '')).toEqual(['m']);
  });
});

describe('the place in the address', () => {
  it('is read as it was written', () => {
    const place = { view: 'chart', actor: `${NAME_A}/challenger.12`, item: ITEM } as const;
    expect(readPlace(writePlace(place))).toEqual(place);
    expect(writePlace(place)).toBe(`#view=chart&actor=${NAME_A}/challenger.12&item=${ITEM}`);
  });

  it.each(['', '#', '#view=admin', '#view=<script>', '%%%'])('is the tree for %j', (fragment) => {
    expect(readPlace(fragment)).toEqual({ view: 'actors', actor: undefined, item: undefined });
  });

  it('takes no endless values', () => {
    expect(readPlace(`#item=${'x'.repeat(10_000)}`).item).toHaveLength(200);
  });
});

describe('the text of an event stream', () => {
  it('is cut into events wherever its pieces end', () => {
    const text = ': hello\n\ndata: [1]\n\nevent: x\ndata: [2,\ndata: 3]\r\n\r\ndata:[4]\n\n';
    for (let size = 1; size <= text.length; size += 1) {
      const reader = new EventStreamReader();
      const events: [name: string, data: string][] = [];
      for (let at = 0; at < text.length; at += size) {
        const read = reader.read(text.slice(at, at + size));
        events.push(...read.map(({ name, data }): [string, string] => [name, data]));
      }
      expect(events).toEqual([
        ['message', '[1]'],
        ['x', '[2,\n3]'],
        ['message', '[4]'],
      ]);
    }
  });

  it('is given up when an event never ends', () => {
    const reader = new EventStreamReader();
    const piece = 'x'.repeat(1_048_576);
    const readOn = (): void => {
      for (let mebibytes = 0; mebibytes < 100; mebibytes += 1) reader.read(piece);
    };
    expect(readOn).toThrow('an event without end');
  });
});

describe('records of several daemons', () => {
  const at = (daemon: string, atMs: number): TraceRecord =>
    eventRecord('m', `${daemon} ${atMs}`, { daemon, atMs });
  const types = (records: readonly TraceRecord[]): string[] =>
    records.map((record) => (record.kind === 'event' ? record.type : record.kind));

  it('are put in the order of time, once they waited for each other', () => {
    const merger = new Merger();
    merger.push([at('a', 10), at('a', 30)], 0);
    merger.push([at('b', 20), at('b', 40)], 50);
    expect(merger.take(100)).toEqual([]);
    expect(types(merger.take(WAIT_MS))).toEqual(['a 10', 'b 20', 'a 30']);
    expect(types(merger.take(WAIT_MS + 50))).toEqual(['b 40']);
  });

  it('never overtake those of their own daemon', () => {
    const merger = new Merger();
    merger.push([at('a', 50), at('a', 10), daemonRecord({ daemon: 'a', atMs: 5 })], 0);
    merger.push([at('b', 20)], 0);
    expect(types(merger.take(WAIT_MS))).toEqual(['b 20', 'a 50', 'a 10', 'daemon']);
  });

  it('have what was sent before what arrived, within a millisecond', () => {
    const merger = new Merger();
    merger.push([messageRecord('PING', 'in', { daemon: 'b' })], 0);
    merger.push([messageRecord('PING', 'out', { daemon: 'a' })], 0);
    expect(merger.take(WAIT_MS).map(({ daemon }) => daemon)).toEqual(['a', 'b']);
  });

  it('of one daemon alone do not wait', () => {
    const merger = new Merger();
    merger.push([at('a', 10)], 0);
    expect(types(merger.take(0))).toEqual(['a 10']);
    expect(merger.take(0)).toEqual([]);
  });
});
