/**
 * What the inspector tells: records, one JSON object each. The live stream sends them in batches, a
 * trace file has one a line, time travel replays them from the start: there is one reducer for all
 * three (`page/model.ts`), and whoever understands a stream understands a file.
 *
 * Everything in a record is plain JSON. Values from outside (contexts, events, messages) went
 * through `plain()`: Buffers are their length and first bytes in hex, secrets are left out.
 */

import type { LinkGroup } from '../core/link-groups.js';
import type { ItemStepName } from '../runtime/watch.js';

/** Version of this protocol; a page refuses records of another. */
export const TRACE_VERSION = 1;

/** A safely serialised value. */
export type Plain =
  null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

/** As XState has it: a state's name, or names by region. */
export type StateValue = string | { readonly [region: string]: StateValue };

/** Names a daemon in a stream of several: the first 8 hex digits of its identity. */
export type DaemonName = string;

/** Names an actor in its daemon for as long as the daemon runs: XState's session id. */
export type ActorName = string;

/** First in every stream and file, again after a reconnect: all that was known of it is over. */
export type DaemonRecord = {
  readonly kind: 'daemon';
  readonly version: number;
  readonly daemon: DaemonName;
  /** 64 hex digits. */
  readonly identity: string;
  /** "hearsay/0.1.0". */
  readonly agent: string;
  /** `HOST:PORT` where peers and modules connect. */
  readonly p2p: string;
  readonly api: string;
  /** Wall clock, when the stream began. */
  readonly atMs: number;
  /** A person may send events and cut links. */
  readonly control: boolean;
  /** In a stream of several daemons, its number among them, from 1. */
  readonly place?: number;
};

/** An actor exists: spawned now, or there already when the stream began. */
export type ActorRecord = {
  readonly kind: 'actor';
  readonly daemon: DaemonName;
  readonly actor: ActorName;
  /** "challenger.12". */
  readonly id: string;
  /** "challenger"; the file of that name is in machines/, the chart of that name in the page. */
  readonly machine: string;
  readonly parent: ActorName | undefined;
  readonly atMs: number;
  readonly value: StateValue;
  readonly context: { readonly [key: string]: Plain };
  /** Of an actor that was there already: its delays that wait. */
  readonly delays?: readonly PendingDelay[];
};

/** A delay that waits: its name, and when it fires by the wall clock. */
export type PendingDelay = { readonly name: string; readonly dueMs: number };

/** One transition taken, by the states and events of the machine's definition. */
export type TakenTransition = {
  /** Ids of state nodes: "challenger.handshaking.challenging". */
  readonly source: string;
  readonly targets: readonly string[];
  readonly event: string;
};

/** An actor received an event. */
export type EventRecord = {
  readonly kind: 'event';
  readonly daemon: DaemonName;
  /** Counts up by one per record of the daemon that has one; gaps are what was left out. */
  readonly seq: number;
  readonly atMs: number;
  readonly actor: ActorName;
  /** Undefined: from outside the actor system (a socket, a timer, the solver). */
  readonly from: ActorName | undefined;
  readonly type: string;
  readonly event: Plain;
  readonly before: StateValue;
  readonly after: StateValue;
  /** Context keys that changed, with what they are now. */
  readonly changed: { readonly [key: string]: Plain };
  readonly transitions: readonly TakenTransition[];
  /** Effects and bookkeeping that ran, in order. */
  readonly actions: readonly { readonly type: string; readonly params: Plain }[];
  /** Delays that wait from now on: name and when they fire. Replaces what was known. */
  readonly delays: readonly PendingDelay[];
};

/** Where an actor stands, for those whose events were sampled away. */
export type StateRecord = {
  readonly kind: 'state';
  readonly daemon: DaemonName;
  readonly atMs: number;
  readonly actor: ActorName;
  readonly value: StateValue;
  readonly changed: { readonly [key: string]: Plain };
  /** Replaces what was known, as in an EventRecord. */
  readonly delays?: readonly PendingDelay[];
};

/** An actor ended. */
export type EndRecord = {
  readonly kind: 'end';
  readonly daemon: DaemonName;
  readonly atMs: number;
  readonly actor: ActorName;
  readonly status: 'done' | 'error' | 'stopped';
  readonly output: Plain;
  readonly error: string | undefined;
};

/** A wire message left or arrived. */
export type MessageRecord = {
  readonly kind: 'message';
  readonly daemon: DaemonName;
  readonly seq: number;
  readonly atMs: number;
  readonly side: 'peer' | 'api';
  readonly direction: 'in' | 'out';
  readonly connection: number;
  /** Identity of the peer, as far as it is known: the other daemon's, to join two streams. */
  readonly peer: string | undefined;
  /** "SPREAD", "NOTIFICATION". */
  readonly type: string;
  readonly message: Plain;
  /** Of SPREAD. */
  readonly item: string | undefined;
};

