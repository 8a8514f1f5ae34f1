/** The geometry of a sequence diagram: who has a lane, and which arrow goes where in which row. */
import type { DaemonName, MessageRecord } from '../protocol.js';
import { joinCrossings, nameOf, peersOf } from './crossings.js';
import { changeOf, labelOf } from './sequence.js';
import type { Entry } from './timeline.js';

/** Actors of one machine that have lanes of their own; more of them share one. */
export const LANES_PER_MACHINE = 4;
/** Rows between the two ends of a message beyond which each end has an arrow of its own. */
export const CROSSING_ROWS_MAX = 40;

/** Who has a lane: each actor, all actors of a machine, or all of a daemon. */
export const LANE_MODES = ['actors', 'machines', 'daemons'] as const;
export type LaneMode = (typeof LANE_MODES)[number];

export type Lane = {
  readonly key: string;
  /** Undefined for peers that are not in the stream. */
  readonly daemon: DaemonName | undefined;
  /** "challenger.12", "validation.*", "outside", "module 3", "peer 1a2b3c4d". */
  readonly label: string;
  /** Id of the actor whose lane it is, when there is just one. */
  readonly actor: string | undefined;
};

export type Arrow = {
  readonly row: number;
  /** Index of the lane, and the row in which it ends when that is another. */
  readonly from: number;
  readonly to: number;
  readonly endRow: number;
  readonly kind: 'event' | 'message' | 'item' | 'stream';
  readonly label: string;
  /** The actor that it is about, where the lane does not tell. */
  readonly who: string;
  /** "challenging → refused". */
  readonly change: string;
};

export type Diagram = {
  readonly lanes: readonly Lane[];
  readonly arrows: readonly Arrow[];
};

/** From left to right: the modules, what is between, the peers. */
const ORDER = [
  'outside',
  'module',
  'api-connection',
  'supervisor',
  'validation',
  'difficulty',
  'peer-view',
  'peer-connection',
  'challenger',
  'prover',
  'peer',
];

type End = {
  readonly daemon: DaemonName | undefined;
  readonly machine: string;
  readonly id: string;
};
type Ends = { readonly from: End; readonly to: End };

const numberOf = (id: string): number => Number(/\d+$/.exec(id)?.[0] ?? 0);
const machineOf = (id: string): string => id.replace(/\.\d+$/, '');
const actorEnd = (daemon: DaemonName, id: string | undefined): End =>
  id === undefined
    ? { daemon, machine: 'outside', id: 'outside' }
    : { daemon, machine: machineOf(id), id };

const messageEnds = (record: MessageRecord, peer: string | undefined): Ends => {
  const { daemon, side, direction, connection } = record;
  const ours = actorEnd(daemon, `${side}-connection.${connection}`);
  const theirs: End =
    side === 'api'
      ? { daemon, machine: 'module', id: `module ${connection}` }
      : peer === undefined
        ? { daemon, machine: 'peer', id: `peer at ${connection}` }
        : { daemon: undefined, machine: 'peer', id: `peer ${nameOf(peer)}` };
  return direction === 'in' ? { from: theirs, to: ours } : { from: ours, to: theirs };
};

const endsOf = ({ record, who, from }: Entry, peer: string | undefined): Ends | undefined => {
  const { daemon } = record;
  switch (record.kind) {
    case 'event':
      return {
        from: actorEnd(daemon, record.from === undefined ? undefined : (from ?? record.from)),
        to: actorEnd(daemon, who ?? record.actor),
      };
    case 'message':
      return messageEnds(record, peer);
    case 'item': {
      const end = actorEnd(daemon, who ?? 'supervisor');
      return { from: end, to: end };
    }
    case 'daemon':
    case 'gone': {
      const end = actorEnd(daemon, 'supervisor');
      return { from: end, to: end };
    }
    default:
      return undefined;
  }
};

const rankOf = (machine: string): number => {
  const rank = ORDER.indexOf(machine);
  return rank < 0 ? ORDER.length - 1.5 : rank;
};

