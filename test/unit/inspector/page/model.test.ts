import {
  actorById,
  actorOf,
  copyModel,
  emptyModel,
  ENDED_ACTORS_MAX,
  ENDED_ACTOR_MS,
  ITEMS_MAX,
  reduce,
  STEPS_MAX,
  type Actor,
  type Daemon,
  type Model,
} from '../../../../src/inspector/page/model.js';
import { recordsOf } from '../../../../src/inspector/page/retell.js';
import { rateAt } from '../../../../src/inspector/page/rate.js';
import type { TraceRecord } from '../../../../src/inspector/protocol.js';
import {
  actorRecord,
  B,
  daemonRecord,
  endRecord,
  eventRecord,
  ITEM,
  itemRecord,
  messageRecord,
  NAME_A,
  NAME_B,
  stateRecord,
  viewRecord,
} from './samples.js';

const modelOf = (...records: readonly TraceRecord[]): Model => {
  const model = emptyModel();
  for (const record of records) reduce(model, record);
  return model;
};

const daemonOf = (model: Model): Daemon => {
  const daemon = model.daemons.get(NAME_A);
  if (daemon === undefined) throw new Error('the daemon is not there');
  return daemon;
};

const theActor = (model: Model, id: string): Actor => {
  const actor = actorById(daemonOf(model), id);
  if (actor === undefined) throw new Error(`${id} is not there`);
  return actor;
};

describe('an actor of the model', () => {
  it('appears with its state and context', () => {
    const model = modelOf(
      daemonRecord(),
      actorRecord('challenger.1', { value: 'challenging', context: { tries: 1 } }),
    );
    expect(actorOf(model, `${NAME_A}/x:challenger.1`)).toMatchObject({
      id: 'challenger.1',
      machine: 'challenger',
      value: 'challenging',
      context: { tries: 1 },
      events: 0,
      ending: undefined,
    });
  });

  it('goes on with an event, and keeps what the event did not change', () => {
    const taken = { source: 'm.idle', targets: ['m.busy'], event: 'go' };
    const model = modelOf(
      actorRecord('m', { context: { kept: 1, changes: 1 } }),
      eventRecord('m', 'go', {
        atMs: 1_500,
        after: 'busy',
        changed: { changes: 2 },
        transitions: [taken],
        actions: [{ type: 'begin', params: null }],
        delays: [{ name: 'timeout', dueMs: 9_000 }],
      }),
    );
    expect(theActor(model, 'm')).toMatchObject({
      value: 'busy',
      context: { kept: 1, changes: 2 },
      changed: ['changes'],
      lastEvent: 'go',
      lastMs: 1_500,
      transitions: [taken],
      actions: [{ type: 'begin', params: null }],
      delays: [{ name: 'timeout', dueMs: 9_000 }],
      events: 1,
    });
  });

  it('keeps the last transition over an event that takes none', () => {
    const taken = { source: 'm.idle', targets: ['m.busy'], event: 'go' };
    const model = modelOf(
      actorRecord('m'),
      eventRecord('m', 'go', { transitions: [taken] }),
      eventRecord('m', 'ignored'),
    );
    expect(theActor(model, 'm').transitions).toEqual([taken]);
  });

  it('stands where a state record says, without knowing how it came there', () => {
    const model = modelOf(
      actorRecord('m', { context: { kept: 1 } }),
      eventRecord('m', 'go', {
        transitions: [{ source: 'm', targets: [], event: 'go' }],
        delays: [{ name: 'timeout', dueMs: 9_000 }],
      }),
      stateRecord('m', { value: 'elsewhere', changed: { fresh: 2 } }),
    );
    expect(theActor(model, 'm')).toMatchObject({
      value: 'elsewhere',
      context: { kept: 1, fresh: 2 },
      transitions: [],
      delays: [],
    });
  });

  it('waits for what its record, or one of where it stands, says', () => {
    const delays = [{ name: 'timeout', dueMs: 9_000 }];
    expect(theActor(modelOf(actorRecord('m', { delays })), 'm').delays).toEqual(delays);
    const model = modelOf(actorRecord('m'), stateRecord('m', { delays }));
    expect(theActor(model, 'm').delays).toEqual(delays);
  });

  it('has a rate that fades', () => {
    const model = modelOf(
      actorRecord('m'),
      ...Array.from({ length: 100 }, (_, index) =>
        eventRecord('m', 'go', { atMs: 1_000 + index * 100 }),
      ),
    );
    const { rate } = theActor(model, 'm');
    expect(rateAt(rate, 10_900)).toBeGreaterThan(8);
    expect(rateAt(rate, 10_900)).toBeLessThan(12);
    expect(rateAt(rate, 40_900)).toBeLessThan(0.1);
  });

  it('stays with its output after it ended, and waits for nothing', () => {
    const model = modelOf(
      actorRecord('m'),
      eventRecord('m', 'go', { delays: [{ name: 'timeout', dueMs: 9_000 }] }),
      endRecord('m', { atMs: 2_000, output: { verdict: 'accepted' } }),
    );
    const { ending, delays } = theActor(model, 'm');
    expect(ending).toEqual({
      status: 'done',
      output: { verdict: 'accepted' },
      error: undefined,
      atMs: 2_000,
    });
    expect(delays).toEqual([]);
  });

  it('ends once', () => {
    const model = modelOf(
      actorRecord('m'),
      endRecord('m', { status: 'error', error: 'first' }),
      endRecord('m', { status: 'stopped' }),
    );
    expect(theActor(model, 'm').ending?.error).toBe('first');
  });

  it('is found by its id alive rather than ended', () => {
    const model = modelOf(
      actorRecord('challenger.1', { actor: 'x:1' }),
      endRecord('challenger.1', { actor: 'x:1' }),
      actorRecord('challenger.1', { actor: 'x:2' }),
      actorRecord('other', { actor: 'x:3' }),
    );
    expect(theActor(model, 'challenger.1').name).toBe('x:2');
  });

  it('that nobody introduced changes nothing', () => {
    const model = modelOf(eventRecord('m', 'go'), stateRecord('m'), endRecord('m'));
    expect(daemonOf(model).actors.size).toBe(0);
  });
});

