import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { createConnection, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { boundConnections } from '../../../src/inspector/connections.js';
import { STREAMS_MAX } from '../../../src/inspector/open-pages.js';
import { UNSENT_BYTES_MAX } from '../../../src/inspector/page-stream.js';
import { DISPLACED_EVENT, type TraceRecord } from '../../../src/inspector/protocol.js';
import { RemoteSource } from '../../../src/inspector/remote-source.js';
import { serveInspector } from '../../../src/inspector/server.js';
import type { Sink, TraceSource } from '../../../src/inspector/source.js';
import { parseTrace } from '../../../src/inspector/trace-text.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

const gone = (atMs: number, reason = 'x'): TraceRecord => ({
  kind: 'gone',
  daemon: 'aaaaaaaa',
  atMs,
  reason,
});

const DAEMON: TraceRecord = {
  kind: 'daemon',
  version: 1,
  daemon: 'aaaaaaaa',
  agent: 'hello',
  ...{ identity: '', p2p: '', api: '', atMs: 1, control: false },
};

/** A source that says what a test has it say. */
class TestSource implements TraceSource {
  readonly paced = false;
  readonly sinks = new Map<Sink, () => boolean>();
  kept: readonly TraceRecord[] = [];

  subscribe(sink: Sink, isSlow: () => boolean = () => false): () => void {
    this.sinks.set(sink, isSlow);
    void sink([DAEMON]);
    return () => this.sinks.delete(sink);
  }
  tell(...records: readonly TraceRecord[]): void {
    for (const sink of [...this.sinks.keys()]) void sink(records);
  }
  knows = () => false;
  control = () => Promise.resolve({ status: 404, message: 'nobody' } as const);
  trace = () => Promise.resolve(this.kept);
}

const serve = async (): Promise<{ source: TestSource; url: URL }> => {
  const source = new TestSource();
  const server = await serveInspector({
    address: { host: '127.0.0.1', port: 0 },
    sources: [source],
    listen: async (http) => ({ host: '127.0.0.1', port: await listen(http) }),
    log: () => {},
  });
  closing.push(() => server.close());
  return { source, url: new URL(server.url) };
};

const open = async (url: URL, path: string): Promise<IncomingMessage> => {
  const asked = request(new URL(path, url), { agent: false });
  closing.push(() => asked.destroy());
  asked.on('error', () => {}).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.on('error', () => {});
  return answer;
};

/** A page that keeps what it was sent, and says when there is this text in it. */
const openPage = async (url: URL) => {
  const answer = await open(url, '/stream');
  let heard = '';
  const looking = new Set<() => void>();
  answer.setEncoding('utf8').on('data', (piece: string) => {
    heard = (heard + piece).slice(-1_000);
    for (const look of looking) look();
  });
  return {
    answer,
    hears: (piece: string): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (heard.includes(piece)) resolve();
        };
        looking.add(look);
        look();
      }),
    get heard() {
      return heard;
    },
  };
};

const openPages = async (url: URL, count: number) => {
  const pages: Awaited<ReturnType<typeof openPage>>[] = [];
  while (pages.length < count) {
    const page = await openPage(url);
    await page.hears('hello');
    pages.push(page);
  }
  return pages;
};

/** More than anybody's system keeps for a page that does not read. */
const tellMuch = async (source: TestSource, isDone: () => boolean): Promise<void> => {
  for (let n = 0; n < 200 && !isDone(); n += 1) {
    source.tell(gone(n, 'x'.repeat(UNSENT_BYTES_MAX / 2)));
    await new Promise((resolve) => setImmediate(resolve));
  }
};

