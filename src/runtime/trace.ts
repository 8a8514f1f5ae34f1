/**
 * What happens in one or several daemons, as a conversation to be read: who sends what to whom,
 * which actor goes from which state to which, and why, what becomes of an item.
 *
 *     30.0 ms  alice -> bob   VERIFY          nonce 3fa2, commitment 99ab, asks 4 bits in return
 *     40.0 ms  bob            challenger.1    challenging -> solving, on peer.verify; solves 4 bits
 *
 * A message stands where it leaves; that it arrives is seen by what it brings about. Transitions
 * that change no state are left out, with the timers of regions that go round in circles.
 */
import type { AnyActorRef, AnyMachineSnapshot, InspectionEvent, StateValue } from 'xstate';
import type { peerConnectionMachine } from '../../machines/peer-connection.js';
import type { ActorRefFrom } from 'xstate';
import type { Daemon } from './assemble.js';
import type { ConnectionId } from './ports.js';
import type { ItemStep, WatchedMessage } from './watch.js';
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

export type { TraceNames } from './trace-words.js';

/** One line of a transcript. Times in virtual or monotonic ms, as the transcript's clock has it. */
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
      readonly kind: 'state' | 'item';
      readonly node: string;
      /** The actor's id; the item's name. */
      readonly subject: string;
      readonly detail: string;
    }
  /** What the world did: nobody of those watched. */
  | { readonly kind: 'note'; readonly detail: string }
);

/** A line whose transition is still under way. */
type Slot = { line: TraceLine | undefined; readonly effects: string[] };

type Watched = {
  readonly name: string;
  readonly daemon: Daemon;
  readonly actors: Map<string, AnyActorRef>;
  /** States as last seen. */
  readonly leaves: Map<AnyActorRef, readonly string[]>;
  /** Lines of events that an actor has been sent and not dealt with yet, the oldest first. */
  readonly waiting: Map<AnyActorRef, Slot[]>;
};

const WHO_COLUMNS = 22;
const WHAT_COLUMNS = 18;
const TIME_COLUMNS = 9;

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
      daemon,
      actors: new Map(),
      leaves: new Map(),
      waiting: new Map(),
    };
    this.#watched.set(name, watched);
    const subscription = daemon.root.system.inspect((event) => this.#inspect(watched, event));
    daemon.watch.watcher = {
      message: (message) => this.#message(watched, message),
      item: (step) => this.#item(watched, step),
    };
    watched.leaves.set(daemon.root, leavesOf(daemon.root));
    for (const child of Object.values(daemon.root.getSnapshot().children)) {
      if (child !== undefined) this.#begin(watched, child);
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

  /** Everything, a line each. */
  text(): string {
    return this.lines().map(formatLine).join('');
  }

  // ------------------------------------------------------------------ actors

  #inspect(watched: Watched, inspected: InspectionEvent): void {
    const actor = inspected.actorRef as AnyActorRef;
    if (inspected.type === '@xstate.actor') watched.actors.set(actor.id, actor);
    else if (inspected.type === '@xstate.event') this.#reserve(watched, actor);
    else if (inspected.type === '@xstate.action') {
      const text = effectText(inspected.action);
      if (text !== undefined) watched.waiting.get(actor)?.[0]?.effects.push(text);
    } else if (inspected.type === '@xstate.snapshot') {
      const slot = watched.waiting.get(actor)?.shift();
      if (slot !== undefined) this.#fill(watched, actor, slot, inspected.event);
    }
  }

  /** A line for what an event will have brought about: before what that brings about in turn. */
  #reserve(watched: Watched, actor: AnyActorRef): void {
    const slot: Slot = { line: undefined, effects: [] };
    this.#slots.push(slot);
    const waiting = watched.waiting.get(actor);
    if (waiting === undefined) watched.waiting.set(actor, [slot]);
    else waiting.push(slot);
  }

  #fill(watched: Watched, actor: AnyActorRef, slot: Slot, event: { type: string }): void {
    const before = watched.leaves.get(actor) ?? [];
    const after = leavesOf(actor);
    watched.leaves.set(actor, after);
    const change = changeText(before, after);
    if (change === '' && slot.effects.length === 0) return;
    const isFirst = event.type === 'xstate.init';
    const snapshot = actor.getSnapshot() as AnyMachineSnapshot;
    const said = [
      ...(isFirst ? [`begins: ${after.join(', ')}`] : [change, causeText(event)]),
    ].filter((text) => text !== '');
    const output = snapshot.status === 'done' ? outputText(snapshot.output) : '';
    const consequences = [...slot.effects, ...(output === '' ? [] : [output])];
    slot.line = {
      kind: 'state',
      atMs: this.#nowMs(),
      node: watched.name,
      subject: actor.id,
      detail: [said.join(', '), ...consequences].join('; '),
    };
    if (snapshot.status !== 'active') this.#forget(watched, actor);
  }

  #forget(watched: Watched, actor: AnyActorRef): void {
    watched.leaves.delete(actor);
    watched.waiting.delete(actor);
    if (!actor.id.startsWith('peer-connection.')) watched.actors.delete(actor.id);
  }

  /** An actor that was there before anybody looked. */
  #begin(watched: Watched, actor: AnyActorRef): void {
    watched.actors.set(actor.id, actor);
    const leaves = leavesOf(actor);
    watched.leaves.set(actor, leaves);
    const detail = `is: ${leaves.join(', ')}`;
    const { name: node } = watched;
    this.#add({ kind: 'state', atMs: this.#nowMs(), node, subject: actor.id, detail });
  }

  // ------------------------------------------------------------------ messages and items

  #message(watched: Watched, seen: WatchedMessage): void {
    const isOut = seen.direction === 'out';
    const { name: node } = watched;
    const other =
      seen.side === 'peer' ? this.#peer(watched, seen.connection) : moduleAt(node, seen.connection);
    // Whoever is watched too has shown this message when it left.
    if (!isOut && this.#watched.has(other)) return;
    const detail =
      seen.side === 'peer'
        ? peerMessageText(seen.message, this.#names)
        : apiMessageText(seen.message);
    this.#add({
      kind: 'message',
      atMs: this.#nowMs(),
      from: isOut ? node : other,
      to: isOut ? other : node,
      name: seen.message.type,
      detail,
    });
  }

  #peer(watched: Watched, connection: ConnectionId): string {
    const actor = watched.actors.get(`peer-connection.${connection}`) as
      ActorRefFrom<typeof peerConnectionMachine> | undefined;
    const remote = actor?.getSnapshot().context.remote;
    return remote === undefined ? `caller ${connection}` : hostName(this.#names, remote);
  }

  #item(watched: Watched, { step, item, who, detail }: ItemStep): void {
    const other = who === undefined ? '' : this.#whoText(watched, step, who);
    this.#add({
      kind: 'item',
      atMs: this.#nowMs(),
      node: watched.name,
      subject: itemName(item),
      detail: [`${step}${other}`, detail].filter((text) => text !== '').join(', '),
    });
  }

  #whoText(watched: Watched, step: ItemStep['step'], actorId: string): string {
    const connection = Number(actorId.slice(actorId.lastIndexOf('.') + 1));
    const name = actorId.startsWith('api-')
      ? moduleAt(watched.name, connection)
      : this.#peer(watched, connection);
    return ` ${PREPOSITIONS[step] ?? 'by'} ${name}`;
  }

  #add(line: TraceLine): void {
    this.#slots.push({ line, effects: [] });
  }
}

