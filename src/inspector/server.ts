/**
 * The inspector's HTTP side: the page, its stream, charts, traces and commands, over one or
 * several sources. Whatever a caller does, the daemon that we are part of does not hear of it.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { DialAddress } from '../common/address.js';
import { CHART_STYLE } from '../diagram/style.js';
import type { LogPort } from '../runtime/ports.js';
import { checkSite, checkToken, isLoopback, pageUrl, type Access } from './access.js';
import { boundConnections } from './connections.js';
import { readCommand } from './control.js';
import { OpenPages } from './open-pages.js';
import { BUILT_PAGE, pageFile } from './page-files.js';
import { PATHS } from './protocol.js';
import { mergeTraces, type TraceSource } from './source.js';
import { traceSlices } from './trace-text.js';

/** Bytes of a command. */
const BODY_BYTES_MAX = 65_536;
/** Connections of any kind; a browser opens up to six. Our guess. */
const CONNECTIONS_MAX = 128;
const REQUEST_TIMEOUT_MS = 10_000;
/** How often it is looked for those that are late. */
const LATE_LOOK_MS = 1_000;
/** Traces that are sent at once: each holds on to a whole ring. Our guess. */
const TRACES_MAX = 4;
/** Whoever takes nothing of a trace for so long does not get the rest. Our guess. */
const TRACE_STALL_TIMEOUT_MS = 30_000;
/** Between two slices of a trace, so that the daemon goes on. Our guess. */
const SLICE_PAUSE_MS = 5;

/** The charts bring their style along; it is known by its content, so that no other gets in. */
const CHART_STYLE_HASH = createHash('sha256').update(CHART_STYLE).digest('base64');

