import { Observer } from '../../../src/inspector/observer.js';
import {
  announce,
  called,
  DATA_TYPE,
  eventOf,
  IDENTITY,
  openModule,
  Page,
  replay,
  smallDaemon,
  standing,
  verify,
  watched,
} from './small-daemon.js';

describe('the observer', () => {
  it('tells at first which actors there are, with the delays that wait', () => {
    const small = smallDaemon();
    called(small);
    const { page } = watched(small);
    expect(page.records.map(({ kind }) => kind)).toEqual([
      'daemon',
      ...Array<string>(5).fill('actor'),
      'view',
    ]);
    const [daemon] = page.of('daemon');
    expect(daemon).toMatchObject({ daemon: '07070707', identity: IDENTITY.toString('hex') });
    const actors = page.of('actor');
    expect(actors.map(({ id, machine }) => [id, machine])).toEqual([
      ['supervisor', 'supervisor'],
      ['peer-view', 'peer-view'],
      ['difficulty', 'difficulty'],
      ['peer-connection.1', 'peer-connection'],
      ['challenger.1', 'challenger'],
    ]);
    expect(actors.map(({ parent }) => parent)).toEqual([
      undefined,
      actors[0]?.actor,
      actors[0]?.actor,
      actors[0]?.actor,
      actors[3]?.actor,
    ]);
    expect(actors[2]?.delays?.map(({ name }) => name)).toEqual(['difficultyInterval']);
    expect(actors[4]?.delays?.map(({ name }) => name)).toEqual(['answerTimeout']);
  });

  it('tells a handshake as it happens, causes before effects', () => {
    const small = smallDaemon();
    const { page } = watched(small);
    const connection = called(small);
    small.daemon.peers.received(connection, [verify]);
    small.clock.advance(100);

    const [connectionActor, challenger] = ['peer-connection.1', 'challenger.1'].map((id) =>
      page.of('actor').find((record) => record.id === id),
    );
    expect(challenger).toMatchObject({
      machine: 'challenger',
      parent: connectionActor?.actor,
      value: { handshaking: { paying: 'challenging' } },
      context: { answerTimeoutMs: 60_000 },
    });
    const begun = eventOf(page, 'challenger.1', 'xstate.init');
    expect(begun).toMatchObject({ from: connectionActor?.actor, before: '' });
    expect(begun.actions).toMatchObject([
      { type: 'send', params: { message: { type: 'CHALLENGE' } } },
    ]);
    expect(begun.delays).toEqual([
      { name: 'answerTimeout', dueMs: small.clock.nowMs - 100 + 60_000 },
    ]);
    const proved = eventOf(page, 'challenger.1', 'peer.verify');
    expect(proved).toMatchObject({
      from: connectionActor?.actor,
      before: { handshaking: { paying: 'challenging' } },
      after: { handshaking: 'securing' },
      transitions: [
        {
          source: 'challenger.handshaking.paying.challenging',
          targets: ['challenger.handshaking.acknowledging'],
          event: 'peer.verify',
        },
        {
          source: 'challenger.handshaking.acknowledging',
          targets: ['challenger.handshaking.securing'],
        },
      ],
      delays: [{ name: 'securingTimeout' }],
    });
    expect(Object.keys(proved.changed).sort()).toEqual(['ok', 'verify']);
    expect(proved.actions.map(({ type }) => type)).toEqual([
      'accept',
      'acknowledge',
      'send',
      'secure',
      'tellProved',
    ]);
    const secured = eventOf(page, 'challenger.1', 'connection.secured');
    expect(secured).toMatchObject({ after: 'accepted', delays: [] });
    const [end] = page.of('end');
    expect(end).toMatchObject({
      actor: challenger?.actor,
      status: 'done',
      output: { verdict: 'accepted' },
    });

    const order = page.records.filter(({ kind }) => kind === 'event' || kind === 'end');
    const heard = eventOf(page, 'peer-connection.1', 'xstate.done.actor.challenger.1');
    const from = eventOf(page, 'peer-connection.1', 'peer.verify');
    const places = [from, proved, end, heard].map((record) => order.findIndex((r) => r === record));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(page.of('message').map(({ type, direction }) => [type, direction])).toEqual([
      ['CHALLENGE', 'out'],
      ['VERIFY', 'in'],
      ['OK', 'out'],
      ['HELLO', 'out'],
    ]);
    const numbers = page.records.flatMap((record) => ('seq' in record ? [record.seq] : []));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers.map((_, at) => at));
  });

  it('says which actor an effect of another sent for', () => {
    const small = smallDaemon();
    const [announcer, reader] = [openModule(small), openModule(small)];
    small.daemon.api.received(reader, [{ type: 'NOTIFY', dataType: DATA_TYPE }]);
    const { page } = watched(small);
    announce(small, announcer, 1);
    small.clock.advance(100);
    const supervisor = page.of('actor').find(({ id }) => id === 'supervisor')?.actor;
    expect(eventOf(page, `api-connection.${reader}`, 'items.notified').from).toBe(supervisor);
    expect(eventOf(page, `api-connection.${announcer}`, 'api.announce').from).toBe(undefined);
    const steps = page.of('item').map(({ step, who }) => [step, who]);
    expect(steps).toEqual([
      ['announced', `api-connection.${announcer}`],
      ['asked', `api-connection.${reader}`],
      ['held', undefined],
    ]);
  });

  it('tells when a timer fires, and of nobody that sent it', () => {
    const small = smallDaemon();
    const { page } = watched(small);
    called(small);
    small.clock.advance(60_100);
    const late = page.of('event').find(({ type }) => type.startsWith('xstate.after.answerTimeout'));
    expect(late).toMatchObject({ from: undefined, after: 'refused', delays: [] });
    expect(late?.actions).toMatchObject([{ type: 'refuse', params: { error: 'timeout' } }]);
  });

  it('tells of an actor that failed, with its error, and of its successor', async () => {
    const small = smallDaemon();
    const { page } = watched(small);
    const [view] = page.of('actor').filter(({ id }) => id === 'peer-view');
    const nothing = { type: 'link.ended' } as never;
    small.daemon.root.getSnapshot().children['peer-view']?.send(nothing);
    small.clock.advance(100);
    expect(page.of('end')).toMatchObject([
      {
        actor: view?.actor,
        status: 'error',
        error: expect.stringMatching(/^TypeError: /) as string,
      },
    ]);
    expect(page.of('actor').filter(({ id }) => id === 'peer-view')).toHaveLength(2);
    expect(replay(page.records)).toEqual(replay(await standing(small)));
  });

  it('tells the view when it changed, at most once a second', () => {
    const small = smallDaemon();
    const { page } = watched(small);
    small.clock.advance(1_000);
    const before = page.of('view').length;
    called(small);
    small.clock.advance(900);
    expect(page.of('view')).toHaveLength(before);
    small.clock.advance(200);
    expect(page.of('view')).toHaveLength(before + 1);
    expect(page.of('view').at(-1)?.metrics).toMatchObject({ half_open: 1 });
  });

  it('never shows what is secret', () => {
    const small = smallDaemon();
    const { page } = watched(small);
    const connection = called(small);
    small.daemon.peers.received(connection, [verify]);
    small.clock.advance(100);
    const hello = small.sent.map(({ message }) => message).find(({ type }) => type === 'HELLO');
    if (hello?.type !== 'HELLO') throw new Error('no HELLO was sent');
    const text = JSON.stringify(page.records);
    expect(text).toContain(hello.identity.toString('hex', 0, 16));
    expect(text).not.toContain(hello.salt.toString('hex'));
    expect(text).toContain('"salt":"‹secret›"');
  });
});

