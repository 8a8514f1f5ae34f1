/**
 * What happens in one or several daemons, as a conversation to be read: who sends what to whom,
 * which actor goes from which state to which, and why, what becomes of an item.
 *
 *     65.6 ms  alice -> bob   VERIFY         nonce 55f2, commitment 8a86, asks 4 bits in return
 *     75.6 ms  bob            challenger.1   challenging -> solving, on peer.verify; solves 4 bits
 *
 * A message stands where it leaves; that it arrives is seen by what it brings about. Left out is
 * what changes no state and has no effect, and what a message beside it says already. A moment is
 * named once, at its first line.
 */
import type { ActorRefFrom, AnyActorRef, AnyMachineSnapshot, InspectionEvent } from 'xstate';
import type { peerConnectionMachine } from '../../machines/peer-connection.js';
import type { Daemon } from './assemble.js';
import type { ConnectionId } from './ports.js';
import { changeText, leavesOf } from './trace-states.js';
import {
  apiMessageText,
  causeText,
  effectText,
  hostName,
  itemName,
  outputText,
  peerMessageText,
  type TraceNames,
} from './trace-words.js';
import type { ItemStep, ItemStepName, WatchedMessage } from './watch.js';

export type { TraceNames } from './trace-words.js';

/** One line of a transcript. `atMs` is what the transcript's clock said. */
export type TraceLine = { readonly atMs: number } & (
  | {
      readonly kind: 'message';
      readonly from: string;
      readonly to: string;
      /** "VERIFY". */
      readonly name: string;
      readonly detail: string;
    }
  | {
      readonly kind: 'state';
      readonly node: string;
      /** The actor's id. */
      readonly actor: string;
      /** "challenging -> solving"; empty when only an effect is to be told. */
      readonly change: string;
      /** "on peer.verify", "with bob"; may be empty. */
      readonly cause: string;
      /** "solves 4 bits", "refused: no VERIFY in time". */
      readonly effects: readonly string[];
    }
  | {
      readonly kind: 'item';
      readonly node: string;
      readonly item: string;
      readonly detail: string;
    }
  /** What was done to the world. */
  | { readonly kind: 'note'; readonly detail: string }
);

/** A place for a line whose transition is still under way. */
type Slot = { line: TraceLine | undefined; readonly effects: string[] };

type Watched = {
  readonly name: string;
  readonly connections: Map<string, AnyActorRef>;
  /** States as last seen. */
  readonly leaves: Map<AnyActorRef, readonly string[]>;
  /** Lines of events that an actor has been sent and not dealt with yet, the oldest first. */
  readonly waiting: Map<AnyActorRef, Slot[]>;
};

/** Steps in the life of an item that no message shows. */
const SHOWN_STEPS: ReadonlySet<ItemStepName> = new Set<ItemStepName>([
  'arrived again',
  'accepted',
  'rejected',
  'ignored',
  'held',
  'uninteresting',
  'refused',
]);

const WHO_COLUMNS = 22;
const WHAT_COLUMNS = 17;
const TIME_COLUMNS = 12;

export class Transcript {
  readonly #nowMs: () => number;
  readonly #names: TraceNames;
  readonly #slots: Slot[] = [];
  readonly #watched = new Map<string, Watched>();

  constructor(nowMs: () => number, names: TraceNames) {
    this.#nowMs = nowMs;
    this.#names = names;
  }

  /** Watches a daemon, from now on, until the returned function is called. Takes its watcher. */
  watch(name: string, daemon: Daemon): () => void {
    const watched: Watched = {
      name,
      connections: new Map(),
      leaves: new Map(),
      waiting: new Map(),
    };
    this.#watched.set(name, watched);
    const subscription = daemon.root.system.inspect((event) => this.#inspect(watched, event));
    daemon.watch.watcher = {
      message: (message) => this.#message(watched, message),
      item: (step) => this.#item(watched, step()),
    };
    watched.leaves.set(daemon.root, leavesOf(daemon.root));
    for (const child of Object.values(daemon.root.getSnapshot().children)) {
      if (child !== undefined) this.#meet(watched, child);
    }
    return () => {
      subscription.unsubscribe();
      daemon.watch.watcher = undefined;
      this.#watched.delete(name);
    };
  }

  /** Says what was done to the world. */
  note(detail: string): void {
    this.#add({ kind: 'note', atMs: this.#nowMs(), detail });
  }

  /** What has happened so far. */
  lines(): readonly TraceLine[] {
    return this.#slots.flatMap(({ line }) => (line === undefined ? [] : [line]));
  }

  /** Everything, a line each; the time only where it is another than that of the line before. */
  text(): string {
    let before = '';
    return this.lines()
      .map((line) => {
        const time = formatTime(line.atMs);
        const shown = time === before ? '' : time;
        before = time;
        return `${[shown.padStart(TIME_COLUMNS), formatLine(line)].join('  ').trimEnd()}\n`;
      })
      .join('');
  }

  // ------------------------------------------------------------------ actors

  #inspect(watched: Watched, inspected: InspectionEvent): void {
    const actor = inspected.actorRef as AnyActorRef;
    if (inspected.type === '@xstate.actor') {
      if (isPeerConnection(actor)) watched.connections.set(actor.id, actor);
    } else if (inspected.type === '@xstate.event') {
      this.#reserve(watched, actor);
    } else if (inspected.type === '@xstate.action') {
      const text = effectText(inspected.action, this.#peer(watched, actor.id));
      if (text !== undefined) watched.waiting.get(actor)?.[0]?.effects.push(text);
    } else if (inspected.type === '@xstate.snapshot') {
      const slot = watched.waiting.get(actor)?.shift();
      if (slot !== undefined) this.#fill(watched, actor, slot, inspected.event);
    }
  }

  /** A place for what an event will have brought about: before what that brings about in turn. */
  #reserve(watched: Watched, actor: AnyActorRef): void {
    const slot: Slot = { line: undefined, effects: [] };
    this.#slots.push(slot);
    const waiting = watched.waiting.get(actor);
    if (waiting === undefined) watched.waiting.set(actor, [slot]);
    else waiting.push(slot);
  }