describe('ended actors', () => {
  it('are forgotten, the oldest first, when there are too many', () => {
    const ids = Array.from({ length: ENDED_ACTORS_MAX + 5 }, (_, index) => `m.${index}`);
    const model = modelOf(...ids.flatMap((id) => [actorRecord(id), endRecord(id)]));
    const kept = [...daemonOf(model).actors.values()].map(({ id }) => id);
    expect(kept).toEqual(ids.slice(5));
  });

  it('are forgotten after a while', () => {
    const model = modelOf(
      actorRecord('m.1'),
      endRecord('m.1', { atMs: 1_000 }),
      actorRecord('m.2'),
      endRecord('m.2', { atMs: 1_001 + ENDED_ACTOR_MS }),
    );
    expect([...daemonOf(model).ended]).toEqual(['x:m.2']);
    expect(daemonOf(model).actors.size).toBe(1);
  });
});

describe('a daemon of the model', () => {
  it('loses its actors when its stream begins anew, but not the lives of items', () => {
    const model = modelOf(
      daemonRecord(),
      actorRecord('m'),
      viewRecord(),
      itemRecord('announced'),
      { kind: 'gone', daemon: NAME_A, atMs: 2_000, reason: 'closed' },
      daemonRecord({ atMs: 3_000, agent: 'hearsay/0.2.0' }),
    );
    const { actors, view, gone, info } = daemonOf(model);
    expect([actors.size, view, gone, info?.agent]).toEqual([
      0,
      undefined,
      undefined,
      'hearsay/0.2.0',
    ]);
    expect(model.items.get(ITEM)?.steps).toHaveLength(1);
  });

  it('says why it is gone, and keeps how it stood', () => {
    const model = modelOf(daemonRecord(), actorRecord('m'), {
      kind: 'gone',
      daemon: NAME_A,
      atMs: 2_000,
      reason: 'the socket closed',
    });
    expect(daemonOf(model).gone).toBe('the socket closed');
    expect(daemonOf(model).actors.size).toBe(1);
  });

  it('sums up what was sampled away', () => {
    const sampled = { kind: 'sampled', daemon: NAME_A, atMs: 2_000 } as const;
    const model = modelOf({ ...sampled, left: 40 }, { ...sampled, left: 2 });
    expect(daemonOf(model).sampled).toBe(42);
  });

  it('is there even when its own record was lost', () => {
    const model = modelOf(actorRecord('m'));
    expect(daemonOf(model).info).toBeUndefined();
    expect(theActor(model, 'm').value).toBe('idle');
  });

  it('knows its peers from messages, the view, and the greeting of a connection', () => {
    const model = modelOf(
      messageRecord('HELLO', 'in', { connection: 3 }),
      viewRecord(),
      actorRecord('peer-connection.2', { context: { greeting: { identity: B } } }),
      actorRecord('peer-connection.4'),
      eventRecord('peer-connection.4', 'peer.hello', { changed: { greeting: { identity: B } } }),
    );
    expect([...daemonOf(model).peers.keys()].sort()).toEqual([1, 2, 3, 4]);
  });

  it('forgets the peer of a connection whose number is taken anew', () => {
    const model = modelOf(
      messageRecord('HELLO', 'in', { connection: 3 }),
      actorRecord('peer-connection.3'),
    );
    expect(daemonOf(model).peers.size).toBe(0);
  });
});

