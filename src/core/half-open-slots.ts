import { exempt, networkOf } from './networks.js';

export type HalfOpenOptions = {
  /** Connections of all hosts. */
  readonly slotsMax?: number;
  /** Connections of one network (/24, IPv6: /48). */
  readonly perNetworkMax?: number;
  /** True: loopback and private ranges are exempt from the limit per network. */
  readonly lab: boolean;
};

/**
 * Counts the connections that have not finished their handshake, so that callers who never do
 * cannot hold the listener: 64 in all, 8 per network (p2p protocol page, "Handshake"). Whoever
 * comes when the slots are taken is refused; the others are left alone.
 */
export class HalfOpenSlots {
  readonly #slotsMax: number;
  readonly #perNetworkMax: number;
  readonly #lab: boolean;
  /** Connection -> network. */
  readonly #networks = new Map<number, string>();
  /** Of the interval: when it began, and slots times milliseconds until the last change. */
  #beganMs = 0;
  #changedMs = 0;
  #slotMs = 0;

  constructor({ slotsMax = 64, perNetworkMax = 8, lab }: HalfOpenOptions) {
    this.#slotsMax = slotsMax;
    this.#perNetworkMax = perNetworkMax;
    this.#lab = lab;
  }

  get taken(): number {
    return this.#networks.size;
  }

  /** Begins to measure anew, at `nowMs` of a clock that never goes back. */
  beginInterval(nowMs: number): void {
    this.#beganMs = nowMs;
    this.#changedMs = nowMs;
    this.#slotMs = 0;
  }

  /** The share of slots that was taken, 0 to 1, on average since the interval began. */
  takenShare(nowMs: number): number {
    const lengthMs = nowMs - this.#beganMs;
    const slotMs = this.#slotMs + this.taken * (nowMs - this.#changedMs);
    return (lengthMs > 0 ? slotMs / lengthMs : this.taken) / this.#slotsMax;
  }

  /**
   * Takes a slot for `connection`, which calls from `host`. False: refused, and nothing is held.
   *
   * @throws RangeError when the connection holds a slot already.
   */
  take(connection: number, host: string, nowMs: number): boolean {
    if (this.#networks.has(connection)) {
      throw new RangeError(`connection ${connection} holds a half-open slot already`);
    }
    if (!this.isFreeFor(host)) return false;
    this.#weigh(nowMs);
    this.#networks.set(connection, networkOf(host));
    return true;
  }

  /** True when `take` would succeed for a connection from `host`. */
  isFreeFor(host: string): boolean {
    if (this.taken >= this.#slotsMax) return false;
    return exempt(host, this.#lab) || this.#takenBy(networkOf(host)) < this.#perNetworkMax;
  }

  /** Gives the slot back; a connection without one is ignored. */
  release(connection: number, nowMs: number): void {
    this.#weigh(nowMs);
    this.#networks.delete(connection);
  }

  /** What has been taken until now counts for as long as it was. */
  #weigh(nowMs: number): void {
    this.#slotMs += this.taken * (nowMs - this.#changedMs);
    this.#changedMs = nowMs;
  }

  #takenBy(network: string): number {
    return [...this.#networks.values()].filter((other) => other === network).length;
  }
}
