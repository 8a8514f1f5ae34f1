/** What the page asks of the daemon that serves it. */
import { DISPLACED_EVENT, PATHS, type ControlCommand, type TraceRecord } from '../../protocol.js';
import { readCharts, type Charts } from '../charts.js';
import { EventStreamReader } from '../event-stream.js';
import { readBatch } from '../trace-file.js';

/** Pauses between attempts to connect, in milliseconds. */
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 5_000;

export type StreamStatus =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly reason: string }
  /** The token is missing or wrong. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Another page took this one's place; a person may take it back. */
  | { readonly kind: 'displaced'; readonly reason: string };

export type StreamHandler = {
  status(status: StreamStatus): void;
  records(records: readonly TraceRecord[]): void;
  /** Something came that is no record of ours. */
  damaged(count: number, reason: string): void;
};

type StreamEnd = 'never begun' | 'broken' | 'displaced';

/** The daemon that serves the page. */
export class Server {
  token: string | undefined;
  #retry: (() => void) | undefined;

  constructor(token: string | undefined) {
    this.token = token;
  }

  /**
   * Reads the live stream for as long as the page is open; connects again when it breaks, but not
   * by itself when it was displaced: two pages would take the place from each other for ever.
   */
  async follow(handler: StreamHandler): Promise<never> {
    for (let pauseMs = RETRY_MIN_MS; ; pauseMs = Math.min(2 * pauseMs, RETRY_MAX_MS)) {
      const end = await this.#read(handler);
      if (end !== 'never begun') pauseMs = RETRY_MIN_MS;
      await new Promise<void>((resolve) => {
        this.#retry = resolve;
        if (end !== 'displaced') setTimeout(resolve, pauseMs);
      });
    }
  }

  /** Tries at once; with another token, if a person gave one. */
  retry(token = this.token): void {
    this.token = token;
    this.#retry?.();
  }

  /** The charts of all machines; none when the daemon has none. */
  async charts(): Promise<Charts> {
    try {
      const response = await this.#fetch(PATHS.charts);
      return readCharts(response.ok ? await response.json() : {});
    } catch {
      return new Map();
    }
  }

  /** The daemon's ring as the text of a trace file. Rejects when there is none to be had. */
  async trace(): Promise<string> {
    const response = await this.#fetch(PATHS.trace);
    if (!response.ok) throw new Error(await reasonOf(response));
    return response.text();
  }

  /** Asks for something to be done; says what came of it. Rejects when it was refused. */
  async control(command: ControlCommand): Promise<string> {
    const response = await this.#fetch(PATHS.control, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(command),
    });
    if (!response.ok) throw new Error(await reasonOf(response));
    return 'done';
  }

  async #read(handler: StreamHandler): Promise<StreamEnd> {
    let isLive = false;
    try {
      const response = await this.#fetch(PATHS.stream);
      if (response.status === 401 || response.status === 403) {
        handler.status({ kind: 'refused', reason: await reasonOf(response) });
        return 'never begun';
      }
      if (!response.ok || response.body === null) throw new Error(await reasonOf(response));
      isLive = true;
      handler.status({ kind: 'live' });
      const events = new EventStreamReader();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        for (const { name, data } of events.read(read.value)) {
          if (name === DISPLACED_EVENT) {
            handler.status({ kind: 'displaced', reason: reasonIn(data) });
            return 'displaced';
          }
          const { records, damaged, reason } = readBatch(data);
          handler.records(records);
          if (damaged > 0) handler.damaged(damaged, reason);
        }
      }
      handler.status({ kind: 'lost', reason: 'the daemon ended the stream' });
    } catch (error) {
      handler.status({ kind: 'lost', reason: isLive ? messageOf(error) : 'no daemon answers' });
    }
    return isLive ? 'broken' : 'never begun';
  }

  #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.token !== undefined) headers.set('authorization', `Bearer ${this.token}`);
    return fetch(path, { ...init, headers, cache: 'no-store' });
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** The text that came as JSON, or what came instead. */
const reasonIn = (data: string): string => {
  try {
    return String(JSON.parse(data));
  } catch {
    return data;
  }
};

/** What the daemon says of a refusal. */
const reasonOf = async (response: Response): Promise<string> => {
  const text = (await response.text().catch(() => '')).slice(0, 300).trim();
  return text === '' ? `HTTP ${response.status}` : text;
};