/** A step in the life of an item at this daemon. */
export type ItemRecord = {
  readonly kind: 'item';
  readonly daemon: DaemonName;
  readonly seq: number;
  readonly atMs: number;
  readonly item: string;
  readonly dataType: number;
  readonly step: ItemStepName;
  /** Whom it concerns by actor id: a module (`api-connection.N`) or link (`peer-connection.N`). */
  readonly who: string | undefined;
  /** "valid", "invalid", "ttl 3", why it was refused. */
  readonly detail: string;
  /** Of "announced" and "arrived": what it says. */
  readonly data?: Plain;
};

/** The peer view as a table, as often as it changed, at most once a second. */
export type ViewRecord = {
  readonly kind: 'view';
  readonly daemon: DaemonName;
  readonly atMs: number;
  readonly links: readonly {
    readonly connection: number;
    readonly identity: string;
    readonly address: string;
    readonly direction: 'inbound' | 'outbound';
    readonly active: boolean;
    /** What an active link is for; absent of others. */
    readonly group?: LinkGroup | undefined;
    readonly sinceMs: number;
    readonly rttMs: number | undefined;
    readonly unsentBytes: number;
    /** Cut by a person from the page: nothing passes. */
    readonly cut: boolean;
    /** Data types that the peer wants. */
    readonly interests: readonly number[];
    /** Those of them whose items it gets at once; of the others it is only told. */
    readonly eager: readonly number[];
  }[];
  readonly book: readonly {
    readonly identity: string;
    readonly address: string;
    readonly table: 'new' | 'tried';
    readonly failures: number;
    readonly heardMs: number;
    readonly retryAtMs: number;
  }[];
  /** Who has misbehaved lately; absent of older traces. */
  readonly offenders?: readonly {
    readonly identity: string;
    /** They fade; whole ones, as they are now. */
    readonly points: number;
    readonly timesAside: number;
    /** Not dialled nor linked with until then; 0: never was put aside. */
    readonly asideUntilMs: number;
  }[];
  /** Counters and gauges by name. */
  readonly metrics: { readonly [name: string]: number };
};

/**
 * Why the daemon was not looked at: it had no time for that, a module was behind with its
 * notifications, or nobody reads fast enough what is told.
 */
export type AwayReason = 'busy' | 'module behind' | 'slow page';

/** Records were left out because there were too many: how many since the last such record. */
export type SampledRecord = {
  readonly kind: 'sampled';
  readonly daemon: DaemonName;
  readonly atMs: number;
  /** Those that were counted: while nobody looks, messages and item steps, but no events. */
  readonly left: number;
  /** Nobody looked since then, or for a while: only where the actors stand is told. */
  readonly away?: AwayReason;
};

/** The stream of one daemon broke, or stands again with its next `daemon` record. */
export type GoneRecord = {
  readonly kind: 'gone';
  readonly daemon: DaemonName;
  readonly atMs: number;
  readonly reason: string;
};

export type TraceRecord =
  | DaemonRecord
  | ActorRecord
  | EventRecord
  | StateRecord
  | EndRecord
  | MessageRecord
  | ItemRecord
  | ViewRecord
  | SampledRecord
  | GoneRecord;

/** What a person may ask for where `control = true`. */
export type ControlCommand =
  | {
      readonly do: 'send';
      readonly daemon: DaemonName;
      readonly actor: ActorName;
      readonly event: { readonly type: string; readonly [key: string]: Plain };
    }
  | {
      readonly do: 'close' | 'cut' | 'heal';
      readonly daemon: DaemonName;
      readonly connection: number;
    }
  | {
      /** Forgets what is held against a peer. */
      readonly do: 'forgive';
      readonly daemon: DaemonName;
      readonly identity: string;
    };

/** Names the event of a stream that ends because another page took its place. */
export const DISPLACED_EVENT = 'displaced';

/**
 * The HTTP interface. All but the page need the token where one is required (`?token=` or
 * `Authorization: Bearer`).
 *
 * - `GET /` the page; `GET /page/…` its script and style.
 * - `GET /stream` server-sent events: each `data:` is a JSON array of records, ten times a second.
 *   An event `displaced`, whose data is a JSON text, says that the place went to another page: it
 *   is the last, and whoever reads it does not come back by itself.
 * - `GET /charts` `{ [machine]: Chart }`: every machine's SVG and tables.
 * - `GET /trace` the ring of the last records as a trace file (JSON lines).
 * - `POST /control` a ControlCommand; 403 unless `control = true`.
 */
export const PATHS = {
  page: '/',
  assets: '/page/',
  stream: '/stream',
  charts: '/charts',
  trace: '/trace',
  control: '/control',
} as const;
