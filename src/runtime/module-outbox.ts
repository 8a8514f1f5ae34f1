/**
 * The NOTIFICATIONs of one module that wait because it reads slowly. Up to the port's low-water
 * mark they leave at once; beyond it they wait here, where the oldest can still be skipped.
 */
import type { GossipNotification } from '../wire/messages.js';
import { LOW_WATER_BYTES, type ApiPort, type ConnectionId } from './ports.js';

export class ModuleOutbox {
  readonly #connection: ConnectionId;
  readonly #api: ApiPort;
  readonly #bytesMax: number;
  /** In order of message id issue. */
  readonly #waiting = new Map<number, GossipNotification>();
  #bytes = 0;

  constructor(connection: ConnectionId, api: ApiPort, bytesMax: number) {
    this.#connection = connection;
    this.#api = api;
    this.#bytesMax = bytesMax;
  }

  /** Data bytes that wait here. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Sends or queues; the ids of the oldest that had to be skipped. */
  push(message: GossipNotification): number[] {
    if (this.#waiting.size === 0 && !this.#isFull()) {
      this.#api.send(this.#connection, message);
      return [];
    }
    this.#waiting.set(message.messageId, message);
    this.#bytes += message.data.length;
    const skipped: number[] = [];
    for (const messageId of this.#waiting.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.cancel(messageId);
      skipped.push(messageId);
    }
    return skipped;
  }

  /** Takes back what has not been sent; false: nothing of this id waits. */
  cancel(messageId: number): boolean {
    const message = this.#waiting.get(messageId);
    if (message === undefined) return false;
    this.#waiting.delete(messageId);
    this.#bytes -= message.data.length;
    return true;
  }

  /** The port has room again. */
  drain(): void {
    for (const [messageId, message] of this.#waiting) {
      if (this.#isFull()) return;
      this.cancel(messageId);
      this.#api.send(this.#connection, message);
    }
  }

  #isFull(): boolean {
    return this.#api.unsentBytes(this.#connection) > LOW_WATER_BYTES;
  }
}
