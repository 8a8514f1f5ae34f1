/** The actors of a running daemon, as XState knows them. */
import type { ActorRefLike, AnyActorRef, AnyMachineSnapshot } from 'xstate';
import type { Daemon } from '../runtime/assemble.js';
import type { ActorName, StateValue } from './protocol.js';

/** What the inspector needs of a daemon. */
export type Inspected = Pick<
  Daemon,
  'root' | 'counters' | 'view' | 'groups' | 'book' | 'watch' | 'router'
>;

/**
 * Residents of one machine that are told of without having done anything, those that wait first: a
 * crowd that was once large stays so, and idle ones have nothing to show. Our guess.
 */
export const RESIDENTS_SHOWN = 256;

/**
 * The actors that live, parents before children: inspection only reports new ones. Residents are
 * children of the supervisor that do not stand in its snapshot.
 */
export const livingActors = ({
  root,
  router,
}: Pick<Inspected, 'root' | 'router'>): AnyActorRef[] => [
  ...withChildren(root),
  ...router.residents(RESIDENTS_SHOWN),
];

/** The living actor of this name. */
export const findActor = (
  daemon: Pick<Inspected, 'root' | 'router'>,
  name: ActorName,
): AnyActorRef | undefined =>
  [...withChildren(daemon.root), ...daemon.router.residents()].find(
    ({ sessionId }) => sessionId === name,
  );

/** An actor that the inspection names; the type only says what all kinds of references have. */
export const asActor = (ref: ActorRefLike): AnyActorRef => ref as AnyActorRef;

/** The snapshot of a machine's actor; undefined for actors of other kinds. */
export const machineSnapshotOf = (actor: ActorRefLike): AnyMachineSnapshot | undefined =>
  asMachineSnapshot(actor.getSnapshot());

/** The same for a snapshot at hand. A machine that failed to begin has none of its parts. */
export const asMachineSnapshot = (snapshot: unknown): AnyMachineSnapshot | undefined =>
  typeof snapshot === 'object' && snapshot !== null && 'machine' in snapshot && 'value' in snapshot
    ? (snapshot as AnyMachineSnapshot)
    : undefined;

/** "challenger" for `challenger.12`; the id without its number where there is no machine. */
export const machineName = (actor: AnyActorRef): string =>
  machineSnapshotOf(actor)?.machine.id ?? actor.id.replace(/\.\d+$/, '');

/** Where it stands; empty where there are no states. */
export const valueOf = (snapshot: AnyMachineSnapshot | undefined): StateValue =>
  snapshot === undefined ? '' : (snapshot.value as StateValue);

const withChildren = (actor: AnyActorRef): AnyActorRef[] => {
  const children = machineSnapshotOf(actor)?.children ?? {};
  const living = Object.values<AnyActorRef | undefined>(children).filter(
    (child) => child !== undefined,
  );
  return [actor, ...living.flatMap(withChildren)];
};
