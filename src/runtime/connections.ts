/**
 * The connections of one daemon by number: names them, finds their actors, and knows when a number
 * is free again: once both its socket and its actor are gone.
 */
import type { ActorRefFrom, AnyActorRef } from 'xstate';
import type { apiConnectionMachine } from '../../machines/api-connection.js';
import type { peerConnectionMachine } from '../../machines/peer-connection.js';
import type { supervisorMachine } from '../../machines/supervisor.js';
import type { Counters } from '../core/counters.js';
import { NumberPool } from '../core/number-pool.js';
import { CHALLENGE_BYTES, SALT_BYTES } from '../wire/messages.js';
import type { ConnectionId, RandomPort } from './ports.js';

type Root = ActorRefFrom<typeof supervisorMachine>;
type ModuleActor = ActorRefFrom<typeof apiConnectionMachine>;
type PeerActor = ActorRefFrom<typeof peerConnectionMachine>;

/** The number in an actor's id: 12 of `challenger.12`. */
export const connectionOf = (actorId: string): ConnectionId =>
  Number(actorId.slice(actorId.lastIndexOf('.') + 1));

type ApiId = `api-connection.${number}`;
type PeerId = `peer-connection.${number}`;

/** Ids by number, made once: they are needed for every message. Numbers are used again. */
const named = <Id extends string>(nameOf: (number: number) => Id): ((number: number) => Id) => {
  const ids: Id[] = [];
  return (number) => (ids[number] ??= nameOf(number));
};

const moduleActorId = named((number): ApiId => `api-connection.${number}`);
const peerActorId = named((number): PeerId => `peer-connection.${number}`);

const CONNECTION_ID = /^(api|peer)-connection\./;

export class Connections {
  readonly #modules = new NumberPool();
  readonly #peers = new NumberPool();
  readonly #root: () => Root;
  readonly #random: RandomPort;

  constructor(root: () => Root, random: RandomPort, counters: Counters) {
    this.#root = root;
    this.#random = random;
    counters.gauge('modules', () => this.moduleCount);
    counters.gauge('peer_connections', () => this.#peers.taken);
  }

  get moduleCount(): number {
    return this.#modules.taken;
  }

  nameModule(): ConnectionId {
    return this.#modules.take();
  }

  namePeer(): ConnectionId {
    return this.#peers.take();
  }

  /** The actor of a module's connection; undefined when it is over, or failed. */
  module(connection: ConnectionId): ModuleActor | undefined {
    return this.#child(moduleActorId(connection)) as ModuleActor | undefined;
  }

  /** The actor of a peer's connection; undefined when it is over, or failed. */
  peer(connection: ConnectionId): PeerActor | undefined {
    return this.#child(peerActorId(connection)) as PeerActor | undefined;
  }

  freeModule(connection: ConnectionId): void {
    this.#modules.release(connection);
    this.tellIfEmpty();
  }

  freePeer(connection: ConnectionId): void {
    this.#peers.release(connection);
    this.tellIfEmpty();
  }

  /** What a handshake needs that nobody can guess, fresh for each. */
  secrets(): { readonly challenge: Buffer; readonly salt: Buffer } {
    const challenge = this.#random.bytes(CHALLENGE_BYTES);
    return { challenge, salt: this.#random.bytes(SALT_BYTES) };
  }

  /** Ends every connection in order; `connections.closed` follows. */
  dropAll(reason: string): void {
    for (const child of Object.values(this.#root().getSnapshot().children)) {
      if (child === undefined || !CONNECTION_ID.test(child.id)) continue;
      (child as AnyActorRef).send({ type: 'connection.dropped', error: undefined, reason });
    }
    this.tellIfEmpty();
  }

  tellIfEmpty(): void {
    const isEmpty = this.#modules.taken + this.#peers.taken === 0;
    if (isEmpty) this.#root().send({ type: 'connections.closed' });
  }

  #child(id: ApiId | PeerId): AnyActorRef | undefined {
    return this.#root().getSnapshot().children[id];
  }
}
