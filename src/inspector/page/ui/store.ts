/**
 * The state of the page, and all that changes it. What is drawn is a function of the store; after
 * each change it is drawn anew, at most once a frame.
 */
import type { ControlCommand, TraceRecord } from '../../protocol.js';
import type { Charts } from '../charts.js';
import type { LaneMode } from '../lanes.js';
import { readPlace, writePlace, type Place, type ViewName } from '../location.js';
import { Merger } from '../merge.js';
import { actorById, actorOf, type Actor, type Daemon, type Model } from '../model.js';
import { NO_FILTER, Selection, type SequenceFilter } from '../sequence.js';
import { FILE_RECORDS_MAX, loadTrace, saveTrace, type LoadedTrace } from '../trace-file.js';
import { sizeText } from '../text.js';
import { Timeline } from '../timeline.js';
import type { Server, StreamStatus } from './server.js';
import { rememberToken } from './token.js';

/** How often what arrived is taken in and, live, the clocks go on, in milliseconds. */
const INTAKE_MS = 100;

/** A larger trace would not fit into one string. */
const FILE_BYTES_MAX = 400 * 1_048_576;

/** A trace that was opened in place of the live stream. */
export type OpenTrace = Pick<LoadedTrace, 'problems' | 'damaged' | 'leftOut'> & {
  readonly name: string;
};

/** Playing a past: where it is, in the time of the records. */
type Playing = { readonly fromMs: number; readonly sinceMs: number };

export class Store {
  readonly server: Server;
  charts: Charts = new Map();
  status: StreamStatus = { kind: 'connecting' };
  /** Records of the stream that were none, and the first reason. */
  damaged = { count: 0, reason: '' };
  trace: OpenTrace | undefined;
  /** What came of the last thing that a person asked for. */
  notice = '';

  place: Place;
  search = '';
  toggled: ReadonlySet<string> = new Set();
  filter: SequenceFilter = NO_FILTER;
  sequenceIsTable = false;
  /** Undefined: each actor, of one daemon; else each daemon. */
  laneMode: LaneMode | undefined;
  sequenceFollows = true;
  /** The moment whose entry is looked at. */
  chosen: number | undefined;
  speed = 1;

  readonly selection = new Selection();
  readonly #changed: () => void;
  readonly #stream = new Timeline();
  #merger = new Merger();
  #timeline: Timeline = this.#stream;
  #moment: number | undefined;
  #actorKey: string | undefined;
  /** What the page's clock is ahead of the daemons', at least. */
  #aheadMs = Number.POSITIVE_INFINITY;
  #playing: Playing | undefined;

  constructor(server: Server, changed: () => void) {
    this.server = server;
    this.#changed = changed;
    this.place = readPlace(location.hash);
  }

