/**
 * Another inspector as a source. Each subscriber has a stream of its own, so that a hub keeps no
 * copy of anybody's state. A stream that breaks is opened again, with pauses that grow; one whose
 * place went to another page is not, until somebody subscribes anew.
 */
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import {
  DISPLACED_EVENT,
  PATHS,
  type ControlCommand,
  type DaemonName,
  type TraceRecord,
} from './protocol.js';
import type { ControlOutcome, Sink, TraceSource } from './source.js';
import { parseBatch, parseTrace, TRACE_BYTES_MAX } from './trace-text.js';

const BACK_OFF_FIRST_MS = 250;
const BACK_OFF_MAX_MS = 5_000;
/** One event of a stream; a batch of ours is far smaller. */
const EVENT_CHARS_MAX = 16 * 1_048_576;
const ANSWER_TIMEOUT_MS = 5_000;
const OUTCOMES = [200, 400, 403, 404, 502] as const;

export class RemoteSource implements TraceSource {
  readonly paced = false;
  readonly #base: URL;
  readonly #token: string | undefined;
  readonly #daemons = new Set<DaemonName>();

  /** `url` is the address of its page, with `?token=` where it needs one. */
  constructor(url: URL) {
    this.#base = new URL('/', url);
    this.#token = url.searchParams.get('token') ?? undefined;
  }

  subscribe(sink: Sink): () => void {
    const stream = new RemoteStream(
      () => this.#request(PATHS.stream),
      (records) => {
        for (const { kind, daemon } of records) if (kind === 'daemon') this.#daemons.add(daemon);
        void sink(records);
      },
    );
    return () => stream.close();
  }

  knows(name: DaemonName): boolean {
    return this.#daemons.has(name);
  }

  async control(command: ControlCommand): Promise<ControlOutcome> {
    try {
      const { status, body } = await this.#ask(PATHS.control, JSON.stringify(command));
      const known = OUTCOMES.find((outcome) => outcome === status);
      return { status: known ?? 502, message: body.trim() };
    } catch (error) {
      return { status: 502, message: `${this.#base.host} does not answer: ${String(error)}` };
    }
  }

  /** What it kept; nothing when it does not answer. */
  async trace(): Promise<readonly TraceRecord[]> {
    try {
      const { status, body } = await this.#ask(PATHS.trace);
      return status === 200 ? parseTrace(body).records : [];
    } catch {
      return [];
    }
  }

  async #ask(
    path: string,
    body?: string,
  ): Promise<{ readonly status: number | undefined; readonly body: string }> {
    const asked = this.#request(path, body === undefined ? 'GET' : 'POST');
    asked.setTimeout(ANSWER_TIMEOUT_MS, () => asked.destroy(new Error('no answer in time')));
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      asked.once('response', resolve);
      asked.once('error', reject);
    });
    asked.end(body);
    const answer = await answered;
    return { status: answer.statusCode, body: await textOf(answer) };
  }

  #request(path: string, method = 'GET'): ClientRequest {
    return request(new URL(path, this.#base), {
      method,
      agent: false,
      headers: {
        ...(method === 'POST' && { 'content-type': 'application/json' }),
        ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
      },
    });
  }
}

/** @throws Error when it goes on and on */
const textOf = async (answer: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > TRACE_BYTES_MAX) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

/** One stream, opened again and again until it is closed. */
class RemoteStream {
  readonly #open: () => ClientRequest;
  readonly #tell: (records: readonly TraceRecord[]) => void;
  readonly #daemons = new Set<DaemonName>();
  #request: ClientRequest | undefined;
  #retry: NodeJS.Timeout | undefined;
  #pauseMs = BACK_OFF_FIRST_MS;
  #isClosed = false;
  #displaced: string | undefined;

  constructor(open: () => ClientRequest, tell: (records: readonly TraceRecord[]) => void) {
    this.#open = open;
    this.#tell = tell;
    this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#request?.destroy();
  }

  #connect(): void {
    const request = this.#open();
    this.#request = request;
    let why = 'the stream ended';
    request.once('response', (response) => {
      if (response.statusCode !== 200) {
        why = `the inspector answered with status ${response.statusCode ?? 0}`;
        request.destroy();
        return;
      }
      const events = new EventText(({ name, data }) => {
        this.#pauseMs = BACK_OFF_FIRST_MS;
        if (name === DISPLACED_EVENT) this.#displaced = 'another page took the place of this one';
        else this.#pass(parseBatch(data));
      });
      response.setEncoding('utf8').on('data', (text: string) => {
        if (!events.push(text)) request.destroy(new Error('an event is too long'));
      });
      response.on('error', () => {});
    });
    request.once('error', (error) => {
      why = error.message || 'nobody answers';
    });
    request.once('close', () => this.#lost(this.#displaced ?? why));
    request.end();
  }

  #pass(records: readonly TraceRecord[]): void {
    for (const { kind, daemon } of records) if (kind === 'daemon') this.#daemons.add(daemon);
    if (!this.#isClosed && records.length > 0) this.#tell(records);
  }

  #lost(reason: string): void {
    if (this.#isClosed) return;
    const atMs = Date.now();
    const gone = [...this.#daemons].map((daemon) => ({
      kind: 'gone' as const,
      ...{ daemon, atMs, reason },
    }));
    this.#daemons.clear();
    if (gone.length > 0) this.#tell(gone);
    if (this.#displaced !== undefined) return;
    this.#retry = setTimeout(() => this.#connect(), this.#pauseMs);
    this.#pauseMs = Math.min(BACK_OFF_MAX_MS, 2 * this.#pauseMs);
  }
}

type StreamEvent = { readonly name: string; readonly data: string };

/** Cuts the text of server-sent events into events. */
class EventText {
  readonly #tell: (event: StreamEvent) => void;
  #rest = '';

  constructor(tell: (event: StreamEvent) => void) {
    this.#tell = tell;
  }

  /** False when an event goes on and on. */
  push(text: string): boolean {
    const events = (this.#rest + text).split('\n\n');
    this.#rest = events.pop() ?? '';
    for (const event of events) {
      const data = fieldsOf(event, 'data');
      const [name = 'message'] = fieldsOf(event, 'event');
      if (data.length > 0) this.#tell({ name, data: data.join('\n') });
    }
    return this.#rest.length <= EVENT_CHARS_MAX;
  }
}

const fieldsOf = (event: string, name: string): string[] =>
  event
    .split('\n')
    .filter((line) => line.startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).trimStart());
