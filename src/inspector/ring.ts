/**
 * The last records, kept for time travel. What falls out at the old end is folded into a base, so
 * that a replay always begins with a daemon and the actors that it had at that moment.
 */
import type { ActorRecord, DaemonRecord, TraceRecord, ViewRecord } from './protocol.js';

export class TraceRing {
  readonly #capacity: number;
  /** Circular once it is full: `#oldest` is the next to go. */
  #records: TraceRecord[] = [];
  #oldest = 0;
  #daemon: DaemonRecord | undefined;
  #view: ViewRecord | undefined;
  readonly #actors = new Map<string, ActorRecord>();

  /** `capacity`: how many records are kept beyond the base. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#records.length;
  }

  add(record: TraceRecord): void {
    if (this.#records.length < this.#capacity) {
      this.#records.push(record);
      return;
    }
    const leaving = this.#records[this.#oldest];
    this.#records[this.#oldest] = record;
    this.#oldest = (this.#oldest + 1) % this.#capacity;
    if (leaving !== undefined) this.#fold(leaving);
  }

  /** The base and what came after, in order: whoever replays it ends where the daemon stands. */
  records(): TraceRecord[] {
    return [
      ...(this.#daemon === undefined ? [] : [this.#daemon]),
      ...this.#actors.values(),
      ...(this.#view === undefined ? [] : [this.#view]),
      ...this.#records.slice(this.#oldest),
      ...this.#records.slice(0, this.#oldest),
    ];
  }

  #fold(record: TraceRecord): void {
    switch (record.kind) {
      case 'daemon':
        this.#daemon = record;
        this.#view = undefined;
        this.#actors.clear();
        return;
      case 'actor':
        this.#actors.set(record.actor, record);
        return;
      case 'event':
        return this.#change(record.actor, record.after, record.changed, record.delays);
      case 'state':
        return this.#change(record.actor, record.value, record.changed, record.delays);
      case 'end':
        this.#actors.delete(record.actor);
        return;
      case 'view':
        this.#view = record;
        return;
      case 'message':
      case 'item':
      case 'sampled':
      case 'gone':
        return;
    }
  }

  #change(
    name: string,
    value: ActorRecord['value'],
    changed: ActorRecord['context'],
    delays: ActorRecord['delays'],
  ): void {
    const actor = this.#actors.get(name);
    if (actor === undefined) return;
    const context = { ...actor.context, ...changed };
    this.#actors.set(name, { ...actor, value, context, ...(delays !== undefined && { delays }) });
  }
}