  #fill(watched: Watched, actor: AnyActorRef, slot: Slot, event: { readonly type: string }): void {
    const before = watched.leaves.get(actor) ?? [];
    const after = leavesOf(actor);
    watched.leaves.set(actor, after);
    const { status, output } = actor.getSnapshot() as AnyMachineSnapshot;
    if (status !== 'active') {
      watched.leaves.delete(actor);
      watched.waiting.delete(actor);
    }
    const isBirth = event.type === 'xstate.init';
    const change = isBirth ? `begins: ${after.join(', ')}` : changeText(before, after);
    if (change === '' && slot.effects.length === 0) return;
    // The actors that wait for verdicts are resident: they are born idle, once.
    if (isBirth && actor.id.startsWith('validation.')) return;
    const cause = isBirth ? withPeer(this.#peer(watched, actor.id)) : causeText(event);
    // What ends a connection was told when it began to close.
    const end = status === 'done' && !before.includes('closing') ? outputText(output) : '';
    const isNews = end !== '' && !cause.includes(end);
    slot.line = {
      kind: 'state',
      atMs: this.#nowMs(),
      node: watched.name,
      actor: actor.id,
      change,
      cause,
      effects: [...slot.effects, ...(isNews ? [end] : [])],
    };
  }

  /** An actor that was there before anybody looked. Only connections are worth a line. */
  #meet(watched: Watched, actor: AnyActorRef): void {
    const leaves = leavesOf(actor);
    watched.leaves.set(actor, leaves);
    if (!isPeerConnection(actor)) return;
    watched.connections.set(actor.id, actor);
    this.#add({
      kind: 'state',
      atMs: this.#nowMs(),
      node: watched.name,
      actor: actor.id,
      change: `is: ${leaves.join(', ')}`,
      cause: withPeer(this.#peer(watched, actor.id)),
      effects: [],
    });
  }

  // ------------------------------------------------------------------ messages and items

  #message(watched: Watched, seen: WatchedMessage): void {
    const isOut = seen.direction === 'out';
    const { name: node } = watched;
    const other =
      seen.side === 'peer'
        ? this.#peer(watched, `peer-connection.${seen.connection}`)
        : moduleAt(node, seen.connection);
    // Whoever is watched too has shown this message when it left.
    if (!isOut && this.#watched.has(other)) return;
    const detail =
      seen.side === 'peer'
        ? peerMessageText(seen.message, this.#names)
        : apiMessageText(seen.message);
    const [from, to] = isOut ? [node, other] : [other, node];
    this.#add({
      kind: 'message',
      atMs: this.#nowMs(),
      from,
      to,
      name: seen.message.type,
      detail,
    });
  }

  #item({ name: node }: Watched, { step, item, detail }: ItemStep): void {
    if (!SHOWN_STEPS.has(step)) return;
    this.#add({
      kind: 'item',
      atMs: this.#nowMs(),
      node,
      item: itemName(item),
      detail: detail === '' ? step : `${step}, ${detail}`,
    });
  }

  /** Who is at the other end of a connection; empty for actors that are none. */
  #peer({ connections }: Watched, actorId: string): string {
    const actor = connections.get(actorId) as
      ActorRefFrom<typeof peerConnectionMachine> | undefined;
    const remote = actor?.getSnapshot().context.remote;
    return remote === undefined ? '' : hostName(this.#names, remote);
  }

  #add(line: TraceLine): void {
    this.#slots.push({ line, effects: [] });
  }
}

const isPeerConnection = ({ id }: AnyActorRef): boolean => id.startsWith('peer-connection.');

/** Whom a connection is with; of other actors the name says enough. */
const withPeer = (peer: string): string => (peer === '' ? '' : `with ${peer}`);

/** "module@alice", "module2@alice". */
const moduleAt = (node: string, connection: ConnectionId): string =>
  `module${connection === 1 ? '' : connection}@${node}`;

/** "12.0 ms". */
export const formatTime = (atMs: number): string => `${atMs.toFixed(1)} ms`;

/** What a line says of an actor: "challenging -> solving, on peer.verify; solves 4 bits". */
export const formatState = ({
  change,
  cause,
  effects,
}: Extract<TraceLine, { kind: 'state' }>): string =>
  [[change, cause].filter((text) => text !== '').join(', '), ...effects].join('; ');

/** One line without its time. */
const formatLine = (line: TraceLine): string => {
  switch (line.kind) {
    case 'note':
      return `-- ${line.detail}`;
    case 'message':
      return columns(`${line.from} -> ${line.to}`, line.name, line.detail);
    case 'state':
      return columns(line.node, line.actor, formatState(line));
    case 'item':
      return columns(line.node, line.item, line.detail);
  }
};

const columns = (who: string, what: string, detail: string): string =>
  [who.padEnd(WHO_COLUMNS), what.padEnd(WHAT_COLUMNS), detail].join('  ');
