/**
 * Time that passes only when it is told to. One scheduler holds the timers of all nodes of a world
 * in a binary heap; those due at the same moment fire in the order in which they were set, so that
 * a run is the same every time. Setting and firing cost the logarithm of the number of timers.
 */
import type { ClockPort } from '../runtime/ports.js';

/** Whose timers these are: once it has stopped they do not fire any more. */
export type TimerOwner = {
  readonly isStopped: boolean;
  /** Takes a timer that is due while its owner stands still; undefined: it does not. */
  readonly park?: ((timer: Timer) => void) | undefined;
};

/** A timer that waits. What fires it is the scheduler's. */
export class Timer {
  /** Virtual milliseconds. */
  readonly dueMs: number;
  /** Its number among all timers ever set: breaks ties. */
  readonly order: number;
  readonly owner: TimerOwner | undefined;
  /** Undefined once it has been cancelled or has fired. */
  fire: (() => void) | undefined;
  /** It was due while its owner stood still, and is in its owner's hands. */
  isParked = false;

  constructor(dueMs: number, order: number, fire: () => void, owner: TimerOwner | undefined) {
    this.dueMs = dueMs;
    this.order = order;
    this.fire = fire;
    this.owner = owner;
  }
}

/** Cancelled timers are thrown out at once when there are so many, and more than live ones. */
const CANCELLED_MANY = 1_024;

const isEarlier = (a: Timer, b: Timer): boolean =>
  a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);

/** The timers of a world, and its time. */
export class Scheduler {
  /** A binary heap: no parent is later than its children. */
  #heap: Timer[] = [];
  #nowMs = 0;
  #timersSet = 0;
  #cancelled = 0;
  #fired = 0;

  /** Virtual milliseconds since the world began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Timers that have fired so far: the events of a simulation. */
  get fired(): number {
    return this.#fired;
  }

  /** Timers that wait, those of owners that have stopped included. */
  get waiting(): number {
    return this.#heap.length - this.#cancelled;
  }

  /** Timers of one owner that wait. Looks at all there are. */
  waitingOf(owner: TimerOwner): number {
    return this.#heap.filter((timer) => timer.owner === owner && timer.fire !== undefined).length;
  }

  /** When the next timer is due; undefined: none waits. */
  get nextDueMs(): number | undefined {
    return this.#next()?.dueMs;
  }

