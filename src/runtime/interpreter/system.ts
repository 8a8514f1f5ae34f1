/**
 * What XState keeps for all actors of one daemon together: pending `after` timers, and whoever
 * inspects. XState's own keeps the timers in one table and walks the whole of it whenever an actor
 * stops; here each actor has its own few.
 */
import type { AnyActorRef, AnyEventObject, Subscription } from 'xstate';
import type { ClockPort } from '../ports.js';
import { opened, type OpenSystem, type System } from './internals.js';

/** As XState tells of it in the snapshot of a system. */
type ScheduledEvent = {
  readonly source: AnyActorRef;
  readonly target: AnyActorRef;
  readonly event: AnyEventObject;
  readonly delay: number;
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
};
type Timer = ScheduledEvent & { timeout: unknown };

/** Where a prepared system has the number of those who inspect it. */
const WATCHERS = Symbol('watchers');
type PreparedSystem = { readonly [WATCHERS]?: { readonly count: number } };

/** False while nobody is told what the actors do; true for a system that is not prepared. */
export const isWatched = (system: System): boolean =>
  (system as PreparedSystem)[WATCHERS]?.count !== 0;

/** Has the actors of a system live cheaply. Called before its root starts and anybody inspects. */
export const prepareSystem = (system: System, clock: ClockPort): void => {
  const { inspect } = system;
  const watchers = { count: 0 };
  const timers = new Timers(opened(system), clock);
  Object.assign(system, {
    [WATCHERS]: watchers,
    scheduler: timers,
    inspect: (observer: Parameters<typeof inspect>[0]): Subscription => {
      const { unsubscribe } = inspect(observer);
      watchers.count += 1;
      let isOver = false;
      return {
        unsubscribe: () => {
          unsubscribe();
          if (!isOver) watchers.count -= 1;
          isOver = true;
        },
      };
    },
  });
  const { _snapshot } = opened(system);
  // Made when somebody asks for it; what XState would set it to at its start is nothing.
  Object.defineProperty(_snapshot, '_scheduledEvents', {
    get: () => timers.pending(),
    set: () => {},
  });
};

class Timers {
  readonly #system: OpenSystem;
  readonly #clock: ClockPort;
  /** By actor; an actor has one or two. */
  readonly #byActor = new Map<AnyActorRef, Timer[]>();
  #nameless = 0;

  constructor(system: OpenSystem, clock: ClockPort) {
    this.#system = system;
    this.#clock = clock;
  }

  schedule(
    source: AnyActorRef,
    target: AnyActorRef,
    event: AnyEventObject,
    delay: number,
    id = this.#name(),
  ): void {
    const startedAt = this.#clock.wallMs();
    const timer: Timer = { source, target, event, delay, id, startedAt, timeout: undefined };
    timer.timeout = this.#clock.setTimeout(() => {
      this.#forget(timer);
      this.#system._relay(source, target, event);
    }, delay);
    const own = this.#byActor.get(source);
    if (own === undefined) this.#byActor.set(source, [timer]);
    else own.push(timer);
  }

  cancel(source: AnyActorRef, id: string): void {
    const timer = this.#byActor.get(source)?.find((one) => one.id === id);
    if (timer === undefined) return;
    this.#forget(timer);
    this.#clock.clearTimeout(timer.timeout);
  }

  cancelAll(source: AnyActorRef): void {
    const own = this.#byActor.get(source);
    if (own === undefined) return;
    this.#byActor.delete(source);
    for (const { timeout } of own) this.#clock.clearTimeout(timeout);
  }

  pending(): Record<string, ScheduledEvent> {
    const timers = [...this.#byActor.values()].flat();
    return Object.fromEntries(
      timers.map((timer) => [`${timer.source.sessionId}.${timer.id}`, timer]),
    );
  }

  #forget(timer: Timer): void {
    const own = this.#byActor.get(timer.source);
    if (own === undefined) return;
    const at = own.indexOf(timer);
    if (at !== -1) own.splice(at, 1);
    if (own.length === 0) this.#byActor.delete(timer.source);
  }

  #name(): string {
    this.#nameless += 1;
    return `nameless.${this.#nameless}`;
  }
}
