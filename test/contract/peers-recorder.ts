import type { DialAddress } from '../../src/common/address.js';
import type { ConnectionId, PeersHandler } from '../../src/runtime/ports.js';
import type { WireError } from '../../src/wire/decoded.js';
import type { PeerMessage } from '../../src/wire/messages.js';
import { Recorder } from './recorder.js';

/** What a peers port told. */
export type PeersEvent = { readonly connection: ConnectionId } & (
  | { readonly type: 'opened'; readonly remote: DialAddress }
  | { readonly type: 'connected'; readonly remote: DialAddress }
  | { readonly type: 'received'; readonly messages: readonly PeerMessage[] }
  | { readonly type: 'secured'; readonly identity: Buffer }
  | { readonly type: 'unsecured'; readonly reason: string }
  | { readonly type: 'malformed'; readonly error: WireError; readonly dump: string }
  | { readonly type: 'drained' }
  | { readonly type: 'closed'; readonly reason: string }
);

/** A handler that writes down everything; names callers 101, 102, … */
export class PeersRecorder extends Recorder<PeersEvent> implements PeersHandler {
  refuses = false;
  /** Set by a test that wants its handler to fail, or to act, at a moment of its choice. */
  onOpened: (connection: ConnectionId) => void = () => undefined;
  onReceived: (connection: ConnectionId) => void = () => undefined;
  onSecured: (connection: ConnectionId) => void = () => undefined;
  #callers = 100;

  accepted(): ConnectionId | undefined {
    if (this.refuses) return undefined;
    this.#callers += 1;
    return this.#callers;
  }
  opened(connection: ConnectionId, remote: DialAddress): void {
    this.note({ type: 'opened', connection, remote });
    this.onOpened(connection);
  }
  connected(connection: ConnectionId, remote: DialAddress): void {
    this.note({ type: 'connected', connection, remote });
  }
  received(connection: ConnectionId, messages: readonly PeerMessage[]): void {
    this.note({ type: 'received', connection, messages });
    this.onReceived(connection);
  }
  secured(connection: ConnectionId, identity: Buffer): void {
    this.note({ type: 'secured', connection, identity });
    this.onSecured(connection);
  }
  unsecured(connection: ConnectionId, reason: string): void {
    this.note({ type: 'unsecured', connection, reason });
  }
  malformed(connection: ConnectionId, error: WireError, dump: string): void {
    this.note({ type: 'malformed', connection, error, dump });
  }
  drained(connection: ConnectionId): void {
    this.note({ type: 'drained', connection });
  }
  closed(connection: ConnectionId, reason: string): void {
    this.note({ type: 'closed', connection, reason });
  }

  /** All messages of all connections, in the order of their arrival. */
  get messages(): PeerMessage[] {
    return this.all('received').flatMap(({ messages }) => messages);
  }
}