describe('lives of items', () => {
  it('have the steps of all daemons, with the peer at the link', () => {
    const model = modelOf(
      viewRecord(),
      itemRecord('announced', { who: 'api-connection.1' }),
      itemRecord('relayed', { who: 'peer-connection.1' }),
      itemRecord('arrived', { daemon: NAME_B }),
    );
    const steps = model.items.get(ITEM)?.steps ?? [];
    expect(steps.map(({ record, peer }) => [record.daemon, record.step, peer])).toEqual([
      [NAME_A, 'announced', undefined],
      [NAME_A, 'relayed', B],
      [NAME_B, 'arrived', undefined],
    ]);
  });

  it('are bounded in number, the oldest forgotten', () => {
    const records = Array.from({ length: ITEMS_MAX + 3 }, (_, index) =>
      itemRecord('announced', { item: `item ${index}` }),
    );
    const { items } = modelOf(...records);
    expect(items.size).toBe(ITEMS_MAX);
    expect(items.has('item 2')).toBe(false);
    expect(items.has('item 3')).toBe(true);
  });

  it('are bounded in steps', () => {
    const records = Array.from({ length: STEPS_MAX + 10 }, () => itemRecord('arrived again'));
    expect(modelOf(...records).items.get(ITEM)?.steps).toHaveLength(STEPS_MAX);
  });
});

describe('a copy of the model', () => {
  it('stays as it is while the model goes on', () => {
    const model = modelOf(daemonRecord(), actorRecord('m'), itemRecord('announced'));
    const copy = copyModel(model);
    reduce(model, eventRecord('m', 'go', { after: 'busy', atMs: 5_000 }));
    reduce(model, itemRecord('relayed'));
    reduce(model, endRecord('m'));
    expect(theActor(copy, 'm')).toMatchObject({ value: 'idle', ending: undefined });
    expect(copy.items.get(ITEM)?.steps).toHaveLength(1);
    expect(copy.atMs).toBe(1_000);
  });

  it('goes on alone', () => {
    const model = modelOf(daemonRecord(), actorRecord('m'));
    const copy = copyModel(model);
    reduce(copy, eventRecord('m', 'go', { after: 'busy' }));
    reduce(copy, { kind: 'gone', daemon: NAME_A, atMs: 2_000, reason: 'closed' });
    expect(theActor(model, 'm').value).toBe('idle');
    expect(daemonOf(model).gone).toBeUndefined();
  });
});

describe('recordsOf', () => {
  it('tells the same model again', () => {
    const model = modelOf(
      daemonRecord(),
      actorRecord('supervisor'),
      actorRecord('peer-connection.1', { parent: 'x:supervisor', context: { a: 1 } }),
      eventRecord('peer-connection.1', 'go', { delays: [{ name: 'ping', dueMs: 9_000 }] }),
      actorRecord('m'),
      endRecord('m', { status: 'error', error: 'broken' }),
      viewRecord(),
      itemRecord('announced'),
      itemRecord('relayed', { who: 'peer-connection.1' }),
      { kind: 'sampled', daemon: NAME_A, atMs: 2_000, left: 7 },
      { kind: 'gone', daemon: NAME_A, atMs: 2_000, reason: 'closed' },
    );
    const again = modelOf(...recordsOf(model));
    expect(recordsOf(again)).toEqual(recordsOf(model));
    expect(theActor(again, 'peer-connection.1').delays).toEqual([{ name: 'ping', dueMs: 9_000 }]);
    expect([...daemonOf(again).ended]).toEqual([...daemonOf(model).ended]);
    expect([...again.items]).toEqual([...model.items]);
  });
});
