/**
 * Items on trial: each with its validation actor, its deadline, and the modules whose verdict is
 * awaited. Verdicts that are reached while one batch of messages is handled leave as one event.
 */
import type { AnyActorRef } from 'xstate';
import type { validationMachine } from '../../machines/validation.js';
import type { Config } from '../config/config.js';
import type { Counters } from '../core/counters.js';
import type { Item } from '../core/items.js';
import type { Notice as LedgerNotice } from '../core/notification-ledger.js';
import type { ItemVerdict } from '../core/verdict.js';
import { DeadlineQueue } from './deadline-queue.js';
import { implement } from './interpreter/implement.js';
import { PendingItems, type PendingItem } from './pending-items.js';
import type { ClockPort, ConnectionId } from './ports.js';
import { ResidentActors } from './resident-actors.js';

export type TrialsDeps = {
  readonly clock: ClockPort;
  readonly config: Pick<Config, 'items' | 'api'>;
  readonly counters: Counters;
  readonly validation: typeof validationMachine;
  readonly supervisor: () => AnyActorRef;
  /** The deadline passed without this module's verdict. */
  readonly onMissed: (module: ConnectionId) => void;
};

export class Trials {
  readonly validations: ResidentActors<typeof validationMachine>;
  readonly pending: PendingItems;
  readonly #deps: TrialsDeps;
  readonly #deadlines: DeadlineQueue;
  #verdicts: { readonly itemId: string; readonly verdict: ItemVerdict }[] = [];

  constructor(deps: TrialsDeps) {
    this.#deps = deps;
    const { clock, config, counters } = deps;
    const logic = implement(deps.validation, {
      actions: { report: (_, verdict) => void this.#verdicts.push(verdict) },
    });
    const input = { policy: config.api.validationPolicy };
    this.validations = new ResidentActors(logic, input, deps.supervisor);
    this.pending = new PendingItems(config.items.pendingItemsMax);
    this.#deadlines = new DeadlineQueue(clock, config.api.validationTimeoutMs, (ids) => {
      this.#missDeadline(ids);
    });
    counters.gauge('items_pending', () => this.pending.size);
    counters.gauge('items_pending_bytes', () => this.pending.bytes);
  }

  /** `broughtBy`: the link that was the first to bring the item. */
  begin(
    item: Item,
    holders: readonly ConnectionId[],
    voters: readonly ConnectionId[],
    broughtBy?: ConnectionId,
  ): void {
    this.pending.add(item, holders, voters, broughtBy);
    const validation = this.validations.begin(item.id);
    validation.send({ type: 'item.arrived', itemId: item.id, voters: voters.length });
    this.#deadlines.add(item.id);
  }

  /** A module's verdict. False: the item is decided already, or was never on trial. */
  vote(module: ConnectionId, { itemId, awaited }: LedgerNotice, valid: boolean): boolean {
    const validation = this.validations.of(itemId);
    if (validation === undefined) return false;
    const wasAwaited = awaited && this.pending.answered(itemId, module);
    validation.send({ type: 'verdict.given', valid, awaited: wasAwaited });
    return true;
  }

  /** A module will not answer these: it left, or they were skipped. */
  abstain(module: ConnectionId, notices: readonly LedgerNotice[]): void {
    for (const { itemId, awaited } of notices) {
      if (!awaited || !this.pending.answered(itemId, module)) continue;
      this.validations.of(itemId)?.send({ type: 'subscriber.left' });
    }
    this.report();
  }

  /** Tells the supervisor what was decided since the last time. */
  report(): void {
    if (this.#verdicts.length === 0) return;
    const verdicts = this.#verdicts;
    this.#verdicts = [];
    this.#deps.supervisor().send({ type: 'items.judged', verdicts });
  }

  /** The item is decided: its actor is free, and its data is the caller's. */
  end(itemId: string): PendingItem | undefined {
    this.validations.end(itemId);
    this.#deadlines.remove(itemId);
    return this.pending.take(itemId);
  }

  stop(): void {
    this.#deadlines.clear();
    this.validations.stop();
  }

  #missDeadline(ids: readonly string[]): void {
    for (const id of ids) {
      for (const module of this.pending.unanswered(id)) this.#deps.onMissed(module);
      this.validations.of(id)?.send({ type: 'deadline.passed' });
    }
    this.report();
  }
}
