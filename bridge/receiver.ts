/**
 * One connected receiver: what it is told, and how much of that may wait. A receiver that reads too
 * slowly loses events, never states: of a service that it missed something of, it is told where it
 * stands as soon as there is room.
 */
import type { Happening } from './mirror.js';
import { registerText, stateText, type Service } from './service.js';

/** Unsent bytes above which a receiver is told nothing more for now. Our guess. */
export const UNSENT_BYTES_MAX = 1_048_576;
/** A receiver that has not answered a ping by the next one is gone. Our guess. */
const PING_INTERVAL_MS = 15_000;

/** What is used of a WebSocket. */
export type ReceiverSocket = {
  /** Bytes that the system has not taken yet. */
  readonly bufferedAmount: number;
  /** Calls back when the system has taken it. */
  send(text: string, written: () => void): void;
  ping(): void;
  terminate(): void;
  on(event: 'pong', listener: () => void): unknown;
  once(event: 'close', listener: () => void): unknown;
};

export class Receiver {
  readonly #socket: ReceiverSocket;
  readonly #services: ReadonlyMap<string, Service>;
  /** Session ids that it was told of, and not the end. */
  readonly #known = new Set<string>();
  /** Session ids of which it has missed something. */
  readonly #stale = new Set<string>();
  #isInspecting = false;

  constructor(socket: ReceiverSocket, services: ReadonlyMap<string, Service>) {
    this.#socket = socket;
    this.#services = services;
    let isAlive = true;
    socket.on('pong', () => (isAlive = true));
    const pings = setInterval(() => {
      if (!isAlive) socket.terminate();
      isAlive = false;
      socket.ping();
    }, PING_INTERVAL_MS);
    socket.once('close', () => clearInterval(pings));
  }

  /** It asks to be told of all services; anew, when it asks again. */
  inspect(): void {
    this.#isInspecting = true;
    this.#known.clear();
    for (const sessionId of this.#services.keys()) this.#stale.add(sessionId);
    this.#catchUp();
  }

  /** Tells it of something, or that it has to be told later. `text` is asked for if there is room. */
  tell(sessionId: string, happening: Happening, text: () => string): void {
    if (!this.#isInspecting) return;
    const isInOrder = happening === 'register' || this.#known.has(sessionId);
    if (this.#stale.size > 0 || !isInOrder || !this.#hasRoom) {
      this.#stale.add(sessionId);
      this.#catchUp();
      return;
    }
    if (happening === 'register') this.#known.add(sessionId);
    if (happening === 'stop') this.#known.delete(sessionId);
    this.#send(text());
  }

  get #hasRoom(): boolean {
    return this.#socket.bufferedAmount <= UNSENT_BYTES_MAX;
  }

  #catchUp(): void {
    for (const sessionId of this.#stale) {
      if (!this.#hasRoom) return;
      this.#stale.delete(sessionId);
      const service = this.#services.get(sessionId);
      if (service === undefined) {
        const wasKnown = this.#known.delete(sessionId);
        if (wasKnown) this.#send(JSON.stringify({ type: 'service.stop', sessionId }));
      } else if (this.#known.has(sessionId)) {
        this.#send(stateText(service));
      } else {
        this.#known.add(sessionId);
        this.#send(registerText(service));
      }
    }
  }

  #send(text: string): void {
    // When it has left us, there may be room for what waits. That it failed shows as the close.
    this.#socket.send(text, () => {
      if (this.#stale.size > 0) this.#catchUp();
    });
  }
}
