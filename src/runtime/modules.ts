/** The local modules as the router sees them: who subscribed, who is asked, who has answered. */
import type { Counters } from '../core/counters.js';
import { Interests } from '../core/interests.js';
import { NotificationLedger, type Notice as LedgerNotice } from '../core/notification-ledger.js';
import type { GossipValidation } from '../wire/messages.js';
import type { Notice } from '../../machines/events.js';
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

export class Modules {
  readonly interests = new Interests();
  readonly #ledgers = new Map<ConnectionId, NotificationLedger>();
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
    counters.gauge('notifications_outstanding', () =>
      [...this.#ledgers.values()].reduce((sum, { outstanding }) => sum + outstanding, 0),
    );
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
   * Sends what it can to one module. Returns the items on which it abstains: those that it has no
   * room for, and the oldest that it left unanswered, skipped to make room for these.
   */
  notify(connection: ConnectionId, notices: readonly Notice[]): LedgerNotice[] {
    const ledger = this.#ledger(connection);
    const nowMs = this.#ports.clock.monotonicMs();
    const abstained: LedgerNotice[] = [];
    for (const notice of notices) {
      if (this.#ports.api.unsentBytes(connection) > this.#options.unsentBytesMax) {
        this.#counters.count('notifications_skipped_total{reason="unsent bytes"}');
        abstained.push(notice);
        continue;
      }
      const { messageId, skipped } = ledger.issue(
        { itemId: notice.itemId, awaited: notice.awaited },
        nowMs,
      );
      if (skipped !== undefined) {
        this.#counters.count('notifications_skipped_total{reason="outstanding"}');
        abstained.push(skipped);
      }
      const { dataType, data } = notice;
      this.#ports.api.send(connection, { type: 'NOTIFICATION', messageId, dataType, data });
    }
    this.#counters.count('notifications_total', notices.length);
    return abstained;
  }

  /** What the verdicts are about; unknown, repeated and foreign ids are counted and dropped. */
  recognize(connection: ConnectionId, messages: readonly GossipValidation[]): Verdict[] {
    const ledger = this.#ledger(connection);
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
    const unanswered = this.#ledgers.get(connection)?.abandon() ?? [];
    this.#ledgers.delete(connection);
    this.#silent.delete(connection);
    return { orphaned: this.interests.drop(connection), unanswered };
  }

  #ledger(connection: ConnectionId): NotificationLedger {
    const known = this.#ledgers.get(connection);
    if (known !== undefined) return known;
    const { outstandingMax, validationTimeoutMs } = this.#options;
    const options = { outstandingMax, reuseAfterMs: 2 * validationTimeoutMs };
    const ledger = new NotificationLedger(options, this.#ports.random);
    this.#ledgers.set(connection, ledger);
    return ledger;
  }
}
