/**
 * What the machines of the daemon do not all do, with real actors: ours and XState's are told the
 * same events by chance, and their inspectors hear the same. The machines themselves are compared
 * in `test/model/interpreter.test.ts`.
 */
import {
  and,
  assign,
  createActor,
  createMachine,
  enqueueActions,
  not,
  raise,
  sendParent,
  sendTo,
  setup,
  stateIn,
  stopChild,
  type AnyActorRef,
  type AnyStateMachine,
  type InspectionEvent,
} from 'xstate';
import { pick, seededRandom } from '../../../src/core/prng.js';
import { implement } from '../../../src/runtime/interpreter/implement.js';
import { prepareSystem } from '../../../src/runtime/interpreter/system.js';
import { Scheduler, VirtualClock } from '../../../src/sim/virtual-clock.js';

type Subject = { readonly context: Count };
type Count = { readonly count: number; readonly note?: string };

const childMachine = setup({
  types: {} as { context: Count; input: Count; output: string },
  actions: { tell: sendParent({ type: 'child.spoke' }), fail: () => boom('a child') },
}).createMachine({
  id: 'child',
  context: ({ input }) => input,
  initial: 'working',
  output: ({ context }) => `counted ${context.count}`,
  states: {
    working: {
      entry: 'tell',
      after: { 50: 'over' },
      on: { end: 'over', fail: { actions: 'fail' }, speak: { actions: 'tell' } },
    },
    over: { type: 'final', entry: 'tell' },
  },
});

const boom = (who: string): never => {
  throw new Error(`${who} failed`);
};

const childOrSelf = ({ self }: { readonly self: AnyActorRef }): AnyActorRef => {
  const { children } = self.getSnapshot() as { readonly children: Record<string, AnyActorRef> };
  return children['child.1'] ?? self;
};

const implementations = {
  actors: { child: childMachine },
  actions: {
    effect: () => {},
    fail: () => boom('an action'),
    count: assign({ count: ({ context }: Subject) => context.count + 1, note: 'counted' }),
    note: assign((_: unknown, note: string) => ({ note })),
    again: raise({ type: 'again' }),
    later: raise({ type: 'again' }, { delay: 30, id: 'later' }),
    toSelf: sendTo(({ self }: { self: AnyActorRef }) => self, { type: 'forth' }),
    wake: sendTo(childOrSelf, { type: 'speak' }),
    fell: sendTo('child.1', { type: 'fail' }),
    spawn: enqueueActions(({ enqueue, context, check }) => {
      if (!check('isEven')) enqueue('effect');
      enqueue.spawnChild('child', { id: 'child.1', input: { count: context.count } });
      enqueue.assign({ note: 'spawned' });
    }),
    stop: stopChild('child.1'),
  },
  guards: {
    isEven: ({ context }: Subject) => context.count % 2 === 0,
    isBelow: ({ context }: Subject, { most }: { most: number }) => context.count < most,
    isLeft: stateIn({ work: { one: 'left' } }),
    mayChain: and(['isEven', not('isLeft')]),
    fails: () => boom('a guard'),
  },
  delays: { pause: ({ context }: Subject) => 10 + context.count },
};

