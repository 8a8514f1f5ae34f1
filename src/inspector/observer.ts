/**
 * Watches a daemon for as long as somebody looks, and tells it as records. The first subscriber
 * attaches it, the last detaches it: in between it costs what it costs, outside nothing at all.
 *
 * Records leave in batches, ten a second. Of more events than a page can show it tells the first,
 * counts the others, and says where the actors stand that they belonged to. When its budget of
 * time is spent it looks away: it listens to no actor any more, counts what passes, and says once
 * in a while where everybody stands.
 */
import type { Subscription } from 'xstate';
import type { ClockPort, LogPort } from '../runtime/ports.js';
import type { Watcher } from '../runtime/watch.js';
import { ActorTracker } from './actor-tracker.js';
import { livingActors, type Inspected } from './actors.js';
import { Batch } from './batch.js';
import { Budget, FREE, type LookBudget } from './budget.js';
import { controlDaemon } from './control.js';
import { countPassing, Passing } from './passing.js';
import {
  TRACE_VERSION,
  type AwayReason,
  type ControlCommand,
  type DaemonName,
  type DaemonRecord,
  type TraceRecord,
  type ViewRecord,
} from './protocol.js';
import { TraceRing } from './ring.js';
import type { ControlOutcome, Sink, TraceSource } from './source.js';
import { viewRecord } from './view-record.js';

/** Between two flushes. */
export const FLUSH_INTERVAL_MS = 100;
/** Events, messages and item steps told per flush; more are sampled away. Our guess. */
export const RECORDS_PER_FLUSH = 600;
/** The peer view, and where actors stand that nobody looks at, are told no more often. */
const GLANCE_INTERVAL_MS = 1_000;
/** What it takes to make a record, at most: values are cut. Measured: a tenth of that. */
const RECORD_COST_MS_MAX = 1;
const NAME_DIGITS = 8;

export type ObserverOptions = {
  readonly daemon: Inspected;
  /** 64 hex digits. */
  readonly identity: string;
  /** "hearsay/0.1.0". */
  readonly agent: string;
  /** `HOST:PORT` where peers and modules connect. */
  readonly p2p: string;
  readonly api: string;
  /** A person may send events and cut links. */
  readonly control: boolean;
  /** Records kept for time travel. */
  readonly ring: number;
  readonly clock: ClockPort;
  /**
   * Milliseconds in which the event loop had nothing to do, since some moment; undefined: the
   * daemon lives in a time of its own, of which watching takes none.
   */
  readonly idleMs?: () => number;
  /** Of the peers port: bytes that the system has not taken yet. */
  readonly unsentBytes: (connection: number) => number;
  readonly log: LogPort;
  /** Default: `RECORDS_PER_FLUSH`. */
  readonly recordsPerFlush?: number;
  /** Of the time that the daemon has left; default: `IDLE_SHARE` of the budget. */
  readonly share?: number;
};

/** Something attached to the daemon: to its actors, or only where messages and items pass. */
type Attached = {
  readonly inspection: Subscription | undefined;
  readonly watcher: Watcher;
  /** Why the actors are not listened to. */
  readonly away: AwayReason | undefined;
};

export class Observer implements TraceSource {
  readonly paced = false;
  readonly #options: ObserverOptions;
  readonly #daemon: DaemonName;
  /** Who is told, and whether it is too slow for everything. */
  readonly #sinks = new Map<Sink, () => boolean>();
  readonly #batch: Batch;
  readonly #budget: LookBudget;
  readonly #tracker: ActorTracker;
  readonly #passing: Passing;
  readonly #ring: TraceRing;
  #attached: Attached | undefined;
  #flushTimer: unknown;
  /** The view as it was told last, its time aside, and when that was. */
  #viewTold = { text: '', atMs: -Infinity };
  #glancedMs = -Infinity;

