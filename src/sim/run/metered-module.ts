/** The module of a node under measurement: it announces, finds items valid, and tells the meter. */
import type { MeteredItem, Meter, NodeIndex } from '../measures/meter.js';
import type { ModuleSocket, VirtualApi } from '../virtual-api.js';
import type { Scheduler, Timer } from '../virtual-clock.js';
import type { GossipNotification } from '../../wire/messages.js';

/** What the data of a measured item begins with, before its number: others' data does not. */
const MAGIC = 0x6d65_7472;
/** Least bytes of the data of a measured item: the magic and its number. */
export const ITEM_BYTES_MIN = 8;

/** Data of so many bytes that says which item it is. */
export const itemData = (index: number, bytes: number): Buffer => {
  const data = Buffer.alloc(Math.max(bytes, ITEM_BYTES_MIN));
  data.writeUInt32BE(MAGIC, 0);
  data.writeUInt32BE(index, 4);
  return data;
};

/** Which item some data is; undefined: none that is measured. */
export const itemOf = (data: Buffer): number | undefined =>
  data.length >= ITEM_BYTES_MIN && data.readUInt32BE(0) === MAGIC
    ? data.readUInt32BE(4)
    : undefined;

export type MeteredModuleOptions = {
  readonly scheduler: Scheduler;
  readonly api: VirtualApi;
  readonly meter: Meter;
  readonly node: NodeIndex;
  readonly types: readonly number[];
  /** From a notification to the verdict. */
  readonly validationMs: number;
  /** The same item has come to this module twice. */
  readonly onTwice: (item: number) => void;
};

export class MeteredModule {
  /** It reads and says nothing. */
  isHung = false;
  readonly #options: MeteredModuleOptions;
  readonly #socket: ModuleSocket;
  /** By item, 1: it was notified of it. */
  #heard = new Uint8Array(0);
  /** Verdicts that are on their way, so that they end with the module. */
  readonly #thinking = new Set<Timer>();
  #isConnected = true;

  constructor(options: MeteredModuleOptions) {
    this.#options = options;
    this.#socket = options.api.connect({
      notified: (message) => this.#hear(message),
      ended: () => this.hangUp(),
    });
    const { types } = options;
    this.#socket.say(...types.map((dataType) => ({ type: 'NOTIFY', dataType }) as const));
  }

  announce({ index, dataType }: MeteredItem, bytes: number, ttl: number): void {
    this.#note(index);
    this.#socket.say({ type: 'ANNOUNCE', ttl, dataType, data: itemData(index, bytes) });
  }

  hangUp(): void {
    if (!this.#isConnected) return;
    this.#isConnected = false;
    for (const timer of this.#thinking) this.#options.scheduler.cancel(timer);
    this.#thinking.clear();
    this.#socket.hangUp();
  }

  #hear({ messageId, data }: GossipNotification): void {
    const { meter, node, scheduler, onTwice, validationMs } = this.#options;
    const index = itemOf(data);
    if (index !== undefined) {
      if (!this.#note(index)) onTwice(index);
      meter.delivered(index, node, scheduler.nowMs);
    }
    if (this.isHung) return;
    const timer = scheduler.after(validationMs, () => {
      this.#thinking.delete(timer);
      if (index !== undefined) meter.validated(index, node);
      this.#socket.say({ type: 'VALIDATION', messageId, valid: index !== undefined });
    });
    this.#thinking.add(timer);
  }

  /** False: it was notified of the item before, or has announced it. */
  #note(index: number): boolean {
    if (index >= this.#heard.length) {
      const heard = new Uint8Array(Math.max(64, 2 * this.#heard.length, index + 1));
      heard.set(this.#heard);
      this.#heard = heard;
    }
    const isNew = this.#heard[index] !== 1;
    this.#heard[index] = 1;
    return isNew;
  }
}
