/** Which entries of the timeline are shown as a sequence, and how each is told. */
import type { EventRecord, ItemRecord, MessageRecord, TraceRecord } from '../protocol.js';
import { changeText } from './state-text.js';
import { brief } from './text.js';
import type { Entry, Timeline } from './timeline.js';

export type SequenceFilter = {
  /** Name of a daemon; '' for all. */
  readonly daemon: string;
  /** Text in the id of the actor or of the sender. */
  readonly actor: string;
  /** Text in the identity of the peer. */
  readonly peer: string;
  /** Text in the type of the event or message, or the name of the step. */
  readonly event: string;
  /** Text in the id of the item. */
  readonly item: string;
  readonly events: boolean;
  readonly messages: boolean;
  readonly items: boolean;
};

export const NO_FILTER: SequenceFilter = {
  daemon: '',
  actor: '',
  peer: '',
  event: '',
  item: '',
  events: true,
  messages: true,
  items: true,
};

/** How far into an event or message its item ids are searched for, in values. */
const ITEM_SEARCH_MAX = 400;
/** How far into a text, in characters. */
const TEXT_SEARCH_MAX = 1_000;

const has = (text: string | undefined, wanted: string): boolean =>
  text?.toLowerCase().includes(wanted) ?? false;

/** Whether some text within a value contains `wanted`; looks at so many values at most. */
export const mentions = (value: unknown, wanted: string): boolean => {
  const left: unknown[] = [value];
  for (let seen = 0; left.length > 0 && seen < ITEM_SEARCH_MAX; seen += 1) {
    const next = left.pop();
    if (typeof next === 'string') {
      if (has(next.slice(0, TEXT_SEARCH_MAX), wanted)) return true;
    } else if (typeof next === 'object' && next !== null) {
      left.push(...Object.values(next).slice(0, ITEM_SEARCH_MAX).reverse());
    }
  }
  return false;
};

/** The texts of a filter as they are compared. */
type Wanted = {
  readonly actor: string;
  readonly peer: string;
  readonly event: string;
  readonly item: string;
};

const eventPasses = (record: EventRecord, { peer, event, item }: Wanted): boolean =>
  peer === '' &&
  (has(record.type, event) || has(eventName(record.type), event)) &&
  (item === '' || mentions(record.event, item));

const messagePasses = (record: MessageRecord, { peer, event, item }: Wanted): boolean =>
  has(record.type, event) &&
  (peer === '' || has(record.peer, peer)) &&
  (item === '' || has(record.item, item) || mentions(record.message, item));

const stepPasses = (record: ItemRecord, { peer, event, item }: Wanted): boolean =>
  peer === '' && has(record.step, event) && has(record.item, item);

/** A filter with its texts prepared, as a predicate. */
const entryFilter = (filter: SequenceFilter): ((entry: Entry) => boolean) => {
  const textOf = (text: string): string => text.trim().toLowerCase();
  const wanted: Wanted = {
    actor: textOf(filter.actor),
    peer: textOf(filter.peer),
    event: textOf(filter.event),
    item: textOf(filter.item),
  };
  const isOpen = Object.values(wanted).every((text) => text === '');
  const passes = (record: TraceRecord): boolean => {
    switch (record.kind) {
      case 'event':
        return filter.events && eventPasses(record, wanted);
      case 'message':
        return filter.messages && messagePasses(record, wanted);
      case 'item':
        return filter.items && stepPasses(record, wanted);
      case 'gone':
      case 'daemon':
        return isOpen;
      default:
        return false;
    }
  };
  return ({ record, who, from }) =>
    (filter.daemon === '' || record.daemon === filter.daemon) &&
    (wanted.actor === '' || has(who, wanted.actor) || has(from, wanted.actor)) &&
    passes(record);
};

/** The moments whose entries pass a filter; kept up to date by looking at what is new only. */
export class Selection {
  #filter: SequenceFilter | undefined;
  #timeline: Timeline | undefined;
  #scanned = 0;
  #moments: number[] = [];
  #dropped = 0;
  #passed: (entry: Entry) => boolean = () => false;

  /** How many were dropped from the front, because the timeline did, since the filter was set. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Moments up to `end`, in order. The same array is returned, longer, as long as it fits. */
  update(timeline: Timeline, filter: SequenceFilter, end: number): readonly number[] {
    if (filter !== this.#filter || timeline !== this.#timeline || end < this.#scanned) {
      this.#filter = filter;
      this.#timeline = timeline;
      this.#passed = entryFilter(filter);
      this.#scanned = timeline.first;
      this.#moments = [];
      this.#dropped = 0;
    }
    this.#dropBefore(timeline.first);
    for (let at = Math.max(this.#scanned, timeline.first); at < end; at += 1) {
      const entry = timeline.entry(at);
      if (entry !== undefined && this.#passed(entry)) this.#moments.push(at);
    }
    this.#scanned = end;
    return this.#moments;
  }

  #dropBefore(first: number): void {
    if ((this.#moments[0] ?? first) >= first) return;
    const found = this.#moments.findIndex((moment) => moment >= first);
    const dropped = found < 0 ? this.#moments.length : found;
    this.#moments = this.#moments.slice(dropped);
    this.#dropped += dropped;
  }
}

/** XState's own events as a person says them: "after pingInterval", "done prover.12". */
export const eventName = (type: string): string => {
  const [, delay] = /^xstate\.after\.([^.]+)\./.exec(type) ?? [];
  if (delay !== undefined) return `after ${delay}`;
  const [, kind, who] = /^xstate\.(done|error)\.(?:actor|state)\.(.+)$/.exec(type) ?? [];
  if (kind !== undefined && who !== undefined) return `${kind} ${who}`;
  return type.replace(/^xstate\./, '');
};

/** A short name of what happened: "peer.verify", "SPREAD", "relayed". */
export const labelOf = (record: TraceRecord): string => {
  switch (record.kind) {
    case 'event':
      return eventName(record.type);
    case 'message':
      return record.type;
    case 'item':
      return record.step;
    case 'daemon':
      return 'the stream begins';
    case 'gone':
      return 'the stream broke';
    default:
      return record.kind;
  }
};

/** What there is to say beside the name, in one line. */
export const noteOf = (record: TraceRecord): string => {
  switch (record.kind) {
    case 'event':
      return brief(record.event, 120);
    case 'message':
      return brief(record.message, 120);
    case 'item':
      return [record.item.slice(0, 12), record.detail].filter((part) => part !== '').join(' ');
    case 'daemon':
      return record.agent;
    case 'gone':
      return record.reason;
    default:
      return '';
  }
};

/** The change of state that an event made: "challenging → refused"; '' for none. */
export const changeOf = (record: TraceRecord): string =>
  record.kind === 'event' ? changeText(record.before, record.after) : '';
