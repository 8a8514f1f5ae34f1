/**
 * One open page: its server-sent events. A page that reads slowly is told only where things stand;
 * one that does not read is not written to: above a bound it is let go of, and told anew how
 * everything stands when it has caught up. So it costs at most that bound, and while it does not
 * read, not even the watching.
 */
import type { ServerResponse } from 'node:http';
import { condense } from './condense.js';
import { DISPLACED_EVENT, type DaemonName, type TraceRecord } from './protocol.js';
import type { TraceSource } from './source.js';

/** Bytes unsent since the last batch above which a page is told less. Our guess. */
export const SLOW_BYTES_MAX = 65_536;
/** Unsent bytes above which a page is let go of. Source: the task; our guess. */
export const UNSENT_BYTES_MAX = 1_048_576;
/** A slow page that takes nothing for so long is let go of, too. Our guess. */
const SLOW_TIMEOUT_MS = 5_000;
/** A page that takes nothing for so long is hung up on; it comes back by itself. Our guess. */
const STALL_TIMEOUT_MS = 60_000;
/** Proxies and sleeping laptops: a line so often shows that both ends are there. Our guess. */
const HEARTBEAT_MS = 15_000;
/** How long a page waits before it connects again. */
const RETRY_MS = 1_000;

type Encoded = { readonly records: readonly TraceRecord[]; readonly bytes: Buffer };
const NOTHING: Encoded = { records: [], bytes: Buffer.alloc(0) };
let [lastWhole, lastCondensed] = [NOTHING, NOTHING];

const encoded = (records: readonly TraceRecord[], told = records): Encoded => ({
  records,
  bytes: Buffer.from(`data: ${JSON.stringify(told)}\n\n`),
});

/** Several pages get the same batch one after the other: it is encoded once. */
const encode = (records: readonly TraceRecord[]): Buffer => {
  if (lastWhole.records !== records) lastWhole = encoded(records);
  return lastWhole.bytes;
};

const encodeCondensed = (records: readonly TraceRecord[]): Buffer => {
  if (lastCondensed.records !== records) lastCondensed = encoded(records, condense(records));
  return lastCondensed.bytes;
};

export class PageStream {
  readonly #response: ServerResponse;
  readonly #sources: readonly TraceSource[];
  readonly #daemons = new Set<DaemonName>();
  #unsubscribe: (() => void)[] = [];
  #drained: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
  #isLetGo = false;
  #writtenBytes = 0;
  /** What the system has taken, and since when it has taken no more. */
  #progress = { takenBytes: 0, sinceMs: performance.now() };
  #stall: NodeJS.Timeout | undefined;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(response: ServerResponse, sources: readonly TraceSource[]) {
    this.#response = response;
    this.#sources = sources;
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    this.#write(`retry: ${RETRY_MS}\n\n`);
    response.on('drain', () => this.#caughtUp());
    response.on('close', () => this.#end());
    // What is wrong with the connection shows as its close.
    response.on('error', () => {});
    this.#heartbeat = setInterval(() => {
      if (this.#drained === undefined) this.#write(': still here\n\n');
    }, HEARTBEAT_MS).unref();
    this.#subscribe();
  }

  /** True while it is told nothing, because it has not read what it was told. */
  get isStuck(): boolean {
    return this.#drained !== undefined;
  }

  /** Sends what is left and ends the stream. */
  close(): void {
    this.#end();
    this.#response.end();
  }

  /** Ends the stream for good: whoever reads it is told why, and not to come back by itself. */
  displace(reason: string): void {
    const isStuck = this.isStuck;
    this.#end();
    if (isStuck) this.#response.destroy();
    else this.#response.end(`event: ${DISPLACED_EVENT}\ndata: ${JSON.stringify(reason)}\n\n`);
  }

  #subscribe(): void {
    this.#isLetGo = false;
    for (const source of this.#sources) {
      const unsubscribe = source.subscribe(
        (records) => this.#take(source, records),
        () => this.#isSlow,
      );
      // The very first records may have been too many.
      if (this.#isLetGo) return unsubscribe();
      this.#unsubscribe.push(unsubscribe);
    }
  }

  #take(source: TraceSource, records: readonly TraceRecord[]): Promise<void> | undefined {
    if (this.#isLetGo || this.#response.destroyed) return undefined;
    for (const { kind, daemon } of records) if (kind === 'daemon') this.#daemons.add(daemon);
    // All of a file is told, however long that takes.
    const isCondensed = this.#isSlow && !source.paced;
    const isStalled = this.#isStalled;
    this.#write(isCondensed ? encodeCondensed(records) : encode(records));
    if (this.#response.writableLength <= UNSENT_BYTES_MAX && !isStalled) return undefined;
    if (!source.paced) this.#letGo();
    return this.#whenDrained();
  }

  /** What it was told before is still not taken. */
  get #isSlow(): boolean {
    return this.#response.writableLength > SLOW_BYTES_MAX;
  }

  /** It is slow, and the system has taken nothing for a while. */
  get #isStalled(): boolean {
    const takenBytes = this.#writtenBytes - this.#response.writableLength;
    const nowMs = performance.now();
    if (!this.#isSlow || takenBytes > this.#progress.takenBytes) {
      this.#progress = { takenBytes, sinceMs: nowMs };
    }
    return nowMs - this.#progress.sinceMs >= SLOW_TIMEOUT_MS;
  }

  #write(piece: Buffer | string): void {
    this.#writtenBytes += piece.length;
    this.#response.write(piece);
  }

  #letGo(): void {
    this.#isLetGo = true;
    this.#leave();
    void this.#whenDrained().then(() => {
      if (this.#response.destroyed) return;
      const reason = 'this page reads too slowly: some records were left out';
      const atMs = Date.now();
      const gone = [...this.#daemons].map((daemon) => ({
        kind: 'gone' as const,
        ...{ daemon, atMs, reason },
      }));
      this.#write(encode(gone));
      this.#subscribe();
    });
  }

  #whenDrained(): Promise<void> {
    if (this.#drained === undefined) {
      let resolve = (): void => {};
      const promise = new Promise<void>((settled) => (resolve = settled));
      this.#drained = { promise, resolve };
      this.#stall = setTimeout(() => this.#response.destroy(), STALL_TIMEOUT_MS).unref();
    }
    return this.#drained.promise;
  }

  #caughtUp(): void {
    clearTimeout(this.#stall);
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  #leave(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
  }

  #end(): void {
    clearInterval(this.#heartbeat);
    this.#isLetGo = true;
    this.#leave();
    this.#caughtUp();
  }
}
