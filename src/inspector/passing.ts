/** What passes a daemon beside its actors, as records: wire messages, and steps of items. */
import { itemId } from '../wire/item-id.js';
import type { ItemStep, WatchedMessage, Watcher } from '../runtime/watch.js';
import type { Batch } from './batch.js';
import { plain, plainRecord } from './plain.js';
import type { DaemonName, Plain } from './protocol.js';

/** What of the daemon is needed to say when and with whom. */
type Surroundings = {
  readonly daemon: DaemonName;
  readonly wallMs: () => number;
  /** Identity of the peer at a connection, as far as it is known. */
  readonly peerAt: (connection: number) => string | undefined;
};

type Shown = { readonly shown: Plain; readonly item: string | undefined };

/** Makes records of messages and item steps, as long as there is room for them. */
export class Passing implements Watcher {
  readonly #surroundings: Surroundings;
  readonly #batch: Batch;
  #last: { readonly message: object; readonly shown: Shown } | undefined;

  constructor(surroundings: Surroundings, batch: Batch) {
    this.#surroundings = surroundings;
    this.#batch = batch;
  }

  message({ side, direction, connection, message }: WatchedMessage): void {
    const slot = this.#batch.slot('message');
    if (slot === undefined) return;
    const { daemon, wallMs, peerAt } = this.#surroundings;
    const { item, shown } = this.#shown(message);
    slot.record = {
      kind: 'message',
      daemon,
      seq: slot.seq,
      atMs: wallMs(),
      ...{ side, direction, connection },
      peer: side === 'peer' ? peerAt(connection) : undefined,
      type: message.type,
      message: shown,
      item,
    };
  }

  item(told: () => ItemStep): void {
    const slot = this.#batch.slot('item');
    if (slot === undefined) return;
    const { daemon, wallMs } = this.#surroundings;
    const { item, dataType, step, who, detail, data } = told();
    const isNew = step === 'announced' || step === 'arrived';
    slot.record = {
      kind: 'item',
      daemon,
      seq: slot.seq,
      atMs: wallMs(),
      ...{ item, dataType, step, who, detail },
      ...(isNew && data !== undefined && plainRecord({ data })),
    };
  }

  /** A message that goes to many links comes by once for each: it is read once. */
  #shown(message: WatchedMessage['message']): Shown {
    if (this.#last?.message === message) return this.#last.shown;
    const shown = {
      shown: plain(message),
      item:
        message.type === 'SPREAD'
          ? itemId(message.dataType, message.expiryMs, message.salt, message.data)
          : undefined,
    };
    this.#last = { message, shown };
    return shown;
  }
}

/** Counts what passes, and makes nothing of it. */
export const countPassing = (batch: Batch): Watcher => ({
  message: () => batch.count(),
  item: () => batch.count(),
});