  /** Has `fire` called after `delayMs`, or as soon as time goes on when that is not positive. */
  after(delayMs: number, fire: () => void, owner?: TimerOwner): Timer {
    return this.at(this.#nowMs + delayMs, fire, owner);
  }

  /** Has `fire` called at a moment, or as soon as time goes on when that is past. */
  at(momentMs: number, fire: () => void, owner?: TimerOwner): Timer {
    const dueMs = Math.max(this.#nowMs, momentMs);
    this.#timersSet += 1;
    const timer = new Timer(dueMs, this.#timersSet, fire, owner);
    this.#push(timer);
    return timer;
  }

  /** The timer will not fire. It leaves the heap when it is due, or when many like it wait. */
  cancel(timer: Timer): void {
    if (timer.fire === undefined) return;
    timer.fire = undefined;
    if (timer.isParked) return;
    this.#cancelled += 1;
    if (this.#cancelled > CANCELLED_MANY && 2 * this.#cancelled > this.#heap.length) this.#sift();
  }

  /** Lets time go on to the next timer and fires it. False: none waits. */
  step(): boolean {
    const timer = this.#next();
    if (timer === undefined) return false;
    this.#pop();
    this.#nowMs = timer.dueMs;
    this.#fired += 1;
    const park = timer.owner?.park;
    if (park !== undefined) {
      timer.isParked = true;
      park(timer);
      return true;
    }
    const { fire } = timer;
    timer.fire = undefined;
    fire?.();
    return true;
  }

  /** Fires all that is due until then, and what that brings about; then it is `untilMs`. */
  runUntil(untilMs: number): void {
    for (;;) {
      const timer = this.#next();
      if (timer === undefined || timer.dueMs > untilMs) break;
      this.step();
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /**
   * Fires what is due, one timer after the other, until `holds` does or it is `limitMs`. True: it
   * holds.
   */
  runUntilHolds(holds: () => boolean, limitMs: number): boolean {
    while (!holds()) {
      const dueMs = this.nextDueMs;
      if (dueMs === undefined || dueMs > limitMs) {
        this.#nowMs = Math.max(this.#nowMs, limitMs);
        return false;
      }
      this.step();
    }
    return true;
  }

  /** The first timer that is to fire; those before it that are not leave the heap. */
  #next(): Timer | undefined {
    for (;;) {
      const [timer] = this.#heap;
      if (timer === undefined) return undefined;
      if (timer.fire === undefined) this.#cancelled -= 1;
      else if (timer.owner?.isStopped !== true) return timer;
      this.#pop();
    }
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (parent === undefined || !isEarlier(timer, parent)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last, 0);
  }

  /** Puts a timer at `at` or below it, where it belongs. */
  #sink(timer: Timer, from: number): void {
    const heap = this.#heap;
    let at = from;
    for (;;) {
      let childAt = 2 * at + 1;
      let child = heap[childAt];
      const right = heap[childAt + 1];
      if (child !== undefined && right !== undefined && isEarlier(right, child)) {
        child = right;
        childAt += 1;
      }
      if (child === undefined || !isEarlier(child, timer)) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = timer;
  }

  /** Throws out what was cancelled: as much work as it was to cancel that many. */
  #sift(): void {
    this.#heap = this.#heap.filter(({ fire, owner }) => fire && owner?.isStopped !== true);
    this.#cancelled = 0;
    for (let at = (this.#heap.length >> 1) - 1; at >= 0; at -= 1) {
      const timer = this.#heap[at];
      if (timer !== undefined) this.#sink(timer, at);
    }
  }
}

/** How one host's clock differs from the world's. */
export type ClockOptions = {
  /** Milliseconds since 1970 when the world began. */
  readonly epochMs: number;
  /** By how much this host's wall clock is ahead. */
  readonly skewMs?: number;
};

/** The clock of one node. */
export class VirtualClock implements ClockPort, TimerOwner {
  readonly #scheduler: Scheduler;
  #wallOffsetMs: number;
  #isStopped = false;
  /** Timers that were due while the host stood still. */
  #parked: Timer[] = [];
  /** As `TimerOwner` has it. */
  park: ((timer: Timer) => void) | undefined;

  constructor(scheduler: Scheduler, { epochMs, skewMs = 0 }: ClockOptions) {
    this.#scheduler = scheduler;
    this.#wallOffsetMs = epochMs + skewMs;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** The node is dead: none of its timers fires any more. */
  stop(): void {
    this.#isStopped = true;
  }

  /** The process stands still: its timers wait until `thaw`. */
  freeze(): void {
    this.park ??= (timer) => void this.#parked.push(timer);
  }

  /** Fires what was due meanwhile, in order; what one of them clears does not fire. */
  thaw(): void {
    const parked = this.#parked;
    this.#parked = [];
    this.park = undefined;
    for (const timer of parked) {
      const { fire } = timer;
      timer.fire = undefined;
      if (!this.#isStopped) fire?.();
    }
  }

  /** Somebody sets the wall clock: ahead, or back when negative. */
  shiftWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /**
   * The same time for whoever looks at the node: their timers are none of its own, go on while it
   * stands still, and fire no more once it is dead.
   */
  forOnlooker(): ClockPort {
    return {
      setTimeout: (fire, delayMs) =>
        this.#scheduler.after(delayMs, () => {
          if (!this.#isStopped) fire();
        }),
      clearTimeout: (id) => this.clearTimeout(id),
      wallMs: () => this.wallMs(),
      monotonicMs: () => this.monotonicMs(),
    };
  }

  setTimeout(fire: (...args: unknown[]) => void, delayMs: number): Timer {
    return this.#scheduler.after(delayMs, fire, this);
  }

  clearTimeout(id: unknown): void {
    if (id instanceof Timer) this.#scheduler.cancel(id);
  }

  /** Whole milliseconds, as hosts tell them. */
  wallMs(): number {
    return Math.floor(this.#wallOffsetMs + this.#scheduler.nowMs);
  }

  monotonicMs(): number {
    return this.#scheduler.nowMs;
  }
}
