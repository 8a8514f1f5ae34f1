/**
 * Watches a daemon for as long as somebody looks, and tells it as records. The first subscriber
 * attaches it, the last detaches it: in between it costs what it costs, outside nothing at all.
 *
 * Records leave in batches, ten a second. Of more events than a page can show it tells the first,
 * counts the others, and says where the actors stand that they belonged to.
 */
import type { Subscription } from 'xstate';
import { itemId } from '../wire/item-id.js';
import type { ClockPort, LogPort } from '../runtime/ports.js';
import type { ItemStep, WatchedMessage, Watcher } from '../runtime/watch.js';
import { ActorTracker } from './actor-tracker.js';
import { livingActors, type Inspected } from './actors.js';
import { Batch } from './batch.js';
import { controlDaemon } from './control.js';
import { plain } from './plain.js';
import {
  TRACE_VERSION,
  type ControlCommand,
  type DaemonName,
  type DaemonRecord,
  type Plain,
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
/** The peer view is told no more often. */
const VIEW_INTERVAL_MS = 1_000;
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
  /** Of the peers port: bytes that the system has not taken yet. */
  readonly unsentBytes: (connection: number) => number;
  readonly log: LogPort;
  /** Default: `RECORDS_PER_FLUSH`. */
  readonly recordsPerFlush?: number;
};

export class Observer implements TraceSource {
  readonly paced = false;
  readonly #options: ObserverOptions;
  readonly #daemon: DaemonName;
  readonly #sinks = new Set<Sink>();
  readonly #batch: Batch;
  readonly #tracker: ActorTracker;
  readonly #ring: TraceRing;
  #attached: { readonly inspection: Subscription; readonly watcher: Watcher } | undefined;
  #flushTimer: unknown;
  /** The view as it was told last, its time aside, and when that was. */
  #viewTold = { text: '', atMs: -Infinity };
  #lastMessage: { readonly message: object; readonly shown: Shown } | undefined;

  constructor(options: ObserverOptions) {
    this.#options = options;
    this.#daemon = options.identity.slice(0, NAME_DIGITS);
    this.#batch = new Batch(options.recordsPerFlush ?? RECORDS_PER_FLUSH);
    this.#tracker = new ActorTracker(this.#daemon, options.clock, this.#batch);
    this.#ring = new TraceRing(options.ring);
    const { counters } = options.daemon;
    counters.gauge('inspector_pages', () => this.#sinks.size);
  }

  /** True while it listens to the actors. */
  get isAttached(): boolean {
    return this.#attached !== undefined;
  }

  subscribe(sink: Sink): () => void {
    if (this.isAttached) this.#flush();
    else this.#attach();
    this.#tell(sink, this.#standing());
    this.#sinks.add(sink);
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
    if (this.isAttached) this.#flush();
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
    const { daemon } = this.#options;
    this.#tracker.begin(livingActors(daemon));
    const inspection = daemon.root.system.inspect((told) => {
      this.#guard(() => this.#tracker.inspect(told));
    });
    const watcher: Watcher = {
      message: (watched) => this.#guard(() => this.#messagePassed(watched)),
      item: (step) => this.#guard(() => this.#itemStepped(step)),
    };
    daemon.watch.watcher = watcher;
    this.#attached = { inspection, watcher };
    this.#keep(this.#standing());
    this.#changedView();
    this.#schedule();
  }

  #detach(): void {
    const { daemon, clock } = this.#options;
    this.#flush();
    clock.clearTimeout(this.#flushTimer);
    this.#attached?.inspection.unsubscribe();
    if (daemon.watch.watcher === this.#attached?.watcher) daemon.watch.watcher = undefined;
    this.#attached = undefined;
    this.#lastMessage = undefined;
    this.#tracker.forget();
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

  // ------------------------------------------------------------------ what happens

  #messagePassed({ side, direction, connection, message }: WatchedMessage): void {
    const slot = this.#batch.slot('message');
    if (slot === undefined) return;
    const { item, shown } = this.#shown(message);
    slot.record = {
      kind: 'message',
      daemon: this.#daemon,
      seq: slot.seq,
      atMs: this.#options.clock.wallMs(),
      ...{ side, direction, connection },
      peer:
        side === 'peer' ? this.#options.daemon.view.byConnection(connection)?.identity : undefined,
      type: message.type,
      message: shown,
      item,
    };
  }

  /** A message that goes to many links comes by once for each: it is read once. */
  #shown(message: WatchedMessage['message']): Shown {
    if (this.#lastMessage?.message === message) return this.#lastMessage.shown;
    const shown = {
      shown: plain(message),
      item:
        message.type === 'SPREAD'
          ? itemId(message.dataType, message.expiryMs, message.salt, message.data)
          : undefined,
    };
    this.#lastMessage = { message, shown };
    return shown;
  }

  #itemStepped({ item, dataType, step, who, detail }: ItemStep): void {
    const slot = this.#batch.slot('item');
    if (slot === undefined) return;
    slot.record = {
      kind: 'item',
      daemon: this.#daemon,
      seq: slot.seq,
      atMs: this.#options.clock.wallMs(),
      ...{ item, dataType, step, who, detail },
    };
  }

  // ------------------------------------------------------------------ flushing

  #schedule(): void {
    this.#flushTimer = this.#options.clock.setTimeout(() => {
      if (!this.isAttached) return;
      this.#flush();
      this.#schedule();
    }, FLUSH_INTERVAL_MS);
  }

  #flush(): void {
    this.#guard(() => {
      this.#tracker.settle();
      const { records, left } = this.#batch.take();
      const atMs = this.#options.clock.wallMs();
      if (left > 0) records.push({ kind: 'sampled', daemon: this.#daemon, atMs, left });
      const view = this.#changedView();
      if (view !== undefined) records.push(view);
      if (records.length === 0) return;
      this.#keep(records);
      for (const sink of this.#sinks) this.#tell(sink, records);
    });
  }

  #changedView(): ViewRecord | undefined {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#viewTold.atMs < VIEW_INTERVAL_MS) return undefined;
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

  /** Whoever watches must not be the one who breaks it: a failure here is ours, and only told. */
  #guard(look: () => void): void {
    try {
      look();
    } catch (error) {
      this.#options.log('error', 'inspector failed', { reason: failureText(error) });
    }
  }
}

type Shown = { readonly shown: Plain; readonly item: string | undefined };

const failureText = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
