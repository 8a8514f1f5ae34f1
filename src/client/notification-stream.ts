/** An item that the daemon asks about. */
export type Notification = {
  readonly dataType: number;
  /** The item's bytes, the caller's to keep. */
  readonly data: Buffer;
  /** Random, unique among the unanswered notifications of this connection. */
  readonly messageId: number;
  /** Says that the item is well-formed: the daemon may relay it. */
  accept(): void;
  /**
   * Says that the item is not well-formed: nobody gets it from this daemon. Of several verdicts on
   * one notification the first counts; later ones, and verdicts on an ended connection, do nothing.
   */
  reject(): void;
};

type Reader = {
  readonly resolve: (result: IteratorResult<Notification, undefined>) => void;
  readonly reject: (error: Error) => void;
};

/** What a stream tells the connection that feeds it. */
export type StreamOwner = {
  /** A waiting notification was taken, so there may be room again. */
  taken(): void;
  /** The reader wants no more. */
  returned(stream: NotificationStream): void;
};

const DONE: IteratorResult<Notification, undefined> = { done: true, value: undefined };

/**
 * The notifications of one `for await` loop: what came and was not taken yet, or who waits for what
 * has not come. Ends after the last waiting notification was taken; an ending with an error is
 * thrown once, and the stream is over afterwards.
 */
export class NotificationStream implements AsyncIterableIterator<Notification, undefined> {
  readonly #waiting: Notification[] = [];
  readonly #readers: Reader[] = [];
  readonly #dataTypes: ReadonlySet<number>;
  readonly #owner: StreamOwner;
  #ended = false;
  #error: Error | undefined;

  constructor(dataTypes: Iterable<number>, owner: StreamOwner) {
    this.#dataTypes = new Set(dataTypes);
    this.#owner = owner;
  }

  /** How many notifications came and were not taken yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  wants(dataType: number): boolean {
    return !this.#ended && this.#dataTypes.has(dataType);
  }

  push(notification: Notification): void {
    const reader = this.#readers.shift();
    if (reader === undefined) this.#waiting.push(notification);
    else reader.resolve({ done: false, value: notification });
  }

  /** No more will come; what waits can still be taken. */
  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const reader of this.#readers.splice(0)) {
      const thrown = this.#takeError();
      if (thrown === undefined) reader.resolve(DONE);
      else reader.reject(thrown);
    }
  }

  /** No more will come, and what waits is dropped. */
  drop(): void {
    this.#waiting.length = 0;
    this.#error = undefined;
    this.end();
  }

  next(): Promise<IteratorResult<Notification, undefined>> {
    const value = this.#waiting.shift();
    if (value !== undefined) {
      this.#owner.taken();
      return Promise.resolve({ done: false, value });
    }
    if (!this.#ended) {
      return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
    }
    const thrown = this.#takeError();
    return thrown === undefined ? Promise.resolve(DONE) : Promise.reject(thrown);
  }

  return(): Promise<IteratorResult<Notification, undefined>> {
    this.drop();
    this.#owner.returned(this);
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #takeError(): Error | undefined {
    const error = this.#error;
    this.#error = undefined;
    return error;
  }
}