  constructor(options: ObserverOptions) {
    const { daemon, identity, clock, idleMs, ring, share } = options;
    this.#options = options;
    this.#daemon = identity.slice(0, NAME_DIGITS);
    this.#batch = new Batch(options.recordsPerFlush ?? RECORDS_PER_FLUSH);
    this.#budget =
      idleMs === undefined
        ? FREE
        : new Budget({
            ...{ clock, idleMs },
            pressure: () => daemon.router.modules.pressure,
            ...(share !== undefined && { share }),
          });
    this.#tracker = new ActorTracker(this.#daemon, clock, this.#batch);
    this.#passing = new Passing(
      {
        daemon: this.#daemon,
        wallMs: () => clock.wallMs(),
        peerAt: (connection) => daemon.view.byConnection(connection)?.identity,
      },
      this.#batch,
    );
    this.#ring = new TraceRing(ring);
    daemon.counters.gauge('inspector_pages', () => this.#sinks.size);
  }

  /** True while somebody is subscribed. */
  get isAttached(): boolean {
    return this.#attached !== undefined;
  }

  /** True while it listens to the actors. */
  get isLooking(): boolean {
    return this.#attached?.inspection !== undefined;
  }

  subscribe(sink: Sink, isSlow: () => boolean = () => false): () => void {
    this.#guard(() => {
      if (this.isAttached) this.#flush({ afresh: true });
      else this.#attach();
      this.#tell(sink, this.#standing());
    });
    this.#sinks.set(sink, isSlow);
    return () => {
      if (this.#sinks.delete(sink) && this.#sinks.size === 0) this.#detach();
    };
  }

  knows(name: DaemonName): boolean {
    return name === this.#daemon;
  }

  control(command: ControlCommand): Promise<ControlOutcome> {
    const { daemon, control } = this.#options;
    return Promise.resolve(
      control
        ? controlDaemon(daemon, command)
        : { status: 403, message: 'this inspector only shows: see [inspector] control' },
    );
  }

  /** What was seen while somebody looked; how things stand when nobody ever has. */
  trace(): Promise<readonly TraceRecord[]> {
    if (this.isAttached) this.#flush({ afresh: true });
    return Promise.resolve(this.#ring.size > 0 ? this.#ring.records() : this.#unwatched());
  }

  /** Tells what is left to tell, and leaves the daemon alone. */
  close(): void {
    if (!this.isAttached) return;
    this.#flush();
    this.#sinks.clear();
    this.#detach();
  }

  // ------------------------------------------------------------------ attaching

  #attach(): void {
    this.#tracker.begin(livingActors(this.#options.daemon));
    this.#look();
    this.#keep(this.#standing());
    this.#changedView();
    this.#schedule();
  }

  #detach(): void {
    this.#flush();
    this.#options.clock.clearTimeout(this.#flushTimer);
    this.#release();
    this.#attached = undefined;
    this.#tracker.forget();
  }

  /** Listens to the actors, and to what passes. */
  #look(): void {
    const { daemon } = this.#options;
    const budget = this.#budget;
    this.#release();
    const inspection = daemon.root.system.inspect((told) => {
      budget.countTold();
      this.#guard(() => this.#tracker.inspect(told), RECORD_COST_MS_MAX);
      this.#lookAwayIfBroke();
    });
    const watcher: Watcher = {
      message: (watched) => {
        this.#guard(() => this.#passing.message(watched), RECORD_COST_MS_MAX);
        this.#lookAwayIfBroke();
      },
      item: (step) => {
        this.#guard(() => this.#passing.item(step), RECORD_COST_MS_MAX);
        this.#lookAwayIfBroke();
      },
    };
    daemon.watch.watcher = watcher;
    this.#attached = { inspection, watcher, away: undefined };
  }

  #lookAwayIfBroke(): void {
    const away = this.#budget.refusal(this.#batch.taken);
    if (away !== undefined) this.#lookAway(away);
  }

  /** Only counts what passes. It may happen amidst an event. */
  #lookAway(away: AwayReason): void {
    if (this.#attached !== undefined && !this.isLooking) {
      this.#attached = { ...this.#attached, away };
      return;
    }
    this.#release();
    this.#guard(() => this.#tracker.lose());
    const watcher = countPassing(this.#batch);
    this.#options.daemon.watch.watcher = watcher;
    this.#attached = { inspection: undefined, watcher, away };
  }

  #release(): void {
    const { watch } = this.#options.daemon;
    this.#attached?.inspection?.unsubscribe();
    if (watch.watcher === this.#attached?.watcher) watch.watcher = undefined;
  }

  /** How everything stands: what each stream and each stretch of the ring begins with. */
  #standing(): TraceRecord[] {
    return [this.#daemonRecord(), ...this.#tracker.actors(), this.#viewRecord()];
  }

  /** The same without having listened. */
  #unwatched(): TraceRecord[] {
    const { daemon, clock } = this.#options;
    const tracker = new ActorTracker(this.#daemon, clock, this.#batch);
    tracker.begin(livingActors(daemon));
    return [this.#daemonRecord(), ...tracker.actors(), this.#viewRecord()];
  }

  #daemonRecord(): DaemonRecord {
    const { identity, agent, p2p, api, control, clock } = this.#options;
    return {
      kind: 'daemon',
      version: TRACE_VERSION,
      daemon: this.#daemon,
      ...{ identity, agent, p2p, api, control },
      atMs: clock.wallMs(),
    };
  }

  #viewRecord(): ViewRecord {
    const { daemon, clock, unsentBytes } = this.#options;
    const { view, groups, book, watch, router, counters } = daemon;
    return viewRecord(this.#daemon, {
      view,
      groups,
      book,
      watch,
      router,
      counters,
      clock,
      unsentBytes,
    });
  }

  // ------------------------------------------------------------------ flushing

  #schedule(): void {
    this.#flushTimer = this.#options.clock.setTimeout(() => {
      if (!this.isAttached) return;
      this.#budget.begin();
      const refusal = this.#budget.refusal(0) ?? this.#slowness();
      this.#flush({ afresh: refusal === undefined });
      // A page that was told may have left, and been the last.
      if (!this.isAttached) return;
      if (refusal !== undefined) this.#lookAway(refusal);
      else if (!this.isLooking) this.#look();
      this.#schedule();
    }, FLUSH_INTERVAL_MS);
  }

  /** Nobody can take more than where things stand. */
  #slowness(): AwayReason | undefined {
    for (const isSlow of this.#sinks.values()) if (!isSlow()) return undefined;
    return 'slow page';
  }

  /** Tells what there is to tell; `afresh`: and where everybody stands, if nobody has looked. */
  #flush({ afresh = false }: { readonly afresh?: boolean } = {}): void {
    this.#guard(() => {
      const { clock } = this.#options;
      const away = this.#attached?.away;
      if (away !== undefined && (afresh || this.#mayGlance())) this.#glance();
      this.#tracker.settle();
      const { records, left } = this.#batch.take();
      if (left > 0) {
        const sampled = {
          kind: 'sampled',
          daemon: this.#daemon,
          atMs: clock.wallMs(),
          left,
        } as const;
        records.push(away === undefined ? sampled : { ...sampled, away });
      }
      const view = this.#changedView();
      if (view !== undefined) records.push(view);
      if (records.length === 0) return;
      this.#keep(records);
      for (const sink of this.#sinks.keys()) this.#tell(sink, records);
    });
  }

  #mayGlance(): boolean {
    return this.#options.clock.monotonicMs() - this.#glancedMs >= GLANCE_INTERVAL_MS;
  }

  #glance(): void {
    const { daemon, clock } = this.#options;
    this.#glancedMs = clock.monotonicMs();
    this.#tracker.catchUp(livingActors(daemon));
  }

  #changedView(): ViewRecord | undefined {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#viewTold.atMs < GLANCE_INTERVAL_MS) return undefined;
    const view = this.#viewRecord();
    const text = JSON.stringify({ ...view, atMs: 0 });
    const isNew = text !== this.#viewTold.text;
    this.#viewTold = { text, atMs: nowMs };
    return isNew ? view : undefined;
  }

  #keep(records: readonly TraceRecord[]): void {
    for (const record of records) this.#ring.add(record);
  }

  #tell(sink: Sink, records: readonly TraceRecord[]): void {
    this.#guard(() => void sink(records));
  }

  /**
   * Within the budget. And whoever watches must not be the one who breaks it: a failure here is
   * ours, and only told.
   */
  #guard(look: () => void, mostMs?: number): void {
    try {
      this.#budget.spend(look, mostMs);
    } catch (error) {
      this.#options.log('error', 'inspector failed', { reason: failureText(error) });
    }
  }
}

const failureText = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
