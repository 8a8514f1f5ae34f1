/**
 * Items that links bring: which are taken, which were known, and who is asked whether they are
 * valid. What becomes of them after that is the router's.
 */
import type { Config } from '../config/config.js';
import type { Counters } from '../core/counters.js';
import type { ItemLedger, ItemState } from '../core/item-ledger.js';
import { reachesFurther, relayTtl, type Item } from '../core/items.js';
import { itemId } from '../wire/item-id.js';
import type { Spread } from '../wire/messages.js';
import type { Conduct } from './conduct.js';
import type { Departures } from './departures.js';
import type { Fetcher } from './fetcher.js';
import { linkName, moduleName, type StepTeller } from './item-steps.js';
import type { Modules } from './modules.js';
import { addNotice, noticeOf, type Notices } from './notices.js';
import type { PeerAllowances } from './peer-allowances.js';
import type { ConnectionId, Ports } from './ports.js';
import type { Spreader } from './spreader.js';
import type { Trials } from './trials.js';

/** Clocks of two hosts may differ by so much (protocol page, "Items"). */
export const CLOCK_SKEW_MS = 120_000;

export type ReceivingDeps = {
  readonly ports: Pick<Ports, 'clock'>;
  readonly config: Pick<Config, 'items'>;
  readonly counters: Counters;
  readonly conduct: Pick<Conduct, 'arrived'>;
  readonly allowances: PeerAllowances;
  readonly watch: StepTeller;
  readonly ledger: ItemLedger;
  readonly modules: Modules;
  readonly trials: Trials;
  readonly spreader: Spreader;
  readonly fetcher: Fetcher;
  readonly departures: Departures;
};

export class Receiving {
  readonly #deps: ReceivingDeps;

  constructor(deps: ReceivingDeps) {
    this.#deps = deps;
  }

  /** What one read brought; whom to notify of it. */
  receive(connection: ConnectionId, messages: readonly Spread[]): Notices {
    const notices: Notices = new Map();
    for (const message of messages) this.#receiveOne(connection, message, notices);
    this.#deps.counters.count('items_received_total', messages.length);
    return notices;
  }

  #receiveOne(connection: ConnectionId, message: Spread, notices: Notices): void {
    const { dataType, expiryMs, salt, data, ttl } = message;
    const id = itemId(dataType, expiryMs, salt, data);
    const state = this.#deps.ledger.state(id, this.#nowMs());
    const isAskedFor =
      this.#deps.fetcher.asks(connection, id) ||
      (state !== undefined && this.#deps.spreader.expects(connection, id, dataType));
    if (!isAskedFor && !this.#deps.allowances.take(connection, 'data', data.length)) return;
    const byWant = this.#deps.fetcher.arrived(id, connection);
    this.#deps.conduct.arrived(connection, id, byWant);
    const refusal = this.#refusal(expiryMs);
    if (refusal !== undefined) return this.#deps.counters.count(refusal);
    const isOnStem = message.stem === true && this.#deps.departures.takesStem(ttl);
    if (isOnStem) this.#deps.departures.stem.returned(id);
    else this.#arrivedOpenly(connection, id, message, state === undefined, byWant);
    if (state !== undefined) return this.#receiveAgain(connection, id, state, message);
    this.#deps.watch({ id, dataType, data }, 'arrived', linkName(connection), `ttl ${ttl}`);
    if (!this.#deps.modules.interests.isWanted(dataType)) {
      this.#deps.ledger.record(id, 'uninteresting', ttl, this.#nowMs());
      this.#deps.watch({ id, dataType }, 'uninteresting', undefined, 'no module wants the type');
      return this.#deps.counters.count('items_uninteresting_total');
    }
    // The message shares memory with what was read from the socket: what is kept is copied.
    const copy = { salt: Buffer.from(salt), data: Buffer.from(data) };
    const item: Item = { id, dataType, expiryMs, ...copy };
    if (!this.#deps.trials.pending.hasRoom(item))
      return this.#deps.counters.count('items_refused_total');
    this.#deps.ledger.record(id, 'pending', ttl, this.#nowMs());
    if (isOnStem) this.#deps.departures.cameOnStem(id, connection);
    this.#validate(item, connection, notices);
  }

  /** Otherwise than along a stem: it is being spread, and need not be secret any more. */
  #arrivedOpenly(
    connection: ConnectionId,
    id: string,
    message: Spread,
    isFirst: boolean,
    byWant: boolean,
  ): void {
    this.#deps.departures.leaveStem(id);
    this.#deps.departures.stem.sighted(id, connection);
    this.#deps.spreader.arrived(connection, id, message, isFirst, byWant);
  }

  #validate(item: Item, connection: ConnectionId, notices: Notices): void {
    const voters: ConnectionId[] = [];
    for (const module of this.#deps.modules.interests.interested(item.dataType)) {
      const awaited = this.#deps.modules.isExpected(module);
      if (awaited) voters.push(module);
      this.#deps.watch(
        item,
        'asked',
        moduleName(module),
        awaited ? 'awaited' : 'silent, not awaited',
      );
      addNotice(notices, module, noticeOf(item, awaited));
    }
    this.#deps.trials.begin(
      item,
      this.#deps.spreader.holders(item.id, connection),
      voters,
      connection,
    );
  }

  #receiveAgain(connection: ConnectionId, id: string, state: ItemState, message: Spread): void {
    this.#deps.counters.count('items_duplicate_total');
    const { dataType, expiryMs, salt, data } = message;
    this.#deps.watch({ id, dataType }, 'arrived again', linkName(connection), `is ${state}`);
    if (state === 'pending') {
      this.#deps.ledger.raiseTtl(id, message.ttl, reachesFurther);
      this.#deps.trials.pending.addHolder(id, connection);
      return;
    }
    if (!this.#deps.ledger.mayRelayAgain(id, message.ttl, reachesFurther)) return;
    const ttl = relayTtl(message.ttl);
    if (ttl === undefined) return;
    const item = { id, dataType, expiryMs, salt, data };
    // Kept as well: who is offered it now may ask for it.
    this.#deps.departures.spread({ item, ttl, holders: [connection], isOwn: false });
  }

  /** Why an item is too old or too new, as a counter's name. */
  #refusal(expiryMs: number): string | undefined {
    const aheadMs = expiryMs - this.#wallMs();
    if (aheadMs <= 0) return 'items_expired_total';
    return aheadMs > this.#deps.config.items.itemLifetimeMs + CLOCK_SKEW_MS
      ? 'items_too_new_total'
      : undefined;
  }

  #nowMs(): number {
    return this.#deps.ports.clock.monotonicMs();
  }

  #wallMs(): number {
    return this.#deps.ports.clock.wallMs();
  }
}