describe('a storm', () => {
  it('is sampled, counted, and ends with everybody where they stand', async () => {
    const small = smallDaemon({ recordsPerFlush: 60 });
    const { page } = watched(small);
    const module = openModule(small);
    small.clock.advance(100);
    const before = page.records.length;
    announce(small, module, 1_000);
    small.daemon.api.received(module, [{ type: 'NOTIFY', dataType: DATA_TYPE }]);
    for (let n = 0; n < 3; n += 1) {
      small.daemon.root.getSnapshot().children[`api-connection.${module}`]?.send({
        type: 'verdict.missed',
      });
    }
    const alive = called(small);
    const gone = called(small);
    small.daemon.peers.closed(gone, 'it hung up');
    small.clock.advance(100);

    const told = page.records.slice(before);
    const numbered = told.filter((record) => 'seq' in record);
    // A share for each kind, so that none crowds out another.
    for (const kind of ['event', 'message', 'item']) {
      expect(numbered.filter((record) => record.kind === kind)).toHaveLength(20);
    }
    const [sampled] = page.of('sampled');
    const last = page.of('sampled').length === 1 ? sampled?.left : 0;
    expect(last).toBeGreaterThan(2_000);
    // A birth and an end are told whatever happens.
    const ids = told.filter((record) => record.kind === 'actor').map(({ id }) => id);
    expect(ids).toContain(`peer-connection.${alive}`);
    expect(ids).toContain(`peer-connection.${gone}`);
    expect(page.of('state').length).toBeGreaterThan(0);
    expect(replay(page.records)).toEqual(replay(await standing(small)));

    const next = page.records.length;
    announce(small, module, 1);
    small.clock.advance(100);
    const [first] = page.records.slice(next).filter((record) => 'seq' in record);
    const seen = numbered[0];
    expect((first?.seq ?? 0) - (seen?.seq ?? 0) - numbered.length).toBe(last);
  });

  it('does not grow the batch, however many events come before the next flush', () => {
    const small = smallDaemon({ recordsPerFlush: 12 });
    const { page } = watched(small);
    announce(small, openModule(small), 20_000);
    small.clock.advance(100);
    expect(page.records.filter((record) => 'seq' in record)).toHaveLength(12);
  });
});

