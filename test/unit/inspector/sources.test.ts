import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FileSource } from '../../../src/inspector/file-source.js';
import type { TraceRecord } from '../../../src/inspector/protocol.js';
import { RemoteSource } from '../../../src/inspector/remote-source.js';
import { serveInspector, type InspectorServer } from '../../../src/inspector/server.js';
import { mergeTraces, type TraceSource } from '../../../src/inspector/source.js';
import { formatTrace, parseBatch, parseTrace } from '../../../src/inspector/trace-text.js';

const sampled = (daemon: string, atMs: number): TraceRecord => ({
  kind: 'sampled',
  daemon,
  atMs,
  left: 1,
});

const daemonRecord = (daemon: string, atMs: number): TraceRecord => ({
  kind: 'daemon',
  version: 1,
  daemon,
  identity: daemon.repeat(8),
  agent: 'hearsay/test',
  p2p: '127.0.0.1:1',
  api: '127.0.0.1:2',
  atMs,
  control: false,
});

const listen = async (server: Server, port = 0): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

/** Resolves with what the source has told so far as soon as it has told this. */
const until = (
  source: TraceSource,
  isThere: (records: readonly TraceRecord[]) => boolean,
): Promise<readonly TraceRecord[]> =>
  new Promise((resolve) => {
    const told: TraceRecord[] = [];
    const leave = source.subscribe((records) => {
      told.push(...records);
      if (!isThere(told)) return undefined;
      // The source may tell at once, before it has said how to leave it.
      setImmediate(() => leave());
      resolve(told);
      return undefined;
    });
  });

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

const serve = async (sources: readonly TraceSource[]): Promise<InspectorServer> => {
  const server = await serveInspector({
    address: { host: '127.0.0.1', port: 0 },
    sources,
    listen: async (http) => ({ host: '127.0.0.1', port: await listen(http) }),
    log: () => {},
  });
  opened.push(server);
  return server;
};

describe('a trace file', () => {
  const records = [daemonRecord('aaaaaaaa', 1), sampled('aaaaaaaa', 2)];

  it('is read as it was written', () => {
    expect(parseTrace(formatTrace(records))).toEqual({
      records,
      ...{ damaged: [], damagedCount: 0, leftOut: 0 },
    });
  });

  it('is read around what is damaged', () => {
    const text = `${formatTrace(records)}\n{"kind":"odd"}\nno json\n[]\nnull\n{"kind":"end"}\n`;
    const damaged = [4, 5, 6, 7, 8];
    expect(parseTrace(text)).toEqual({ records, damaged, damagedCount: 5, leftOut: 0 });
    expect(parseBatch('[1, {"kind": "sampled"}]')).toEqual([]);
    expect(parseBatch('no json')).toEqual([]);
    expect(parseBatch('{}')).toEqual([]);
  });

  it('is read up to its bound, whatever it is full of', () => {
    const text = `${'{}\n'.repeat(1_000)}${formatTrace([...records, ...records])}`;
    expect(parseTrace(text, 3)).toEqual({
      records: [...records, records[0]],
      ...{ damaged: [1, 2, 3, 4, 5], damagedCount: 1_000, leftOut: 1 },
    });
  });

  it('is told whole, as fast as it is taken', async () => {
    const many = Array.from({ length: 2_500 }, (_, at) => sampled('aaaaaaaa', at));
    const source = new FileSource(many);
    const sizes: number[] = [];
    let running = 0;
    await new Promise<void>((resolve) => {
      source.subscribe(async (batch) => {
        running += 1;
        sizes.push(batch.length);
        expect(running).toBe(1);
        await new Promise((next) => setImmediate(next));
        running -= 1;
        if (sizes.length === 3) resolve();
      });
    });
    expect(sizes).toEqual([1_000, 1_000, 500]);
    expect(await source.trace()).toBe(many);
    expect((await source.control()).status).toBe(404);
    expect(source.knows()).toBe(false);
  });
});

describe('several traces', () => {
  it('become one by time, each in its own order', () => {
    const one = [sampled('a', 1), sampled('a', 5), sampled('a', 2)];
    const other = [sampled('b', 3), sampled('b', 4)];
    const merged = mergeTraces([one, other, []]);
    expect(merged.map(({ daemon, atMs }) => `${daemon}${atMs}`)).toEqual([
      'a1',
      'b3',
      'b4',
      'a5',
      'a2',
    ]);
    expect(mergeTraces([])).toEqual([]);
  });
});