  /** Connects and keeps time, for as long as the page is open. */
  start(): void {
    setInterval(() => {
      this.#takeIn();
      this.#play();
      if (this.isLive || this.#playing !== undefined) this.#changed();
    }, INTAKE_MS);
    addEventListener('hashchange', () => {
      this.place = readPlace(location.hash);
      this.#actorKey = undefined;
      this.#changed();
    });
    void this.server.follow({
      status: (status) => {
        this.#statusChanged(status);
      },
      records: (records) => {
        this.#merger.push(records, performance.now());
      },
      damaged: (count, reason) => {
        this.damaged = {
          count: this.damaged.count + count,
          reason: this.damaged.reason || reason,
        };
      },
    });
  }

  // ------------------------------------------------------------------------- what is shown

  get timeline(): Timeline {
    return this.#timeline;
  }

  /** True when the page shows what happens now. */
  get isLive(): boolean {
    return this.trace === undefined && this.#moment === undefined;
  }

  get isPlaying(): boolean {
    return this.#playing !== undefined;
  }

  /** How many records there are before what is shown. */
  get moment(): number {
    const { first, end } = this.#timeline;
    return this.#moment === undefined ? end : Math.min(Math.max(this.#moment, first), end);
  }

  get model(): Model {
    return this.#timeline.at(this.moment);
  }

  /** The time that is shown, in the daemons' clock. */
  get nowMs(): number {
    const { atMs } = this.model;
    return this.isLive && Number.isFinite(this.#aheadMs)
      ? Math.max(atMs, Date.now() - this.#aheadMs)
      : atMs;
  }

  /** The chosen actor, if it is there at this moment; else the first root. */
  get actor(): Actor | undefined {
    const { model, place } = this;
    const [name = '', id = ''] = (place.actor ?? '').split(/\/(.*)/);
    const byKey = this.#actorKey === undefined ? undefined : actorOf(model, this.#actorKey);
    return byKey?.id === id ? byKey : actorById(model.daemons.get(name), id);
  }

  /** Who has a lane in the sequence diagram. */
  get lanes(): LaneMode {
    return this.laneMode ?? (this.#timeline.live.daemons.size > 1 ? 'daemons' : 'actors');
  }

  daemonOf(actor: Actor): Daemon | undefined {
    return this.model.daemons.get(actor.daemon);
  }

  /** Whether a person may do something to that daemon now. */
  mayControl(daemon: Daemon | undefined): boolean {
    return this.isLive && daemon?.info?.control === true && daemon.gone === undefined;
  }

  // ------------------------------------------------------------------------- what a person does

  /** Changes some fields and draws. */
  set(
    fields: Partial<
      Pick<
        Store,
        | 'search'
        | 'filter'
        | 'laneMode'
        | 'sequenceIsTable'
        | 'sequenceFollows'
        | 'chosen'
        | 'speed'
        | 'notice'
      >
    >,
  ): void {
    Object.assign(this, fields);
    this.#changed();
  }

  toggle(key: string): void {
    const toggled = new Set(this.toggled);
    if (!toggled.delete(key)) toggled.add(key);
    this.toggled = toggled;
    this.#changed();
  }

  show(view: ViewName): void {
    this.#go({ ...this.place, view });
  }

  chooseActor(actor: Actor, view: ViewName = this.place.view): void {
    this.#actorKey = actor.key;
    this.#go({ ...this.place, view, actor: `${actor.daemon}/${actor.id}` });
  }

  chooseItem(item: string): void {
    this.#go({ ...this.place, view: 'item', item });
  }

  /** Looks at a moment; undefined: at what happens now, or at the end of an opened trace. */
  goTo(moment: number | undefined): void {
    this.#playing = undefined;
    this.#moveTo(moment);
  }

  /** Stops where it is, or goes on with what happens now. */
  pause(): void {
    this.goTo(this.#moment === undefined ? this.moment : undefined);
  }

  /** Lets the past run on from the moment that is shown, or stops it. */
  play(): void {
    if (this.#playing !== undefined) {
      this.goTo(this.moment);
      return;
    }
    const { first, end } = this.#timeline;
    const start = this.moment >= end ? first : this.moment;
    this.#moveTo(start);
    this.#playing = this.#playingFrom(start);
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    if (this.#playing !== undefined) this.#playing = this.#playingFrom(this.moment);
    this.#changed();
  }

  /** Shows a trace instead of the stream, which goes on behind it. */
  openTrace(name: string, text: string): void {
    const { records, problems, damaged, leftOut } = loadTrace(text);
    this.trace = { name, problems, damaged, leftOut };
    this.#timeline = new Timeline(FILE_RECORDS_MAX);
    this.#timeline.append(records);
    this.chosen = undefined;
    this.goTo(this.#timeline.end);
  }

  /** Opens a file that a person picked or dropped. */
  async openFile(file: File): Promise<void> {
    if (file.size > FILE_BYTES_MAX) {
      this.set({ notice: `${file.name} is too large: at most ${sizeText(FILE_BYTES_MAX)}` });
      return;
    }
    try {
      this.openTrace(file.name, await file.text());
    } catch (error) {
      this.set({ notice: `${file.name} cannot be read: ${String(error)}` });
    }
  }

  closeTrace(): void {
    this.trace = undefined;
    this.#timeline = this.#stream;
    this.chosen = undefined;
    this.goTo(undefined);
  }

  /** Opens what the daemon kept from before the page was opened. */
  async openRing(): Promise<void> {
    try {
      this.openTrace('the ring of the daemon', await this.server.trace());
    } catch (error) {
      this.set({ notice: `The ring cannot be had: ${String(error)}` });
    }
  }

  /** The trace as it is kept, as a file. */
  saved(): Blob {
    return new Blob(saveTrace(this.#timeline.records()), { type: 'application/x-ndjson' });
  }

  async command(command: ControlCommand, what: string): Promise<boolean> {
    try {
      await this.server.control(command);
      this.set({ notice: `${what}: done` });
      return true;
    } catch (error) {
      this.set({ notice: `${what}: ${error instanceof Error ? error.message : String(error)}` });
      return false;
    }
  }

  useToken(token: string): void {
    rememberToken(token);
    this.server.retry(token);
  }

  // ------------------------------------------------------------------------- what happens

  #go(place: Place): void {
    this.place = place;
    this.notice = '';
    history.replaceState(null, '', writePlace(place));
    this.#changed();
  }

  #moveTo(moment: number | undefined): void {
    this.#moment = this.trace !== undefined && moment === undefined ? this.#timeline.end : moment;
    this.#stream.hold(this.trace === undefined ? this.#moment : undefined);
    this.#changed();
  }

  #statusChanged(status: StreamStatus): void {
    this.status = status;
    if (status.kind === 'live') {
      this.#aheadMs = Number.POSITIVE_INFINITY;
      void this.server.charts().then((charts) => {
        if (charts.size > 0) this.charts = charts;
        this.#changed();
      });
    } else if (status.kind !== 'connecting') {
      this.#append(this.#merger.take(Number.POSITIVE_INFINITY));
      this.#merger = new Merger();
      const { daemons, atMs } = this.#stream.live;
      const reason = status.reason;
      const standing = [...daemons.values()].filter(({ gone }) => gone === undefined);
      this.#append(standing.map(({ name }) => ({ kind: 'gone', daemon: name, atMs, reason })));
    }
    this.#changed();
  }

  #takeIn(): void {
    this.#append(this.#merger.take(performance.now()));
  }

  #append(records: readonly TraceRecord[]): void {
    if (records.length === 0) return;
    this.#stream.append(records);
    const latestMs = records.reduce((latest, { atMs }) => Math.max(latest, atMs), 0);
    if (latestMs > 0) this.#aheadMs = Math.min(this.#aheadMs, Date.now() - latestMs);
  }

  #playingFrom(moment: number): Playing {
    const fromMs = this.#timeline.entry(moment)?.record.atMs ?? this.model.atMs;
    return { fromMs, sinceMs: performance.now() };
  }

  #play(): void {
    if (this.#playing === undefined) return;
    const { fromMs, sinceMs } = this.#playing;
    const untilMs = fromMs + (performance.now() - sinceMs) * this.speed;
    let moment = this.moment;
    while (moment < this.#timeline.end) {
      const entry = this.#timeline.entry(moment);
      if (entry !== undefined && entry.record.atMs > untilMs) break;
      moment += 1;
    }
    if (moment >= this.#timeline.end) this.#playing = undefined;
    this.#moveTo(moment);
  }
}