describe('attaching', () => {
  it('leaves nothing behind when the last page closes', () => {
    const small = smallDaemon();
    const timers = small.clock.pending;
    const { observer, page } = watched(small);
    const second = new Page();
    const leave = observer.subscribe((records) => second.take(records));
    expect(observer.isAttached).toBe(true);
    page.leave();
    expect(observer.isAttached).toBe(true);
    leave();
    leave();
    expect(observer.isAttached).toBe(false);
    expect(small.daemon.watch.watcher).toBe(undefined);
    expect(small.clock.pending).toBe(timers);

    const [before, after] = [page.records.length, second.records.length];
    called(small);
    small.clock.advance(1_000);
    expect([page.records.length, second.records.length]).toEqual([before, after]);
  });

  it('begins anew for the next page, and for a second one with what is true then', () => {
    const small = smallDaemon();
    const { observer, page } = watched(small);
    page.leave();
    const connection = called(small);
    const [next, third] = [new Page(), new Page()];
    observer.subscribe((records) => next.take(records));
    small.daemon.peers.received(connection, [verify]);
    observer.subscribe((records) => third.take(records));
    small.clock.advance(100);
    expect(replay(next.records)).toEqual(replay(third.records));
    expect(third.of('event')).toEqual([]);
    expect(next.of('event').length).toBeGreaterThan(0);
  });

  it('goes on when a page throws', () => {
    const small = smallDaemon();
    const { observer, page } = watched(small);
    observer.subscribe(() => {
      throw new Error('the page is broken');
    });
    called(small);
    small.clock.advance(100);
    expect(page.of('event').length).toBeGreaterThan(0);
    expect(small.logged.map(({ what }) => what)).toContain('inspector failed');
  });

  it('ends with the daemon', () => {
    const small = smallDaemon();
    const { observer, page } = watched(small);
    small.daemon.shutdown();
    observer.close();
    observer.close();
    expect(page.of('end').map(({ status }) => status)).toEqual(['stopped', 'stopped', 'done']);
    expect(observer.isAttached).toBe(false);
  });
});

describe('the trace', () => {
  it('is how things stand when nobody has ever looked', async () => {
    const small = smallDaemon();
    const observer = new Observer(small.options);
    const kinds = (await observer.trace()).map(({ kind }) => kind);
    expect(kinds).toEqual(['daemon', 'actor', 'actor', 'actor', 'view']);
    expect(observer.isAttached).toBe(false);
  });

  it('keeps what a page saw, and stays as it was when nobody looks', async () => {
    const small = smallDaemon();
    const { observer, page } = watched(small);
    called(small);
    expect(await observer.trace()).toEqual(page.records);
    page.leave();
    called(small);
    expect(await observer.trace()).toEqual(page.records);
  });

  it('replays to where the daemon stands, however much has fallen out', async () => {
    const small = smallDaemon({ ring: 100 });
    const { observer } = watched(small);
    for (let n = 0; n < 50; n += 1) {
      const connection = called(small);
      small.daemon.peers.received(connection, [verify]);
      if (n % 2 === 0) small.daemon.peers.closed(connection, 'it hung up');
      small.clock.advance(100);
    }
    const records = await observer.trace();
    expect(records.length).toBeLessThan(100 + 100);
    expect(records[0]?.kind).toBe('daemon');
    expect(replay(records)).toEqual(replay(await standing(small)));
  });
});