describe('another inspector as a source', () => {
  it('tells what that one tells, and passes on what is asked of it', async () => {
    const records = [daemonRecord('aaaaaaaa', 1), sampled('aaaaaaaa', 2)];
    const asked: unknown[] = [];
    const behind: TraceSource = {
      paced: false,
      subscribe: (sink) => {
        void sink(records);
        return () => {};
      },
      knows: (name) => name === 'aaaaaaaa',
      control: (command) => {
        asked.push(command);
        return Promise.resolve({ status: 403, message: 'only shows' });
      },
      trace: () => Promise.resolve(records),
    };
    const { url } = await serve([behind]);
    const remote = new RemoteSource(new URL(url));
    expect(remote.knows('aaaaaaaa')).toBe(false);
    expect(await until(remote, (told) => told.length === 2)).toEqual(records);
    expect(remote.knows('aaaaaaaa')).toBe(true);
    const command = { do: 'cut', daemon: 'aaaaaaaa', connection: 1 } as const;
    expect(await remote.control(command)).toEqual({ status: 403, message: 'only shows' });
    expect(asked).toEqual([command]);
    expect(await remote.trace()).toEqual(records);
  });

  it('comes back after that one has gone, and says that it was gone', async () => {
    const answers: ServerResponse[] = [];
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const record = daemonRecord('aaaaaaaa', answers.push(response));
      response.write(`: hello\n\ndata: ${JSON.stringify([record])}\n\n`);
      // The first stream breaks off in the middle of an event.
      if (answers.length === 1)
        setImmediate(() =>
          response.write('data: [{', () => {
            response.destroy();
          }),
        );
    });
    opened.push({ close: () => server.close().closeAllConnections() });
    const port = await listen(server);
    const remote = new RemoteSource(new URL(`http://127.0.0.1:${port}/`));
    const told = await until(remote, (records) => records.length === 3);
    expect(told.map(({ kind }) => kind)).toEqual(['daemon', 'gone', 'daemon']);
  });

  it('answers for one that is not there', async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const remote = new RemoteSource(new URL(`http://127.0.0.1:${port}/`));
    expect(await remote.trace()).toEqual([]);
    const outcome = await remote.control({ do: 'cut', daemon: 'aaaaaaaa', connection: 1 });
    expect(outcome.status).toBe(502);
  });
});

describe('a hub', () => {
  it('shows several in one stream, and asks the one that knows the daemon', async () => {
    const asked: string[] = [];
    const source = (name: string): TraceSource => ({
      paced: false,
      subscribe: (sink) => {
        void sink([daemonRecord(name, 1)]);
        return () => {};
      },
      knows: (daemon) => daemon === name,
      control: () => {
        asked.push(name);
        return Promise.resolve({ status: 200, message: 'done' });
      },
      trace: () => Promise.resolve([daemonRecord(name, 1)]),
    });
    const { url } = await serve([source('aaaaaaaa'), source('bbbbbbbb')]);
    const remote = new RemoteSource(new URL(url));
    const told = await until(remote, (records) => records.length === 2);
    expect(told.map(({ daemon }) => daemon)).toEqual(['aaaaaaaa', 'bbbbbbbb']);
    expect(await remote.trace()).toHaveLength(2);
    const cut = (daemon: string) => remote.control({ do: 'cut', daemon, connection: 1 });
    expect((await cut('bbbbbbbb')).status).toBe(200);
    expect((await cut('cccccccc')).status).toBe(404);
    expect(asked).toEqual(['bbbbbbbb']);
  });

  it('tells a saved trace to its end, however slowly it is read', async () => {
    const text = 'x'.repeat(200);
    const many = Array.from({ length: 20_000 }, (_, at): TraceRecord => ({
      kind: 'gone',
      daemon: 'aaaaaaaa',
      atMs: at,
      reason: text,
    }));
    const { url } = await serve([new FileSource(many)]);
    const remote = new RemoteSource(new URL(url));
    const told = await until(remote, (records) => records.length === many.length);
    expect(told.map(({ atMs }) => atMs)).toEqual(many.map(({ atMs }) => atMs));
  });
});
