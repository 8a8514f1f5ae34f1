/** The local modules as the router sees them: who subscribed, who is asked, who has answered. */
import type { Counters } from '../core/counters.js';
import { Interests } from '../core/interests.js';
import { NotificationLedger, type Notice as LedgerNotice } from '../core/notification-ledger.js';
import type { GossipValidation } from '../wire/messages.js';
import type { Notice } from '../../machines/events.js';
import { ModuleOutbox } from './module-outbox.js';
import type { ConnectionId, Ports } from './ports.js';

/** Most data types of one subscriber, module or link; our guess, far above any module's need. */
export const SUBSCRIPTIONS_MAX = 4_096;

export type ModulesOptions = {
  readonly outstandingMax: number;
  readonly unsentBytesMax: number;
  readonly validationTimeoutMs: number;
};

/** What a verdict was about. */
export type Verdict = LedgerNotice & { readonly valid: boolean };

type Module = { readonly ledger: NotificationLedger; readonly outbox: ModuleOutbox };

export class Modules {
  readonly interests = new Interests();
  readonly #modules = new Map<ConnectionId, Module>();
  /** Three deadlines running unanswered: told, but not waited for. */
  readonly #silent = new Set<ConnectionId>();
  readonly #ports: Pick<Ports, 'api' | 'clock' | 'random'>;
  readonly #options: ModulesOptions;
  readonly #counters: Counters;

  constructor(
    ports: Pick<Ports, 'api' | 'clock' | 'random'>,
    options: ModulesOptions,
    counters: Counters,
  ) {
    this.#ports = ports;
    this.#options = options;
    this.#counters = counters;
    const sum = (count: (module: Module) => number): number =>
      [...this.#modules.values()].reduce((total, module) => total + count(module), 0);
    counters.gauge('module_subscriptions', () => this.interests.total);
    counters.gauge('notifications_outstanding', () => sum(({ ledger }) => ledger.outstanding));
    counters.gauge('notifications_unsent_bytes', () => sum(({ outbox }) => outbox.bytes));
  }

  /** The types that nobody had subscribed to before; undefined: the module asks for too many. */
  subscribe(connection: ConnectionId, dataTypes: readonly number[]): number[] | undefined {
    const fresh: number[] = [];
    for (const dataType of dataTypes) {
      if (this.interests.wants(connection, dataType)) continue;
      if (this.interests.count(connection) >= SUBSCRIPTIONS_MAX) return undefined;
      if (this.interests.add(connection, dataType)) fresh.push(dataType);
    }
    return fresh;
  }

  expectAnswers(connection: ConnectionId, expected: boolean): void {
    if (expected) this.#silent.delete(connection);
    else this.#silent.add(connection);
  }

  isExpected(connection: ConnectionId): boolean {
    return !this.#silent.has(connection);
  }

  /**
   * How full the fullest queue of a module is, 0 to 1: beyond that it is skipped. Modules that have
   * fallen silent do not count: theirs are full, and nobody waits.
   */
  get pressure(): number {
    const { outstandingMax, unsentBytesMax } = this.#options;
    let fullest = 0;
    for (const [connection, { ledger, outbox }] of this.#modules) {
      if (this.#silent.has(connection)) continue;
      const full = Math.max(ledger.outstanding / outstandingMax, outbox.bytes / unsentBytesMax);
      fullest = Math.max(fullest, full);
    }
    return fullest;
  }

  /** Sends or queues. Returns the items on which the module abstains: the oldest, skipped. */
  notify(connection: ConnectionId, notices: readonly Notice[]): LedgerNotice[] {
    const { ledger, outbox } = this.#module(connection);
    const nowMs = this.#ports.clock.monotonicMs();
    const abstained: LedgerNotice[] = [];
    const skip = (reason: string, notice: LedgerNotice | undefined): void => {
      if (notice === undefined) return;
      this.#counters.count(`notifications_skipped_total{reason="${reason}"}`);
      abstained.push(notice);
    };
    for (const { itemId, awaited, dataType, data } of notices) {
      const { messageId, skipped } = ledger.issue({ itemId, awaited }, nowMs);
      if (skipped !== undefined) {
        outbox.cancel(skipped.messageId);
        skip('outstanding', skipped.notice);
      }
      // An id that has rested is issued again, even if the module has not read its last use yet.
      if (outbox.cancel(messageId)) {
        this.#counters.count('notifications_skipped_total{reason="unsent bytes"}');
      }
      for (const unsent of outbox.push({ type: 'NOTIFICATION', messageId, dataType, data })) {
        skip('unsent bytes', ledger.answer(unsent));
      }
    }
    this.#counters.count('notifications_total', notices.length);
    return abstained;
  }

  /** The module's connection has room again. */
  drain(connection: ConnectionId): void {
    this.#modules.get(connection)?.outbox.drain();
  }

  /** What the verdicts are about; unknown, repeated and foreign ids are counted and dropped. */
  recognize(connection: ConnectionId, messages: readonly GossipValidation[]): Verdict[] {
    const { ledger } = this.#module(connection);
    const verdicts: Verdict[] = [];
    for (const { messageId, valid } of messages) {
      const notice = ledger.answer(messageId);
      if (notice === undefined) this.#counters.count('validations_unknown_total');
      else verdicts.push({ ...notice, valid });
    }
    return verdicts;
  }

  /** Forgets a module: the types that nobody wants any more, and its unanswered notices. */
  leave(connection: ConnectionId): { orphaned: number[]; unanswered: LedgerNotice[] } {
    const unanswered = this.#modules.get(connection)?.ledger.abandon() ?? [];
    this.#modules.delete(connection);
    this.#silent.delete(connection);
    return { orphaned: this.interests.drop(connection), unanswered };
  }

  #module(connection: ConnectionId): Module {
    const known = this.#modules.get(connection);
    if (known !== undefined) return known;
    const { outstandingMax, unsentBytesMax, validationTimeoutMs } = this.#options;
    const options = { outstandingMax, reuseAfterMs: 2 * validationTimeoutMs };
    const module = {
      ledger: new NotificationLedger(options, this.#ports.random),
      outbox: new ModuleOutbox(connection, this.#ports.api, unsentBytesMax),
    };
    this.#modules.set(connection, module);
    return module;
  }
}
