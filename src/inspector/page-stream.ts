/**
 * One open page: its server-sent events. A page that does not read is not written to: above a
 * bound it is let go of, and told anew how everything stands when it has caught up. So it costs
 * at most that bound, and while it does not read, not even the watching.
 */
import type { ServerResponse } from 'node:http';
import type { DaemonName, TraceRecord } from './protocol.js';
import type { TraceSource } from './source.js';

/** Unsent bytes above which a page is let go of. Source: the task; our guess. */
export const UNSENT_BYTES_MAX = 1_048_576;
/** A page that takes nothing for so long is hung up on; it comes back by itself. Our guess. */
const STALL_TIMEOUT_MS = 60_000;
/** Proxies and sleeping laptops: a line so often shows that both ends are there. Our guess. */
const HEARTBEAT_MS = 15_000;
/** How long a page waits before it connects again. */
const RETRY_MS = 1_000;

type Encoded = { readonly records: readonly TraceRecord[]; readonly text: string };
let lastEncoded: Encoded = { records: [], text: '' };

/** Several pages get the same batch one after the other: it is encoded once. */
const encode = (records: readonly TraceRecord[]): string => {
  if (lastEncoded.records !== records) {
    lastEncoded = { records, text: `data: ${JSON.stringify(records)}\n\n` };
  }
  return lastEncoded.text;
};

export class PageStream {
  readonly #response: ServerResponse;
  readonly #sources: readonly TraceSource[];
  readonly #daemons = new Set<DaemonName>();
  #unsubscribe: (() => void)[] = [];
  #drained: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
  #isLetGo = false;
  #stall: NodeJS.Timeout | undefined;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(response: ServerResponse, sources: readonly TraceSource[]) {
    this.#response = response;
    this.#sources = sources;
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.write(`retry: ${RETRY_MS}\n\n`);
    response.on('drain', () => this.#caughtUp());
    response.on('close', () => this.#end());
    // What is wrong with the connection shows as its close.
    response.on('error', () => {});
    this.#heartbeat = setInterval(() => {
      if (this.#drained === undefined) response.write(': still here\n\n');
    }, HEARTBEAT_MS).unref();
    this.#subscribe();
  }

  /** Sends what is left and ends the stream. */
  close(): void {
    this.#end();
    this.#response.end();
  }

  #subscribe(): void {
    this.#isLetGo = false;
    for (const source of this.#sources) {
      const unsubscribe = source.subscribe((records) => this.#take(source, records));
      // The very first records may have been too many.
      if (this.#isLetGo) return unsubscribe();
      this.#unsubscribe.push(unsubscribe);
    }
  }

  #take(source: TraceSource, records: readonly TraceRecord[]): Promise<void> | undefined {
    if (this.#isLetGo || this.#response.destroyed) return undefined;
    for (const { kind, daemon } of records) if (kind === 'daemon') this.#daemons.add(daemon);
    this.#response.write(encode(records));
    if (this.#response.writableLength <= UNSENT_BYTES_MAX) return undefined;
    if (!source.paced) this.#letGo();
    return this.#whenDrained();
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
      this.#response.write(encode(gone));
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
