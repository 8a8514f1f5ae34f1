/** How often a peer may shuffle with us and send joins our way (protocol page, "Spreading"). */
import { TokenBucket } from '../core/token-bucket.js';
import type { ConnectionId } from './ports.js';

/** So many at once, then so many a second. Our guess. */
const SHUFFLE_BURST = 5;
const SHUFFLES_PER_SECOND = 0.5;
const JOIN_BURST = 32;
const JOINS_PER_SECOND = 2;

type Allowance = { readonly shuffles: TokenBucket; readonly joins: TokenBucket };

export class PeerAllowances {
  readonly #allowances = new Map<ConnectionId, Allowance>();

  /** True, and counted, when this connection may shuffle now. */
  takeShuffle(connection: ConnectionId, nowMs: number): boolean {
    return this.#of(connection).shuffles.take(1, nowMs);
  }

  /** True, and counted, when a join may come over this connection now. */
  takeJoin(connection: ConnectionId, nowMs: number): boolean {
    return this.#of(connection).joins.take(1, nowMs);
  }

  forget(connection: ConnectionId): void {
    this.#allowances.delete(connection);
  }

  #of(connection: ConnectionId): Allowance {
    const known = this.#allowances.get(connection);
    if (known !== undefined) return known;
    const allowance = {
      shuffles: new TokenBucket(SHUFFLES_PER_SECOND, SHUFFLE_BURST),
      joins: new TokenBucket(JOINS_PER_SECOND, JOIN_BURST),
    };
    this.#allowances.set(connection, allowance);
    return allowance;
  }
}
