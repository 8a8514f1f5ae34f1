import { SEND_CLASSES, type SendClass } from './send-classes.js';

/** What waits on all connections of an endpoint, in bytes by class. */
export class SendTally {
  readonly #bytes: Record<SendClass, number> = { membership: 0, control: 0, push: 0, answer: 0 };
  #total = 0;

  /** Bytes of all classes. */
  get total(): number {
    return this.#total;
  }

  bytesOf(sendClass: SendClass): number {
    return this.#bytes[sendClass];
  }

  add(sendClass: SendClass, bytes: number): void {
    this.#bytes[sendClass] += bytes;
    this.#total += bytes;
  }
}

/** A frame that waits. Without its frame it was cancelled, and is passed over. */
type Waiting<Frame> = {
  readonly sendClass: SendClass;
  frame: Frame | undefined;
  readonly bytes: number;
  readonly itemId: string | undefined;
};

/** What may leave together. */
export type Departure<Frame> = { readonly frames: Frame[]; readonly bytes: number };

/** Entries that are no use any more are let go of when there are so many, and as many as others. */
const USELESS_MOST = 64;

/** The frames of one class, in order. */
class Lane<Frame> {
  #entries: Waiting<Frame>[] = [];
  /** Entries before it have been taken. */
  #at = 0;
  /** Entries behind it that were cancelled. */
  #cancelled = 0;
  bytes = 0;

  push(entry: Waiting<Frame>): void {
    this.#entries.push(entry);
    this.bytes += entry.bytes;
  }

  /** The first that was not cancelled. */
  get first(): Waiting<Frame> | undefined {
    for (; this.#at < this.#entries.length; this.#at += 1) {
      const entry = this.#entries[this.#at];
      if (entry?.frame !== undefined) return entry;
      this.#cancelled -= 1;
    }
    if (this.#at > 0) this.clear();
    return undefined;
  }

  /** The first has been taken. */
  shift(bytes: number): void {
    this.#at += 1;
    this.bytes -= bytes;
    this.#tidy();
  }

  cancel(entry: Waiting<Frame>): void {
    entry.frame = undefined;
    this.bytes -= entry.bytes;
    this.#cancelled += 1;
    this.#tidy();
  }

  /** Those that wait. */
  waiting(): Waiting<Frame>[] {
    return this.#entries.slice(this.#at).filter(({ frame }) => frame !== undefined);
  }

  clear(): void {
    this.#entries = [];
    this.#at = 0;
    this.#cancelled = 0;
    this.bytes = 0;
  }

  /** A queue that is never empty must not keep what has left it. */
  #tidy(): void {
    const useless = this.#at + this.#cancelled;
    if (useless < USELESS_MOST || 2 * useless < this.#entries.length) return;
    this.#entries = this.waiting();
    this.#at = 0;
    this.#cancelled = 0;
  }
}

/**
 * The frames that wait to leave over one connection: by class, within a class in the order in which
 * they came. It keeps no bound itself: whoever pushes asks `hasRoom` of `send-classes.ts` before.
 *
 * Copies of items can be taken back while they wait. What is needed to find them is made when
 * somebody first asks and let go of when nothing waits: most frames leave in the turn in which they
 * came, and cost nothing.
 */
export class SendQueue<Frame> {
  readonly #lanes: Readonly<Record<SendClass, Lane<Frame>>> = {
    membership: new Lane(),
    control: new Lane(),
    push: new Lane(),
    answer: new Lane(),
  };
  readonly #tally: SendTally;
  #bytes = 0;
  #copies: Map<string, Waiting<Frame>[]> | undefined;

  /** `tally` is shared by the queues whose bytes are to be counted together. */
  constructor(tally = new SendTally()) {
    this.#tally = tally;
  }

  /** Bytes that wait, of all classes. */
  get bytes(): number {
    return this.#bytes;
  }

  bytesOf(sendClass: SendClass): number {
    return this.#lanes[sendClass].bytes;
  }

  push(frame: Frame, bytes: number, sendClass: SendClass, itemId?: string): void {
    const entry = { sendClass, frame, bytes, itemId };
    this.#lanes[sendClass].push(entry);
    this.#add(sendClass, bytes);
    if (this.#copies !== undefined) note(this.#copies, entry);
  }

  /**
   * Takes what may leave together: at most so many bytes, or a single frame that is larger. What
   * has no room stays in front of what is less urgent. Undefined: nothing waits.
   */
  take(bytesMost: number): Departure<Frame> | undefined {
    if (this.#bytes === 0) return undefined;
    const frames: Frame[] = [];
    let bytes = 0;
    for (const sendClass of SEND_CLASSES) {
      const lane = this.#lanes[sendClass];
      const before = bytes;
      for (let next = lane.first; next !== undefined; next = lane.first) {
        if (frames.length > 0 && bytes + next.bytes > bytesMost) break;
        if (next.frame !== undefined) frames.push(next.frame);
        bytes += next.bytes;
        lane.shift(next.bytes);
        if (this.#copies !== undefined) this.#forgetCopy(next);
      }
      if (bytes > before) this.#add(sendClass, before - bytes);
      if (lane.bytes > 0) break;
    }
    if (this.#bytes === 0) this.#copies = undefined;
    return { frames, bytes };
  }

  /** Takes back the copies of an item that wait, of whatever class; how many there were. */
  cancel(itemId: string): number {
    if (this.#bytes === 0) return 0;
    const copies = this.#findCopies().get(itemId) ?? [];
    for (const entry of copies) {
      this.#lanes[entry.sendClass].cancel(entry);
      this.#add(entry.sendClass, -entry.bytes);
    }
    this.#copies?.delete(itemId);
    if (this.#bytes === 0) this.#copies = undefined;
    return copies.length;
  }

  /** Forgets all that waits. */
  clear(): void {
    for (const sendClass of SEND_CLASSES) {
      const lane = this.#lanes[sendClass];
      this.#add(sendClass, -lane.bytes);
      lane.clear();
    }
    this.#copies = undefined;
  }

  #add(sendClass: SendClass, bytes: number): void {
    this.#bytes += bytes;
    this.#tally.add(sendClass, bytes);
  }

  #findCopies(): Map<string, Waiting<Frame>[]> {
    if (this.#copies !== undefined) return this.#copies;
    const copies = new Map<string, Waiting<Frame>[]>();
    for (const lane of Object.values(this.#lanes)) {
      for (const entry of lane.waiting()) note(copies, entry);
    }
    this.#copies = copies;
    return copies;
  }

  /** It is the oldest copy of its class; those of one item are few. */
  #forgetCopy(entry: Waiting<Frame>): void {
    if (entry.itemId === undefined) return;
    const left = this.#copies?.get(entry.itemId)?.filter((copy) => copy !== entry) ?? [];
    if (left.length === 0) this.#copies?.delete(entry.itemId);
    else this.#copies?.set(entry.itemId, left);
  }
}

const note = <Frame>(copies: Map<string, Waiting<Frame>[]>, entry: Waiting<Frame>): void => {
  const { itemId } = entry;
  if (itemId === undefined) return;
  const known = copies.get(itemId);
  if (known === undefined) copies.set(itemId, [entry]);
  else known.push(entry);
};
