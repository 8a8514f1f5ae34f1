import { createActor, createMachine, type AnyActorRef } from 'xstate';
import { isWatched, prepareSystem } from '../../../src/runtime/interpreter/system.js';
import { Scheduler, VirtualClock } from '../../../src/sim/virtual-clock.js';

const ping = { type: 'ping' };

/** An actor system with timers of ours, and what its actors heard. */
const world = () => {
  const scheduler = new Scheduler();
  const clock = new VirtualClock(scheduler, { epochMs: 1_000 });
  const heard: string[] = [];
  const listener = (id: string) =>
    createMachine({
      on: { '*': { actions: ({ event }) => void heard.push(`${id} ${event.type}`) } },
    });
  const root = createActor(listener('root'), { id: 'root', clock });
  const child: AnyActorRef = createActor(listener('child'), { id: 'child', parent: root });
  prepareSystem(root.system, clock);
  root.start();
  child.start();
  const timers = root.system.scheduler;
  const pending = () => root.system.getSnapshot()._scheduledEvents;
  return { scheduler, clock, heard, root, child, timers, pending };
};

describe('the timers of the actors', () => {
  it('fire once, in their time, at whom they are for', () => {
    const { scheduler, heard, root, child, timers } = world();
    timers.schedule(root, child, ping, 20, 'one');
    timers.schedule(root, root, { type: 'pong' }, 10, 'two');
    scheduler.runUntil(9);
    expect(heard).toEqual([]);
    scheduler.runUntil(100);
    expect(heard).toEqual(['root pong', 'child ping']);
  });

  it('are cancelled by their name and their owner', () => {
    const { scheduler, heard, root, child, timers } = world();
    timers.schedule(root, root, ping, 20, 'one');
    timers.schedule(child, child, ping, 20, 'one');
    timers.cancel(root, 'one');
    timers.cancel(root, 'another');
    scheduler.runUntil(100);
    expect(heard).toEqual(['child ping']);
    expect(scheduler.waiting).toBe(0);
  });

  it('end with their owner, and leave those of others', () => {
    const { scheduler, heard, root, child, timers } = world();
    for (const id of ['one', 'two']) timers.schedule(child, child, ping, 20, id);
    timers.schedule(root, root, ping, 20, 'one');
    timers.cancelAll(child);
    timers.cancelAll(child);
    expect(scheduler.waiting).toBe(1);
    scheduler.runUntil(100);
    expect(heard).toEqual(['root ping']);
  });

  it('need no name', () => {
    const { scheduler, heard, root, timers } = world();
    timers.schedule(root, root, ping, 20, undefined);
    timers.schedule(root, root, ping, 20, undefined);
    scheduler.runUntil(100);
    expect(heard).toEqual(['root ping', 'root ping']);
  });

  it('are told to whoever asks the system, with their times', () => {
    const { scheduler, root, child, timers, pending } = world();
    scheduler.runUntil(7);
    timers.schedule(root, child, ping, 20, 'one');
    expect(Object.values(pending())).toEqual([
      expect.objectContaining({ id: 'one', event: ping, delay: 20, startedAt: 1_007 }),
    ]);
    scheduler.runUntil(100);
    expect(pending()).toEqual({});
  });

  it('are those of `after`', () => {
    const scheduler = new Scheduler();
    const clock = new VirtualClock(scheduler, { epochMs: 0 });
    const waiting = createMachine({
      initial: 'a',
      states: { a: { after: { 10: 'b' }, on: { leave: 'c' } }, b: {}, c: {} },
    });
    const actor = createActor(waiting, { clock });
    prepareSystem(actor.system, clock);
    actor.start();
    expect(Object.keys(actor.system.getSnapshot()._scheduledEvents)).toHaveLength(1);
    scheduler.runUntil(10);
    expect(actor.getSnapshot().value).toBe('b');
  });
});

describe('a prepared actor system', () => {
  it('knows whether anybody looks', () => {
    const { root } = world();
    const { system } = root;
    const told: unknown[] = [];
    expect(isWatched(system)).toBe(false);
    const [one, two] = [0, 1].map(() => system.inspect((event) => void told.push(event)));
    expect(isWatched(system)).toBe(true);
    root.send(ping);
    expect(told.length).toBeGreaterThan(0);
    one?.unsubscribe();
    one?.unsubscribe();
    expect(isWatched(system)).toBe(true);
    two?.unsubscribe();
    expect(isWatched(system)).toBe(false);
  });

  it('takes any other to be looked at', () => {
    expect(isWatched(createActor(createMachine({})).system)).toBe(true);
  });
});