const HEADERS: Readonly<Record<string, string>> = {
  // Nothing but our own files: no inline script, no style of another, no frame around us.
  'content-security-policy':
    `default-src 'none'; script-src 'self'; style-src 'self' 'sha256-${CHART_STYLE_HASH}'; ` +
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  // The token may stand in our address.
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

export type InspectorOptions = {
  /** Where to listen; port 0 lets the system pick. */
  readonly address: DialAddress;
  /** Required of every request but for the page itself; must be given off loopback. */
  readonly token?: string | undefined;
  readonly sources: readonly TraceSource[];
  /** The answer to `GET /charts`, asked for at most once; undefined: there are none. */
  readonly charts?: (() => Promise<string>) | undefined;
  /** Starts to listen, and tells where. @throws when it cannot */
  readonly listen: (server: Server, address: DialAddress) => Promise<DialAddress>;
  readonly log: LogPort;
  /** Default: where the build puts it. */
  readonly pageFolder?: URL;
};

export type InspectorServer = {
  readonly address: DialAddress;
  /** Of the page, for people; without the token. */
  readonly url: string;
  /** Pages that are open. */
  readonly streams: number;
  close(): Promise<void>;
};

/**
 * Serves the page and the traces of these sources.
 *
 * @throws Error off loopback without a token, and whatever `listen` throws.
 */
export const serveInspector = async (options: InspectorOptions): Promise<InspectorServer> => {
  const { token } = options;
  if (token === undefined && !isLoopback(options.address.host)) {
    throw new Error('an inspector that others can reach needs a token');
  }
  const server = createServer({ connectionsCheckingInterval: LATE_LOOK_MS });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  const address = await options.listen(server, options.address);
  // From now on it has no listener that would let a failure through to the process.
  server.on('error', (error) => options.log('debug', 'inspector', { error: error.message }));
  const inspector = new Inspector(options, { address, name: options.address.host, token });
  inspector.serve(server);
  return {
    address,
    url: pageUrl({ host: options.address.host, port: address.port }).href,
    get streams() {
      return inspector.streams;
    },
    close: () => inspector.close(server),
  };
};

class Inspector {
  readonly access: Access;
  readonly #options: InspectorOptions;
  readonly #pages = new OpenPages();
  /** Traces on their way, in the order in which they were asked for. */
  readonly #traces = new Set<ServerResponse>();
  #charts: Promise<string> | undefined;

  constructor(options: InspectorOptions, access: Access) {
    this.#options = options;
    this.access = access;
  }

  get streams(): number {
    return this.#pages.size;
  }

  serve(server: Server): void {
    boundConnections(server, CONNECTIONS_MAX, (socket) => this.#pages.has(socket));
    server.on('request', (request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        this.#options.log('debug', 'inspector', { request: request.url, error: String(error) });
        if (!response.headersSent) plainly(response, 500, 'the inspector failed');
        else response.destroy();
      });
    });
    server.on('clientError', (_, socket) => {
      // Destroyed, because a client that never closes its half would keep the connection's place.
      if (socket.writable) {
        socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n', () => socket.destroy());
      } else socket.destroy();
    });
  }

  close(server: Server): Promise<void> {
    this.#pages.close();
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
      // Whoever still reads or asks has had its chance; a page that stopped reading never ends.
      setImmediate(() => server.closeAllConnections());
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    // A caller that hangs up while it is answered is nobody's failure.
    response.on('error', () => {});
    const url = urlOf(request);
    if (url === undefined) return plainly(response, 400, 'no proper address');
    const isPage = url.pathname === PATHS.page || url.pathname.startsWith(PATHS.assets);
    const refusal =
      checkSite(this.access, request, isPage) ??
      (isPage ? undefined : checkToken(this.access, request, url));
    if (refusal !== undefined) return plainly(response, refusal.status, refusal.message);
    if (url.pathname === PATHS.control) return this.#control(request, response);
    if (request.method !== 'GET') return notAllowed(response, 'GET');
    switch (url.pathname) {
      case PATHS.page:
        return this.#file(response, 'index.html');
      case PATHS.stream:
        return this.#pages.open(response, this.#options.sources);
      case PATHS.charts:
        return this.#sendCharts(response);
      case PATHS.trace:
        return this.#trace(response);
      default:
        return isPage
          ? this.#file(response, url.pathname.slice(PATHS.assets.length))
          : plainly(response, 404, 'not found');
    }
  }

  async #file(response: ServerResponse, name: string): Promise<void> {
    const file = await pageFile(this.#options.pageFolder ?? BUILT_PAGE, name);
    if (file === undefined) return plainly(response, 404, `there is no ${name}: npm run build`);
    response.writeHead(200, { 'content-type': file.type }).end(file.content);
  }

  async #sendCharts(response: ServerResponse): Promise<void> {
    if (this.#options.charts === undefined) return plainly(response, 404, 'there are no charts');
    const charts = (this.#charts ??= this.#options.charts());
    try {
      const text = await charts;
      response.writeHead(200, { 'content-type': JSON_TYPE }).end(text);
    } catch (error) {
      this.#charts = undefined;
      throw error;
    }
  }

  async #trace(response: ServerResponse): Promise<void> {
    const [oldest] = this.#traces;
    if (this.#traces.size >= TRACES_MAX) oldest?.destroy();
    this.#traces.add(response);
    // Also when it ends before it was begun.
    response.once('close', () => this.#traces.delete(response));
    response.setTimeout(TRACE_STALL_TIMEOUT_MS, () => response.destroy());
    const traces = await Promise.all(this.#options.sources.map((source) => source.trace()));
    response.writeHead(200, {
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': 'attachment; filename="hearsay.trace.jsonl"',
    });
    await pipeline(slowly(traceSlices(mergeTraces(traces))), response);
  }

  async #control(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') return notAllowed(response, 'POST');
    // Other than a form, JSON cannot be sent from another page without being asked first.
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
      return plainly(response, 415, 'a command is application/json');
    }
    const body = await readBody(request);
    if (body === undefined) {
      response.setHeader('connection', 'close');
      return plainly(response, 413, `a command has at most ${BODY_BYTES_MAX} bytes`);
    }
    const command = readCommand(parseJson(body));
    if (command === undefined) return plainly(response, 400, 'that is no command');
    const source = this.#options.sources.find((one) => one.knows(command.daemon));
    if (source === undefined) return plainly(response, 404, `no daemon ${command.daemon} here`);
    const { status, message } = await source.control(command);
    plainly(response, status, message);
  }
}

/** One slice after the other, with time for others between them. */
async function* slowly(slices: Iterable<string>): AsyncGenerator<string> {
  for (const slice of slices) {
    yield slice;
    await pause(SLICE_PAUSE_MS);
  }
}

const plainly = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { 'content-type': TEXT }).end(`${text}\n`);
};

const notAllowed = (response: ServerResponse, allow: string): void => {
  response.setHeader('allow', allow);
  plainly(response, 405, `only ${allow}`);
};

/** The path as it was sent; a full address, as proxies send, is none of ours. */
const urlOf = ({ url = '' }: IncomingMessage): URL | undefined => {
  if (!url.startsWith('/') || url.startsWith('//')) return undefined;
  return URL.canParse(url, 'http://inspector') ? new URL(url, 'http://inspector') : undefined;
};

/** Undefined when it is too long. */
const readBody = async (request: IncomingMessage): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Left early, the request must stay whole: its connection carries the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
