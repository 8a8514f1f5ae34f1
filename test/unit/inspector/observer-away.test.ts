import type { TraceRecord } from '../../../src/inspector/protocol.js';
import {
  announce,
  called,
  DATA_TYPE,
  eventOf,
  openModule,
  Page,
  replay,
  smallDaemon,
  standing,
  verify,
  watched,
} from './small-daemon.js';

describe('watching that the daemon has no time for', () => {
  const last = (page: Page, kind: 'sampled') => page.of(kind).at(-1);
  /** A daemon that has nothing to spare but alms, all of which were taken. */
  const broke = () => {
    const small = smallDaemon({ share: 0 });
    const { observer, page } = watched(small);
    const module = openModule(small);
    announce(small, module, 100);
    return { small, observer, page, module };
  };

  it('stops amidst an event, says so, and counts what passes', () => {
    const { small, observer, page, module } = broke();
    expect(observer.isLooking).toBe(false);
    small.clock.advance(100);
    const told = page.records.filter((record) => 'seq' in record);
    expect(told.length).toBeGreaterThan(20);
    expect(told.length).toBeLessThan(40);
    expect(last(page, 'sampled')).toMatchObject({ away: 'busy' });
    announce(small, module, 50);
    small.clock.advance(100);
    // An ANNOUNCE, and that the item was announced and held.
    expect(last(page, 'sampled')).toMatchObject({ left: 150, away: 'busy' });
  });

  it('still says within a second where everybody stands', async () => {
    const { small, page, module } = broke();
    small.clock.advance(100);
    const [alive, gone, proved] = [called(small), called(small), called(small)];
    small.daemon.peers.closed(gone, 'it hung up');
    small.daemon.peers.received(proved, [verify]);
    small.daemon.api.closed(module, 'it hung up');
    small.clock.advance(1_000);
    expect(replay(page.records)).toEqual(replay(await standing(small)));
    const ended = page
      .of('end')
      .map(({ actor }) => page.of('actor').find((a) => a.actor === actor));
    expect(ended.map((actor) => actor?.id)).toContain(`api-connection.${module}`);
    const born = page.of('actor').find(({ id }) => id === `challenger.${alive}`);
    expect(born?.delays).toEqual([{ name: 'answerTimeout', dueMs: expect.any(Number) as number }]);
    expect(page.of('actor').map(({ id }) => id)).not.toContain(`challenger.${gone}`);
  });

  it('tells delays that ended or began meanwhile', async () => {
    const { small, page } = broke();
    const connection = called(small);
    small.clock.advance(1_100);
    small.daemon.peers.received(connection, [verify]);
    small.clock.advance(1_100);
    const delaysOf = (records: readonly TraceRecord[]): unknown => {
      const names = new Map<string, readonly { readonly name: string }[]>();
      for (const record of records) {
        if ('delays' in record && record.delays !== undefined) {
          names.set(record.actor, record.delays);
        }
        if (record.kind === 'end') names.delete(record.actor);
      }
      return [...names].map(([actor, delays]) => [actor, delays.map(({ name }) => name)]);
    };
    expect(delaysOf(page.records)).toEqual(delaysOf(await standing(small)));
  });

  it('sees a little now and then all the same', () => {
    const { small, page } = broke();
    small.clock.advance(100);
    const told = new Set<string>();
    for (let n = 0; n < 10; n += 1) {
      const before = page.records.length;
      called(small);
      small.clock.advance(100);
      if (page.records.slice(before).some(({ kind }) => kind === 'event')) told.add(`window ${n}`);
    }
    expect(told.size).toBe(2);
  });

  it('shows whoever comes how things stand, though nobody has looked for a while', async () => {
    const { small, observer } = broke();
    small.clock.advance(100);
    called(small);
    const second = new Page();
    observer.subscribe((records) => second.take(records));
    expect(observer.isLooking).toBe(false);
    expect(replay(second.records)).toEqual(replay(await standing(small)));
    expect(replay(await observer.trace())).toEqual(replay(await standing(small)));
  });

  it('is dropped while a module is behind, and taken up when it is not', async () => {
    const small = smallDaemon();
    const { observer, page } = watched(small);
    const [announcer, reader] = [openModule(small), openModule(small)];
    small.daemon.api.received(reader, [{ type: 'NOTIFY', dataType: DATA_TYPE }]);
    announce(small, announcer, 700);
    expect(small.daemon.router.modules.pressure).toBeGreaterThan(0.6);
    small.clock.advance(100);
    expect(observer.isLooking).toBe(false);
    announce(small, announcer, 1);
    small.clock.advance(100);
    expect(last(page, 'sampled')).toMatchObject({ away: 'module behind' });
    small.daemon.api.closed(reader, 'it hung up');
    small.clock.advance(100);
    expect(observer.isLooking).toBe(true);
    expect(replay(page.records)).toEqual(replay(await standing(small)));
    const connection = called(small);
    small.clock.advance(100);
    expect(eventOf(page, `challenger.${connection}`, 'xstate.init').before).toBe('');
  });

  it('is not done for pages that are too slow for it', () => {
    const small = smallDaemon();
    const { observer, page } = watched(small);
    page.leave();
    const [slow, fast] = [new Page(), new Page()];
    let isSlow = false;
    observer.subscribe(
      (records) => slow.take(records),
      () => isSlow,
    );
    small.clock.advance(100);
    expect(observer.isLooking).toBe(true);
    isSlow = true;
    small.clock.advance(100);
    expect(observer.isLooking).toBe(false);
    called(small);
    small.clock.advance(1_000);
    expect(slow.of('event')).toEqual([]);
    expect(slow.of('actor').map(({ machine }) => machine)).toContain('challenger');
    expect(last(slow, 'sampled')).toMatchObject({ away: 'slow page' });
    const leave = observer.subscribe((records) => fast.take(records));
    small.clock.advance(100);
    expect(observer.isLooking).toBe(true);
    leave();
    isSlow = false;
    small.clock.advance(100);
    called(small);
    small.clock.advance(100);
    expect(slow.of('event').length).toBeGreaterThan(0);
  });

  it('does not begin with thousands of actors that wait for work', () => {
    const small = smallDaemon();
    const { validations } = small.daemon.router.trials;
    for (let n = 0; n < 2_000; n += 1) validations.begin(`item ${n}`);
    for (let n = 0; n < 2_000; n += 1) validations.end(`item ${n}`);
    const { page } = watched(small);
    expect(page.of('actor').filter(({ machine }) => machine === 'validation')).toHaveLength(256);
  });
});
