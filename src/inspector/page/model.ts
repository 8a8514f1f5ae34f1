/**
 * What is known at one moment, folded from records: the one reducer of live stream, trace file and
 * time travel.
 *
 * A model is changed in place, because thousands of records a second pass through it; what it
 * holds, actors and lives of items, is replaced and never changed. So a copy of the maps is a
 * snapshot of everything.
 */
import type {
  ActorName,
  ActorRecord,
  AwayReason,
  DaemonName,
  DaemonRecord,
  EndRecord,
  EventRecord,
  ItemRecord,
  Plain,
  StateRecord,
  StateValue,
  TakenTransition,
  TraceRecord,
  ViewRecord,
} from '../protocol.js';
import { counted, NO_RATE, type Rate } from './rate.js';
import { isObject } from './text.js';

/** Ended actors that stay to be looked at, per daemon: more than a screen, few enough to read. */
export const ENDED_ACTORS_MAX = 200;
/** How long an ended actor stays at least visible while others end, in milliseconds. */
export const ENDED_ACTOR_MS = 120_000;
/** Items whose lives are kept; the oldest is forgotten first. */
export const ITEMS_MAX = 2_000;
/** Steps kept of one item's life: an item in a page of twenty busy daemons has about that many. */
export const STEPS_MAX = 1_000;

/** How an actor ended. */
export type Ending = Pick<EndRecord, 'status' | 'output' | 'error' | 'atMs'>;

export type Actor = {
  /** Unique in the page: `DAEMON/SESSION`. */
  readonly key: string;
  readonly daemon: DaemonName;
  readonly name: ActorName;
  /** "challenger.12". */
  readonly id: string;
  readonly machine: string;
  readonly parent: ActorName | undefined;
  /** When it was first seen, wall clock. */
  readonly bornMs: number;
  readonly value: StateValue;
  readonly context: { readonly [key: string]: Plain };
  /** Context keys that the last event changed. */
  readonly changed: readonly string[];
  readonly lastEvent: string | undefined;
  readonly lastMs: number;
  /** Taken at the last event that took any, and what ran with them. */
  readonly transitions: readonly TakenTransition[];
  readonly actions: EventRecord['actions'];
  readonly delays: EventRecord['delays'];
  readonly events: number;
  readonly rate: Rate;
  readonly ending: Ending | undefined;
};

/** A step in the life of an item, with whom it concerned: link numbers are used again and again. */
export type LifeStep = {
  readonly record: ItemRecord;
  /** Identity of the peer at the link of `record.who`, when it was known. */
  readonly peer: string | undefined;
};

export type Life = {
  readonly item: string;
  readonly steps: readonly LifeStep[];
};

export type Daemon = {
  readonly name: DaemonName;
  /** Undefined: records came without a `daemon` record, from a damaged file. */
  info: DaemonRecord | undefined;
  /** Why the stream broke; undefined while it stands. */
  gone: string | undefined;
  readonly actors: Map<ActorName, Actor>;
  /** Ended actors in the order of their end. */
  readonly ended: Set<ActorName>;
  /** Identity of the peer at each connection, as far as it is known. */
  readonly peers: Map<number, string>;
  view: ViewRecord | undefined;
  /** Records that were left out at the source since the stream began. */
  sampled: number;
  /** Why the actors were not looked at when records were left out last, and when that was. */
  away: { readonly reason: AwayReason; readonly atMs: number } | undefined;
  rate: Rate;
  /** Counts up when actors come, end or are forgotten: what a tree is made anew for. */
  structure: number;
};

export type Model = {
  /** In the order in which they are shown. */
  readonly daemons: Map<DaemonName, Daemon>;
  readonly items: Map<string, Life>;
  /** Wall clock of the last record; 0 before the first. */
  atMs: number;
};

export const emptyModel = (): Model => ({ daemons: new Map(), items: new Map(), atMs: 0 });

