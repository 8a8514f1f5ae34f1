/**
 * What each connection may still send us (protocol page, "Spreading"): asked before anything is
 * done about a message. What is too much is counted, and whoever persists is closed.
 */
import type { Counters } from '../core/counters.js';
import { RateLimit, type RateKind, type Rates } from '../core/rate-limit.js';
import type { ClockPort, ConnectionId } from './ports.js';

export type PeerAllowancesDeps = {
  readonly clock: ClockPort;
  readonly counters: Counters;
  readonly rates: Rates;
  /** The connection sends too much of a kind, and has for too long: it is to be closed. */
  readonly onPersistent: (connection: ConnectionId, kind: RateKind) => void;
};

export class PeerAllowances {
  readonly #deps: PeerAllowancesDeps;
  /** Made when something is first taken: most connections never send most kinds. */
  readonly #limits = new Map<ConnectionId, Partial<Record<RateKind, RateLimit>>>();

  constructor(deps: PeerAllowancesDeps) {
    this.#deps = deps;
  }

  /** True: `count` more of a kind are within what the connection may send. Else pass it over. */
  take(connection: ConnectionId, kind: RateKind, count = 1): boolean {
    const { clock, counters, onPersistent } = this.#deps;
    const verdict = this.#limitOf(connection, kind).take(count, clock.monotonicMs());
    if (verdict === 'within') return true;
    counters.count(`peer_excess_total{kind="${kind}"}`);
    if (verdict === 'persistent') onPersistent(connection, kind);
    return false;
  }

  /** The connection is over, and its number may soon be another's. */
  forget(connection: ConnectionId): void {
    this.#limits.delete(connection);
  }

  #limitOf(connection: ConnectionId, kind: RateKind): RateLimit {
    const known = this.#limits.get(connection);
    const limits = known ?? {};
    if (known === undefined) this.#limits.set(connection, limits);
    return (limits[kind] ??= new RateLimit(this.#deps.rates[kind]));
  }
}
