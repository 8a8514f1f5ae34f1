/** A local module that follows a script. */
import type { GossipNotification } from '../wire/messages.js';
import type { Scheduler } from './virtual-clock.js';
import type { ModuleSocket, VirtualApi } from './virtual-api.js';

/** What a module does about a notification; `silent`: nothing, ever. */
export type Answer =
  { readonly valid: boolean; readonly afterMs: number } | { readonly silent: true };

/** How a module answers. */
export type Judge = (notification: GossipNotification) => Answer;

/** The same answer to everything. */
export const says =
  (valid: boolean, afterMs = 1): Judge =>
  () => ({ valid, afterMs });

/** No answer to anything. */
export const saysNothing: Judge = () => ({ silent: true });

/** A notification, and when it came in virtual ms. */
export type Heard = { readonly atMs: number; readonly message: GossipNotification };

/** A module that connects at once. Calls after it or the daemon hung up do nothing. */
export class VirtualModule {
  /** Every notification, in order. */
  readonly heard: Heard[] = [];
  /** May be changed at any time. */
  judge: Judge;
  readonly #scheduler: Scheduler;
  readonly #socket: ModuleSocket;
  #isConnected = true;

  constructor(scheduler: Scheduler, api: VirtualApi, judge: Judge = says(true)) {
    this.#scheduler = scheduler;
    this.judge = judge;
    this.#socket = api.connect({
      notified: (message) => this.#hear(message),
      ended: () => this.hangUp(),
    });
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  subscribe(...dataTypes: readonly number[]): void {
    this.#socket.say(...dataTypes.map((dataType) => ({ type: 'NOTIFY', dataType }) as const));
  }

  /** `ttl` 0 is unlimited. */
  announce(dataType: number, data: Buffer | string, ttl = 0): void {
    this.#socket.say({ type: 'ANNOUNCE', ttl, dataType, data: Buffer.from(data) });
  }

  answer(messageId: number, valid: boolean): void {
    this.#socket.say({ type: 'VALIDATION', messageId, valid });
  }

  /** Bytes that need not be a message. */
  babble(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  hangUp(): void {
    if (!this.#isConnected) return;
    this.#isConnected = false;
    this.#socket.hangUp();
  }

  #hear(message: GossipNotification): void {
    this.heard.push({ atMs: this.#scheduler.nowMs, message });
    const answer = this.judge(message);
    if ('silent' in answer) return;
    this.#scheduler.after(answer.afterMs, () => {
      if (this.#isConnected) this.answer(message.messageId, answer.valid);
    });
  }
}