/** Lays out a window of a sequence; a row for each entry. */
export const layOut = (
  entries: readonly (Entry | undefined)[],
  daemons: readonly DaemonName[],
  mode: LaneMode = 'actors',
): Diagram => {
  const records = entries.map((entry) => entry?.record);
  const peers = peersOf(records);
  const ends = entries.map((entry, row) =>
    entry === undefined ? undefined : endsOf(entry, peers.get(row)),
  );
  // A message between two daemons of the stream goes from the one's link to the other's.
  const joined = new Map<number, number>();
  for (const { out, in: arrived } of joinCrossings(records)) {
    const [sent, received] = [ends[out], ends[arrived]];
    if (sent === undefined || received === undefined) continue;
    ends[out] = { from: sent.from, to: received.to };
    ends[arrived] = { from: sent.from, to: received.to };
    if (Math.abs(arrived - out) <= CROSSING_ROWS_MAX) joined.set(out, arrived).set(arrived, out);
  }
  const shown = ends.flatMap((end) => (end === undefined ? [] : [end.from, end.to]));
  const lanes = new Lanes(shown, daemons, mode);
  const arrows = ends.flatMap((end, row): Arrow[] => {
    const record = records[row];
    if (end === undefined || record === undefined) return [];
    const partner = joined.get(row);
    const isArrival = record.kind === 'message' && record.direction === 'in';
    // The sender's row draws the arrow of both.
    if (partner !== undefined && isArrival) return [];
    const [from, to] = [lanes.indexOf(end.from), lanes.indexOf(end.to)];
    return [
      {
        row,
        from,
        to,
        who:
          lanes.all[to]?.actor === end.to.id || NO_ACTORS.includes(end.to.machine) ? '' : end.to.id,
        endRow: partner ?? row,
        kind: kindOf(record.kind),
        label: labelOf(record),
        change: changeOf(record),
      },
    ];
  });
  return { lanes: lanes.all, arrows };
};

const kindOf = (kind: string): Arrow['kind'] =>
  kind === 'event' || kind === 'message' || kind === 'item' ? kind : 'stream';

/** Lanes of all that take part, in an order that does not depend on who came first. */
class Lanes {
  readonly all: readonly Lane[];
  readonly #indices = new Map<string, number>();
  readonly #crowded = new Set<string>();
  readonly #mode: LaneMode;
  readonly #daemons: readonly DaemonName[];

  constructor(ends: readonly End[], daemons: readonly DaemonName[], mode: LaneMode) {
    this.#mode = mode;
    this.#daemons = daemons;
    const distinct = new Map(ends.map((end) => [ownKey(end), end]));
    const counts = new Map<string, number>();
    for (const end of distinct.values()) {
      const kind = machineKey(end);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    for (const [kind, count] of counts) {
      if (count > LANES_PER_MACHINE) this.#crowded.add(kind);
    }
    const place = ({ daemon }: End): number =>
      daemon === undefined ? daemons.length : daemons.indexOf(daemon);
    const sorted = [...distinct.values()].sort(
      (one, other) =>
        place(one) - place(other) ||
        rankOf(one.machine) - rankOf(other.machine) ||
        numberOf(one.id) - numberOf(other.id) ||
        one.id.localeCompare(other.id),
    );
    const all: Lane[] = [];
    for (const end of sorted) {
      const lane = this.#laneOf(end);
      if (this.#indices.has(lane.key)) continue;
      this.#indices.set(lane.key, all.length);
      all.push(lane);
    }
    this.all = all;
  }

  indexOf(end: End): number {
    return this.#indices.get(this.#laneOf(end).key) ?? 0;
  }

  /** A peer whose daemon is in the stream is that daemon, where daemons have lanes. */
  #known(end: End): End {
    const name = end.id.slice('peer '.length);
    const isHere = end.daemon === undefined && this.#daemons.includes(name);
    return this.#mode === 'daemons' && isHere ? actorEnd(name, undefined) : end;
  }

  #laneOf(end: End): Lane {
    const { daemon, machine, id } = this.#known(end);
    const isActor = !NO_ACTORS.includes(machine);
    if (this.#mode === 'daemons' && (isActor || machine === 'outside')) {
      return { key: `${daemon ?? ''}/`, daemon, label: 'daemon', actor: undefined };
    }
    const isCrowded = this.#crowded.has(machineKey(end));
    if (isCrowded || (this.#mode !== 'actors' && daemon !== undefined && machine !== 'outside')) {
      const isOne = SINGLETONS.includes(machine);
      const label = isOne ? machine : machine === 'module' ? 'modules' : `${machine}.*`;
      return { key: machineKey(end), daemon, label, actor: isOne ? machine : undefined };
    }
    return { key: ownKey(end), daemon, label: id, actor: isActor ? id : undefined };
  }
}

const NO_ACTORS = ['outside', 'module', 'peer'];
const SINGLETONS = ['supervisor', 'peer-view', 'difficulty'];

const machineKey = ({ daemon, machine }: End): string => `${daemon ?? ''}/${machine}.*`;
const ownKey = ({ daemon, id }: End): string => `${daemon ?? ''}/${id}`;
