/**
 * The NOTIFICATIONs of one local module: which message ids are out, for which items, and whether
 * somebody waits for the answer. Message ids are random, never used twice at once, and not used
 * again for twice the validation deadline, so that a slow module's verdict can never meet another
 * item than the one it was asked about.
 */
import type { Random } from './prng.js';

export type Notice = {
  readonly itemId: string;
  /** Somebody waits for this verdict; else the module is only told. */
  readonly awaited: boolean;
};

/** A notice that is no longer waited for, under the message id that it had. */
export type Skipped = { readonly messageId: number; readonly notice: Notice };

export type NotificationLedgerOptions = {
  /** Most unanswered notifications; beyond it the oldest is skipped. */
  readonly outstandingMax: number;
  /** How long an id is not used again: twice the validation deadline. */
  readonly reuseAfterMs: number;
};

/** Ids in use and resting ones together; the rest of the 65,536 keeps random picks quick. */
const IDS_IN_USE_MAX = 49_152;
const MESSAGE_IDS = 65_536;

/** Bounded by `outstandingMax` and `IDS_IN_USE_MAX`; every operation is O(1) amortised. */
export class NotificationLedger {
  /** In order of issue. */
  readonly #outstanding = new Map<number, Notice>();
  /** Every id not to be used yet, outstanding or not, and until when; in order of issue. */
  readonly #restingUntilMs = new Map<number, number>();
  readonly #options: NotificationLedgerOptions;
  readonly #random: Random;

  constructor(options: NotificationLedgerOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  get outstanding(): number {
    return this.#outstanding.size;
  }

  /** A message id for a new notification, and what had to be skipped for it, if anything. */
  issue(notice: Notice, nowMs: number): { messageId: number; skipped: Skipped | undefined } {
    const skipped =
      this.#outstanding.size >= this.#options.outstandingMax ? this.#skipOldest() : undefined;
    this.#wake(nowMs);
    const messageId = this.#freeId();
    this.#outstanding.set(messageId, notice);
    this.#restingUntilMs.set(messageId, nowMs + this.#options.reuseAfterMs);
    return { messageId, skipped };
  }

  /** The notice that a verdict answers; undefined for an unknown, repeated or foreign id. */
  answer(messageId: number): Notice | undefined {
    const notice = this.#outstanding.get(messageId);
    this.#outstanding.delete(messageId);
    return notice;
  }

  /** Everything unanswered, oldest first; the module is gone and leaves every vote. */
  abandon(): Notice[] {
    const notices = [...this.#outstanding.values()];
    this.#outstanding.clear();
    return notices;
  }

  #skipOldest(): Skipped | undefined {
    for (const [messageId, notice] of this.#outstanding) {
      this.#outstanding.delete(messageId);
      return { messageId, notice };
    }
    return undefined;
  }

  /** Frees ids that have rested long enough, and the oldest where too many rest. */
  #wake(nowMs: number): void {
    for (const [messageId, untilMs] of this.#restingUntilMs) {
      if (untilMs > nowMs && this.#restingUntilMs.size < IDS_IN_USE_MAX) return;
      this.#restingUntilMs.delete(messageId);
      this.#outstanding.delete(messageId);
    }
  }

  #freeId(): number {
    let messageId = this.#random.below(MESSAGE_IDS);
    while (this.#restingUntilMs.has(messageId)) messageId = this.#random.below(MESSAGE_IDS);
    return messageId;
  }
}