const PREPOSITIONS: Partial<Record<ItemStep['step'], string>> = {
  arrived: 'from',
  'arrived again': 'from',
  asked: 'of',
  relayed: 'to',
  offered: 'to',
};

/** "module@alice", "module2@alice". */
const moduleAt = (node: string, connection: ConnectionId): string =>
  `module${connection === 1 ? '' : connection}@${node}`;

/** One line of text, its newline included. */
export const formatLine = (line: TraceLine): string => {
  const time = `${line.atMs.toFixed(1).padStart(TIME_COLUMNS)} ms`;
  if (line.kind === 'note') return `${time}  -- ${line.detail}\n`;
  const who = line.kind === 'message' ? `${line.from} -> ${line.to}` : line.node;
  const what = line.kind === 'message' ? line.name : line.subject;
  const columns = [time, who.padEnd(WHO_COLUMNS), what.padEnd(WHAT_COLUMNS), line.detail];
  return `${columns.join('  ').trimEnd()}\n`;
};

type Node = { readonly states: { readonly [name: string]: Node } };

/**
 * The states at the ends of the tree, by their own names; a region that has only one state says
 * nothing.
 */
const leavesOf = (actor: AnyActorRef): readonly string[] => {
  const snapshot = actor.getSnapshot() as AnyMachineSnapshot;
  return [...new Set(leaves(snapshot.value, snapshot.machine.root))];
};

const leaves = (value: StateValue, node: Node | undefined): string[] => {
  const hasChoice = Object.keys(node?.states ?? {}).length > 1;
  if (typeof value === 'string') return hasChoice ? [value] : [];
  return Object.entries(value).flatMap(([name, inner]) =>
    inner === undefined ? [] : leaves(inner, node?.states[name]),
  );
};

/** "listening -> solving"; empty when nothing changed. */
const changeText = (before: readonly string[], after: readonly string[]): string => {
  const gone = before.filter((state) => !after.includes(state));
  const come = after.filter((state) => !before.includes(state));
  if (gone.length + come.length === 0) return '';
  return [gone, come]
    .filter((states) => states.length > 0)
    .map((states) => states.join(', '))
    .join(' -> ');
};
