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
 * A caller that has not proved its work within this may be displaced by any other; in ms. Our
 * guess: several round trips, and a proof of 22 bits by a slow machine.
 */
export const PATIENCE_MS = 10_000;

type Slot = { readonly network: string; readonly sinceMs: number; isProved: boolean };

/**
 * Counts the connections that have not finished their handshake, so that callers who never do
 * cannot hold the listener: 64 in all, 8 per network (p2p protocol page, "Handshake").
 *
 * When the slots are taken, one caller gives way to whoever comes from a network that holds fewer:
 * the one that has waited longest of the network that holds most, or of all once it has had time
 * enough. So silent callers displace each other, and somebody who is alone in its network is heard.
 * Whoever has proved its work keeps its slot. If nobody has to give way the newest is refused.
 */
export class HalfOpenSlots {
  readonly #slotsMax: number;
  readonly #perNetworkMax: number;
  readonly #lab: boolean;
  /** By connection, the oldest first. */
  readonly #slots = new Map<number, Slot>();
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
    return this.#slots.size;
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
   * Takes a slot for `connection`, which calls from `host`; whoever is `displacedBy` it has none
   * any more. False: refused, and nothing is held.
   *
   * @throws RangeError when the connection holds a slot already.
   */
  take(connection: number, host: string, nowMs: number): boolean {
    if (this.#slots.has(connection)) {
      throw new RangeError(`connection ${connection} holds a half-open slot already`);
    }
    if (!this.isFreeFor(host, nowMs)) return false;
    const displaced = this.displacedBy(host, nowMs);
    this.#weigh(nowMs);
    if (displaced !== undefined) this.#slots.delete(displaced);
    this.#slots.set(connection, { network: networkOf(host), sinceMs: nowMs, isProved: false });
    return true;
  }

  /** True when `take` would succeed for a connection from `host`. */
  isFreeFor(host: string, nowMs: number): boolean {
    const network = networkOf(host);
    const isCrowd = !exempt(host, this.#lab) && this.#takenBy(network) >= this.#perNetworkMax;
    if (isCrowd) return false;
    return this.taken < this.#slotsMax || this.displacedBy(host, nowMs) !== undefined;
  }

  /** Who gives way to a caller from `host`; undefined: nobody has to, or nobody does. */
  displacedBy(host: string, nowMs: number): number | undefined {
    if (this.taken < this.#slotsMax) return undefined;
    const counts = new Map<string, number>();
    for (const { network } of this.#slots.values()) {
      counts.set(network, (counts.get(network) ?? 0) + 1);
    }
    const own = counts.get(networkOf(host)) ?? 0;
    let longest: number | undefined;
    let most = 0;
    for (const [connection, { network, sinceMs, isProved }] of this.#slots) {
      const count = counts.get(network) ?? 0;
      const mayGo = !isProved && (count > own + 1 || nowMs - sinceMs >= PATIENCE_MS);
      if (!mayGo || (longest !== undefined && count <= most)) continue;
      longest = connection;
      most = count;
    }
    return longest;
  }

  /** The caller has proved its work: it keeps its slot until its handshake is over. */
  proved(connection: number): void {
    const slot = this.#slots.get(connection);
    if (slot !== undefined) slot.isProved = true;
  }

  /** Gives the slot back; a connection without one is ignored. */
  release(connection: number, nowMs: number): void {
    this.#weigh(nowMs);
    this.#slots.delete(connection);
  }

  /** What has been taken until now counts for as long as it was. */
  #weigh(nowMs: number): void {
    this.#slotMs += this.taken * (nowMs - this.#changedMs);
    this.#changedMs = nowMs;
  }

  #takenBy(network: string): number {
    return [...this.#slots.values()].filter((slot) => slot.network === network).length;
  }
}