const config = {
  id: 'everything',
  context: ({ input }: { input: Count }) => ({ ...input }),
  initial: 'work',
  output: ({ context }: Subject) => context.count,
  entry: 'effect',
  exit: { type: 'note', params: 'left' },
  on: {
    'b.*': { actions: 'count' },
    fail: { actions: 'fail' },
    'child.*': { actions: 'effect' },
    'child.spoke': { guard: 'isEven', actions: ['effect', 'count'] },
    'xstate.done.actor.*': { actions: [{ type: 'note', params: 'child done' }, 'stop'] },
    spawn: { guard: () => true, actions: [stopChild('child.1'), 'spawn'] },
    stop: { actions: 'stop' },
    finish: '.over',
    nothing: {},
  },
  states: {
    work: {
      type: 'parallel',
      tags: ['busy'],
      meta: { of: 'work' },
      entry: 'effect',
      exit: ['effect', 'count'],
      on: {
        restart: { target: '#everything.work', reenter: true, actions: 'effect' },
        inner: { target: '.one.right', actions: 'count' },
        rest: 'resting',
      },
      states: {
        one: {
          initial: 'left',
          states: {
            left: {
              entry: 'effect',
              exit: { type: 'note', params: 'left left' },
              after: { pause: { target: 'right', actions: 'again' } },
              on: {
                forth: 'right',
                both: { target: 'right', actions: 'effect' },
                rest: { target: '#everything.resting', actions: 'count' },
                '*': { actions: 'count' },
              },
            },
            right: {
              tags: ['busy', 'right'],
              entry: ['count'],
              on: {
                forth: { guard: { type: 'isBelow', params: { most: 9 } }, target: 'left' },
                back: 'left',
                both: { target: 'left', reenter: true },
                guarded: { guard: 'fails', actions: 'effect' },
                same: { target: 'right', reenter: true },
              },
            },
          },
        },
        two: {
          initial: 'idle',
          on: { again: { actions: 'effect' } },
          states: {
            idle: {
              on: {
                both: { target: 'chain', actions: ['count', 'toSelf'] },
                rest: '#everything.resting',
                later: { actions: 'later' },
                wake: { actions: 'wake' },
                fell: { actions: 'fell' },
              },
            },
            chain: {
              always: [
                { guard: 'mayChain', target: 'deep' },
                { target: 'idle', actions: 'note' },
              ],
            },
            deep: {
              type: 'parallel',
              states: {
                a: { initial: 'x', states: { x: { on: { forth: 'y' } }, y: {} } },
                b: { initial: 'x', states: { x: { on: { forth: 'y' } }, y: {} } },
              },
              on: { back: 'idle', again: { target: '#everything.work.two', reenter: true } },
            },
          },
        },
      },
    },
    resting: {
      description: 'Until something comes.',
      always: { guard: 'isEven', target: 'work', actions: 'count' },
      on: { 'b.*': 'work', forth: { target: 'work', actions: ['effect', 'count'] } },
      after: { 20: 'work' },
    },
    over: { type: 'final', entry: 'effect' },
  },
};

/** Regions that answer the same event, leave each other's states, and chains without an event. */
const everything: AnyStateMachine = createMachine(config as never, implementations as never);

const EVENTS = [
  ...['forth', 'back', 'both', 'inner', 'restart', 'rest', 'same', 'later', 'again', 'nothing'],
  ...['spawn', 'spawn', 'wake', 'stop', 'b.c', 'unknown', 'time', 'time', 'child.spoke', 'child.x'],
];
/** After these the actor, or its child, is over. */
const SEEDS = 12;
const LAST = ['finish', 'fail', 'guarded', 'fell', 'kill'];

/** What inspectors hear, in words that do not depend on the run. */
const words = (told: InspectionEvent): unknown => {
  const who = (told.actorRef as AnyActorRef).id;
  switch (told.type) {
    case '@xstate.event':
      return [who, 'hears', told.event, (told.sourceRef as AnyActorRef | undefined)?.id];
    case '@xstate.microstep':
      return [
        who,
        'steps',
        stands(told.snapshot),
        told._transitions.map(({ source }) => source.id),
      ];
    case '@xstate.action':
      return [who, 'does', told.action.type, Object.keys(told.action.params ?? {})];
    case '@xstate.snapshot':
      return [who, 'stands', stands(told.snapshot), told.event.type];
    default:
      return [who, told.type];
  }
};

const stands = (snapshot: unknown) => {
  const { value, context, status, output, error, children, tags } = snapshot as {
    readonly [key: string]: unknown;
  };
  const names = Object.keys(children ?? {});
  const labels = [...(tags as Set<string>)];
  return { value, context, status, output, error: String(error), names, labels };
};

/** Effects in the order in which they were called, with what they saw. */
const deeds: unknown[] = [];
const actions = {
  effect: ({ context, event }: Subject & { readonly event: { readonly type: string } }) =>
    void deeds.push([context.count, context.note, event.type]),
};

