/**
 * How long what one host sends takes to another, chance included: latency, jitter, and loss as TCP
 * shows it, that is as delay and now and then as a reset. Knows nothing of daemons: whoever
 * simulates another protocol takes the same.
 */
import type { Random } from '../core/prng.js';

/** Milliseconds from one host to another, the same for every message of a pair. */
export type Latency = (fromHost: string, toHost: string) => number;

/** What lies between hosts. */
export type Paths = {
  /** Without chance; what a patient measurement would find. */
  oneWayMs(fromHost: string, toHost: string): number;
  /**
   * Of one write of so many bytes, with chance; `Infinity`: it is never acknowledged, and the
   * connection is reset. Whoever keeps an order of arrival must see to it: a later draw may be
   * shorter.
   */
  delayMs(fromHost: string, toHost: string, bytes: number): number;
};

export type ChancyPathsOptions = {
  readonly latency: Latency;
  readonly random: Random;
  /**
   * Mean of the jitter as a share of the latency, exponentially distributed, at most
   * `JITTER_MEANS_MAX` times that; 0 when absent.
   */
  readonly jitterShare?: number;
  /** Of segments that are lost; 0 when absent. */
  readonly lossShare?: number;
  /** Of losses, those that break the connection; 0 when absent. */
  readonly resetShare?: number;
};

const STEPS = 2 ** 32;
/** Longest jitter; beyond it the queue of a router is full and it is loss. Our guess. */
const JITTER_MEANS_MAX = 8;
/** Bytes of a segment: Ethernet's 1,500 less the headers of IPv4 and TCP with timestamps. */
const SEGMENT_BYTES = 1_448;
/** What Linux adds to the round trip at least before it sends again (TCP_RTO_MIN). */
const RETRANSMIT_MIN_MS = 200;
/** How often Linux sends again before it gives up (tcp_retries2). */
const RETRIES_MAX = 15;

/** The same latency for everything: no jitter, no loss. */
export const steadyPaths = (latency: Latency): Paths => ({
  oneWayMs: latency,
  delayMs: latency,
});

/** Latency with jitter and loss. Every draw comes from `random`, in the order of the calls. */
export const chancyPaths = ({
  latency,
  random,
  jitterShare = 0,
  lossShare = 0,
  resetShare = 0,
}: ChancyPathsOptions): Paths => {
  if (jitterShare === 0 && lossShare === 0) return steadyPaths(latency);
  // (n + 1) / 2^32 is above 0, of which there is no logarithm.
  const chance = (): number => (random.below(STEPS) + 1) / STEPS;
  const jitterMs = (baseMs: number): number =>
    jitterShare === 0 ? 0 : baseMs * jitterShare * Math.min(JITTER_MEANS_MAX, -Math.log(chance()));
  const lossMs = (roundTripMs: number, bytes: number): number => {
    const segments = Math.max(1, Math.ceil(bytes / SEGMENT_BYTES));
    const isWhole = lossShare === 0 || chance() <= (1 - lossShare) ** segments;
    if (isWhole) return 0;
    if (resetShare > 0 && chance() <= resetShare) return Infinity;
    let waitMs = roundTripMs + RETRANSMIT_MIN_MS;
    let totalMs = waitMs;
    for (let tries = 1; chance() <= lossShare; tries += 1) {
      if (tries === RETRIES_MAX) return Infinity;
      waitMs *= 2;
      totalMs += waitMs;
    }
    return totalMs;
  };
  return {
    oneWayMs: latency,
    delayMs: (fromHost, toHost, bytes) => {
      const baseMs = latency(fromHost, toHost);
      return baseMs + jitterMs(baseMs) + lossMs(2 * baseMs, bytes);
    },
  };
};

/** Paths that can be made longer for chosen hosts while the world goes on. */
export class AdjustablePaths implements Paths {
  readonly #paths: Paths;
  readonly #addedMs = new Map<string, number>();

  constructor(paths: Paths) {
    this.#paths = paths;
  }

  /** From now on everything to and from a host takes so much longer; 0: as before. */
  lengthen(host: string, addedMs: number): void {
    if (addedMs === 0) this.#addedMs.delete(host);
    else this.#addedMs.set(host, addedMs);
  }

  oneWayMs(fromHost: string, toHost: string): number {
    return this.#paths.oneWayMs(fromHost, toHost) + this.#added(fromHost, toHost);
  }

  delayMs(fromHost: string, toHost: string, bytes: number): number {
    return this.#paths.delayMs(fromHost, toHost, bytes) + this.#added(fromHost, toHost);
  }

  #added(fromHost: string, toHost: string): number {
    if (this.#addedMs.size === 0) return 0;
    return (this.#addedMs.get(fromHost) ?? 0) + (this.#addedMs.get(toHost) ?? 0);
  }
}