/** A snapshot: whatever happens to one of the two, the other stays. */
export const copyModel = (model: Model): Model => ({
  daemons: new Map(
    [...model.daemons].map(([name, daemon]) => [
      name,
      {
        ...daemon,
        actors: new Map(daemon.actors),
        ended: new Set(daemon.ended),
        peers: new Map(daemon.peers),
      },
    ]),
  ),
  items: new Map(model.items),
  atMs: model.atMs,
});

export const actorKey = (daemon: DaemonName, name: ActorName): string => `${daemon}/${name}`;

/** The actor of that key. */
export const actorOf = (model: Model, key: string): Actor | undefined => {
  const slash = key.indexOf('/');
  return model.daemons.get(key.slice(0, slash))?.actors.get(key.slice(slash + 1));
};

/** The actor of a daemon with that id: the living one, else the one that ended last. */
export const actorById = (daemon: Daemon | undefined, id: string): Actor | undefined => {
  let found: Actor | undefined;
  for (const actor of daemon?.actors.values() ?? []) {
    if (actor.id === id && (found === undefined || found.ending !== undefined)) found = actor;
  }
  return found;
};

/** The number in `peer-connection.12`; undefined for other actors. */
export const connectionOf = (id: string | undefined): number | undefined => {
  const digits = /^peer-connection\.(\d{1,9})$/.exec(id ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
};

/** Folds one record into the model. Total: records of unknown actors change nothing. */
export const reduce = (model: Model, record: TraceRecord): void => {
  if (record.atMs > model.atMs) model.atMs = record.atMs;
  const daemon = daemonOf(model, record.daemon);
  switch (record.kind) {
    case 'daemon':
      begin(daemon, record);
      arrange(model);
      return;
    case 'actor':
      appear(daemon, record);
      return;
    case 'event':
      receive(daemon, record);
      return;
    case 'state':
      stand(daemon, record);
      return;
    case 'end':
      end(daemon, record);
      return;
    case 'message':
      if (record.side === 'peer' && record.peer !== undefined) {
        daemon.peers.set(record.connection, record.peer);
      }
      return;
    case 'item':
      live(model, daemon, record);
      return;
    case 'view':
      daemon.view = record;
      for (const { connection, identity } of record.links) daemon.peers.set(connection, identity);
      return;
    case 'sampled':
      daemon.sampled += record.left;
      daemon.away =
        record.away === undefined ? undefined : { reason: record.away, atMs: record.atMs };
      return;
    case 'gone':
      daemon.gone = record.reason;
      return;
  }
};

const daemonOf = (model: Model, name: DaemonName): Daemon => {
  const known = model.daemons.get(name);
  if (known !== undefined) return known;
  const daemon: Daemon = {
    name,
    info: undefined,
    gone: undefined,
    actors: new Map(),
    ended: new Set(),
    peers: new Map(),
    view: undefined,
    sampled: 0,
    away: undefined,
    rate: NO_RATE,
    structure: 0,
  };
  model.daemons.set(name, daemon);
  return daemon;
};

/** A stream began: what was known of the daemon is over, what its items lived stays true. */
const begin = (daemon: Daemon, record: DaemonRecord): void => {
  daemon.info = record;
  daemon.gone = undefined;
  daemon.actors.clear();
  daemon.ended.clear();
  daemon.peers.clear();
  daemon.view = undefined;
  daemon.structure += 1;
};

/** By number, else by name: in an order that does not depend on who came first. */
const arrange = (model: Model): void => {
  const daemons = [...model.daemons.values()];
  const placeOf = ({ info }: Daemon): number => info?.place ?? Number.POSITIVE_INFINITY;
  const isBefore = (one: Daemon, other: Daemon): boolean =>
    placeOf(one) === placeOf(other) ? one.name < other.name : placeOf(one) < placeOf(other);
  const sorted = daemons.sort((one, other) => (isBefore(one, other) ? -1 : 1));
  model.daemons.clear();
  for (const daemon of sorted) model.daemons.set(daemon.name, daemon);
};

const appear = (daemon: Daemon, record: ActorRecord): void => {
  daemon.ended.delete(record.actor);
  daemon.actors.set(record.actor, {
    key: actorKey(record.daemon, record.actor),
    daemon: record.daemon,
    name: record.actor,
    id: record.id,
    machine: record.machine,
    parent: record.parent,
    bornMs: record.atMs,
    value: record.value,
    context: record.context,
    changed: [],
    lastEvent: undefined,
    lastMs: record.atMs,
    transitions: [],
    actions: [],
    delays: record.delays ?? [],
    events: 0,
    rate: NO_RATE,
    ending: undefined,
  });
  const connection = connectionOf(record.id);
  if (connection !== undefined) {
    daemon.peers.delete(connection);
    learnPeer(daemon, record.id, record.context);
  }
  daemon.structure += 1;
};

const receive = (daemon: Daemon, record: EventRecord): void => {
  daemon.rate = counted(daemon.rate, record.atMs);
  const actor = daemon.actors.get(record.actor);
  if (actor === undefined) return;
  daemon.actors.set(record.actor, {
    ...actor,
    value: record.after,
    context: merged(actor.context, record.changed),
    changed: Object.keys(record.changed),
    lastEvent: record.type,
    lastMs: record.atMs,
    ...(record.transitions.length > 0
      ? { transitions: record.transitions, actions: record.actions }
      : {}),
    delays: record.delays,
    events: actor.events + 1,
    rate: counted(actor.rate, record.atMs),
  });
  learnPeer(daemon, actor.id, record.changed);
};

const stand = (daemon: Daemon, record: StateRecord): void => {
  const actor = daemon.actors.get(record.actor);
  if (actor === undefined) return;
  daemon.actors.set(record.actor, {
    ...actor,
    value: record.value,
    context: merged(actor.context, record.changed),
    changed: Object.keys(record.changed),
    lastMs: record.atMs,
    // Which way it came here was sampled away.
    transitions: [],
    actions: [],
    delays: record.delays ?? [],
  });
  learnPeer(daemon, actor.id, record.changed);
};

const end = (daemon: Daemon, record: EndRecord): void => {
  const actor = daemon.actors.get(record.actor);
  if (actor === undefined || actor.ending !== undefined) return;
  const { status, output, error, atMs } = record;
  const ending = { status, output, error, atMs };
  daemon.actors.set(record.actor, { ...actor, delays: [], ending });
  daemon.ended.add(record.actor);
  daemon.structure += 1;
  for (const name of daemon.ended) {
    const endedMs = daemon.actors.get(name)?.ending?.atMs ?? 0;
    if (daemon.ended.size <= ENDED_ACTORS_MAX && atMs - endedMs <= ENDED_ACTOR_MS) break;
    daemon.ended.delete(name);
    daemon.actors.delete(name);
  }
};

const live = (model: Model, daemon: Daemon, record: ItemRecord): void => {
  const connection = connectionOf(record.who);
  const peer = connection === undefined ? undefined : daemon.peers.get(connection);
  const steps = model.items.get(record.item)?.steps ?? [];
  if (steps.length >= STEPS_MAX) return;
  model.items.set(record.item, { item: record.item, steps: [...steps, { record, peer }] });
  if (model.items.size <= ITEMS_MAX) return;
  for (const oldest of model.items.keys()) {
    model.items.delete(oldest);
    return;
  }
};

const merged = (
  context: Actor['context'],
  changed: { readonly [key: string]: Plain },
): Actor['context'] => (Object.keys(changed).length === 0 ? context : { ...context, ...changed });

/** A peer connection knows its peer from HELLO on; a context shows it as `greeting.identity`. */
const learnPeer = (
  daemon: Daemon,
  id: string,
  context: { readonly [key: string]: Plain },
): void => {
  const greeting = context['greeting'];
  if (!isObject(greeting) || typeof greeting['identity'] !== 'string') return;
  const connection = connectionOf(id);
  if (connection !== undefined) daemon.peers.set(connection, greeting['identity']);
};