/** Plays one seed: what an inspector heard, what was done, and what became of the actor. */
const play = (machine: AnyStateMachine, seed: number, last: string, isInspected = true) => {
  const heard: unknown[] = [];
  deeds.length = 0;
  const random = seededRandom(seed);
  const scheduler = new Scheduler();
  const clock = new VirtualClock(scheduler, { epochMs: 0 });
  const inspect = (told: InspectionEvent) => void heard.push(words(told));
  const actor = createActor(machine, { id: 'subject', input: { count: 0 }, clock });
  if (isInspected) actor.system.inspect(inspect);
  else prepareSystem(actor.system, clock);
  actor.subscribe({ error: (error) => void heard.push(String(error)) });
  actor.start();
  const say = (type: string) =>
    type === 'time' ? scheduler.runUntil(scheduler.nowMs + 25) : actor.send({ type });
  for (let turn = 0; turn < 60; turn += 1) say(pick(EVENTS, random) ?? '');
  if (last === 'kill') actor.stop();
  else for (const type of ['spawn', 'back', 'both', last]) say(type);
  scheduler.runUntil(scheduler.nowMs + 1_000);
  return {
    heard,
    deeds: [...deeds],
    end: stands(actor.getSnapshot()),
    timers: scheduler.waiting,
  };
};

describe('the interpreter', () => {
  const ours = implement(everything, { actions });
  const theirs = everything.provide({ actions });

  for (const last of LAST) {
    it(`plays a machine with everything as XState does, until ${last}`, () => {
      for (let seed = 0; seed < SEEDS; seed += 1) {
        expect(play(ours, seed, last)).toEqual(play(theirs, seed, last));
      }
    });
  }

  it('does the same while nobody looks', () => {
    for (const last of LAST) {
      for (let seed = 0; seed < SEEDS; seed += 1) {
        const unseen = play(ours, seed, last, false);
        expect(unseen).toEqual(play(theirs, seed, last, false));
        expect(unseen.deeds).toEqual(play(ours, seed, last).deeds);
      }
    }
  });

  it('implements effects only', () => {
    expect(() => implement(everything, { actions: { count: () => {} } })).toThrow(RangeError);
    const wrong = { actions: { effect: assign({}) } };
    expect(() => implement(everything, wrong)).toThrow('"effect" of everything is no effect');
  });

  it('brings the machine everywhere', () => {
    const heard = JSON.stringify(
      LAST.flatMap((last) =>
        Array.from({ length: SEEDS }, (_, seed) => play(ours, seed, last).heard),
      ),
    );
    const places = ['resting', 'deep', 'idle', 'over', '{"a":"y"'];
    const failures = ['a child failed', 'an action failed', 'a guard failed'];
    expect([...places, ...failures].filter((name) => !heard.includes(name))).toEqual([]);
  });

  it('shares the states of a definition, and calls each its own effects', () => {
    const called: string[] = [];
    const [one, two] = ['one', 'two'].map((name) =>
      implement(everything, { actions: { effect: () => void called.push(name) } }),
    );
    expect(one?.root).toBe(two?.root);
    for (const machine of [one, two]) {
      if (machine !== undefined) createActor(machine, { input: { count: 0 } }).start();
    }
    expect(new Set(called)).toEqual(new Set(['one', 'two']));
  });

  it('has snapshots that answer as those of XState', () => {
    const answers = [ours, theirs].map((machine) => {
      const actor = createActor(machine, { input: { count: 0 } }).start();
      actor.send({ type: 'forth' });
      const snapshot = actor.getSnapshot();
      return {
        matches: [snapshot.matches({ work: { one: 'right' } }), snapshot.matches('resting')],
        tags: [snapshot.hasTag('right' as never), snapshot.hasTag('none' as never)],
        can: [snapshot.can({ type: 'nothing' }), snapshot.can({ type: 'back' })],
        meta: snapshot.getMeta(),
        json: JSON.stringify(snapshot.toJSON(), undefined, 1).length,
      };
    });
    expect(answers[0]).toEqual(answers[1]);
  });

  it('says which action may not spawn', () => {
    const spawning = createMachine({
      context: {},
      entry: assign({ child: ({ spawn }) => spawn(childMachine as never) }),
    });
    const actor = createActor(implement(spawning, {}));
    expect(String(actor.getSnapshot().error)).toContain('may not spawn');
  });

  it('leaves to XState what it does not know', () => {
    const withHistory = createMachine({
      initial: 'a',
      states: { a: {}, past: { type: 'history', target: 'a' } },
    });
    const withInvoked = createMachine({ invoke: { src: childMachine } });
    const withNestedEnd = createMachine({
      initial: 'a',
      states: { a: { initial: 'b', states: { b: { type: 'final' } } } },
    });
    for (const machine of [withHistory, withInvoked, withNestedEnd]) {
      const implemented = implement(machine, {});
      expect(Object.getPrototypeOf(implemented)).toBe(Object.getPrototypeOf(machine));
    }
  });
});