describe('a page that comes when all places are taken', () => {
  it('takes the place of the first, which is told why', async () => {
    const { source, url } = await serve();
    const [first, ...others] = await openPages(url, STREAMS_MAX);
    const ended = first && once(first.answer, 'end');
    const newcomer = await openPage(url);
    await newcomer.hears('hello');
    await ended;
    expect(first?.heard).toContain(
      `event: ${DISPLACED_EVENT}\ndata: "another page took this place`,
    );
    expect(source.sinks.size).toBe(STREAMS_MAX);
    source.tell(gone(1, 'to all that are left'));
    await Promise.all([newcomer, ...others].map((page) => page.hears('to all that are left')));
  });

  it('takes the place of one that does not read, if there is one', async () => {
    const { source, url } = await serve();
    const readers = await openPages(url, 2);
    const stuck = await open(url, '/stream');
    stuck.pause();
    await openPages(url, STREAMS_MAX - 3);
    await tellMuch(source, () => source.sinks.size < STREAMS_MAX);
    expect(source.sinks.size).toBe(STREAMS_MAX - 1);
    await (await openPage(url)).hears('hello');
    // Whoever does not read does not see that it was hung up on, either.
    const cut = new Promise((resolve) => stuck.once('close', resolve));
    stuck.resume();
    await cut;
    expect(readers.map(({ heard }) => heard.includes(DISPLACED_EVENT))).toEqual([false, false]);
  });

  it('is not driven out by an inspector that shows several', async () => {
    const { source, url } = await serve();
    const remote = new RemoteSource(url);
    const told: TraceRecord[] = [];
    closing.push(
      remote.subscribe((records) => {
        told.push(...records);
        return undefined;
      }),
    );
    while (source.sinks.size === 0) await new Promise((resolve) => setImmediate(resolve));
    await openPages(url, STREAMS_MAX);
    while (told.at(-1)?.kind !== 'gone' || told.length < 2) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(told.at(-1)).toMatchObject({
      reason: 'another page took the place of this one',
    });
    expect(source.sinks.size).toBe(STREAMS_MAX);
  });
});

describe('a page that does not read', () => {
  it('is told less, then nothing, and all anew when it has caught up', async () => {
    const { source, url } = await serve();
    const stuck = await open(url, '/stream');
    stuck.pause();
    while (source.sinks.size === 0) await new Promise((resolve) => setImmediate(resolve));
    const [isSlow] = source.sinks.values();
    expect(isSlow?.()).toBe(false);
    let wasSlow = false;
    await tellMuch(source, () => {
      wasSlow ||= isSlow?.() === true;
      return source.sinks.size === 0;
    });
    expect([wasSlow, source.sinks.size]).toEqual([true, 0]);
    let heard = '';
    const caughtUp = new Promise<void>((resolve) => {
      stuck.setEncoding('utf8').on('data', (piece: string) => {
        heard = (heard + piece).slice(-500);
        if (/this page reads too slowly[^]*hello/.test(heard)) resolve();
      });
    });
    stuck.resume();
    await caughtUp;
    expect(source.sinks.size).toBe(1);
  });
});

describe('traces that are asked for', () => {
  const many = Array.from({ length: 20_000 }, (_, at) => gone(at, 'x'.repeat(500)));

  it('come whole', async () => {
    const { source, url } = await serve();
    source.kept = many.slice(0, 1_234);
    const answer = await open(url, '/trace');
    expect(parseTrace(await text(answer)).records).toEqual(source.kept);
  });

  it('are four at once: the first gives way to the fifth', async () => {
    const { source, url } = await serve();
    source.kept = many;
    const asked: IncomingMessage[] = [];
    for (let n = 0; n < 4; n += 1) {
      const answer = await open(url, '/trace');
      answer.pause();
      asked.push(answer);
    }
    const [first] = asked;
    const cut = first && once(first, 'error');
    first?.resume();
    source.kept = many.slice(0, 10);
    const fifth = await open(url, '/trace');
    expect(parseTrace(await text(fifth)).records).toHaveLength(10);
    await cut;
  });
});

describe('connections', () => {
  it('are bounded; the oldest that may go does', async () => {
    const server = createServer();
    const accepted: Socket[] = [];
    server.on('connection', (socket: Socket) => accepted.push(socket));
    boundConnections(server, 3, (socket) => socket === accepted[0]);
    const port = await listen(server);
    closing.push(() => server.close().closeAllConnections());
    const sockets: Socket[] = [];
    const ended: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const socket = createConnection(port, '127.0.0.1').on('error', () => {});
      closing.push(() => socket.destroy());
      socket.on('close', () => ended.push(n)).resume();
      await once(socket, 'connect');
      while (accepted.length <= n) await new Promise((resolve) => setImmediate(resolve));
      sockets.push(socket);
    }
    while (ended.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toEqual([1, 2]);
    expect(sockets[0]?.destroyed).toBe(false);
  });
});
