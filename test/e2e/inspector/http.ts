import { spawn } from 'node:child_process';
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { TraceRecord } from '../../../src/inspector/protocol.js';
import { RemoteSource } from '../../../src/inspector/remote-source.js';
import { servedUrl } from '../../../src/cli/inspector.js';
import { onStopAll } from '../harness/cleanup.js';
import { MAIN_PATH, type Daemon } from '../harness/daemon.js';
import { WAIT_MS, within } from '../harness/wait.js';

/** The address of a daemon's inspector, from its log; with the token that it made, if it did. */
export const inspectorOf = async (daemon: Pick<Daemon, 'waitForLog'>): Promise<URL> => {
  const line = await daemon.waitForLog(/inspector served/);
  const url = servedUrl(line);
  if (url === undefined) throw new Error(`no address in "${line}"`);
  return url;
};

/** Starts `hearsay ARGS…` and waits for the address of a page on its stdout; `stopAll` ends it. */
export const urlPrinted = (args: readonly string[]): Promise<URL> => {
  const child = spawn(process.execPath, [MAIN_PATH, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  onStopAll(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  let printed = '';
  const found = new Promise<URL>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
      const [url] = /http:\/\/\S+/.exec(printed) ?? [];
      if (url !== undefined && printed.endsWith('\n')) resolve(new URL(url));
    });
  });
  return within(found, 2 * WAIT_MS, () => `an address on stdout, not "${printed}"`);
};

export type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

type Asked = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

const open = async (
  url: URL,
  { method = 'GET', headers = {}, body }: Asked,
): Promise<IncomingMessage> => {
  const asked = request(url, { method, headers, agent: false });
  onStopAll(async () => void asked.destroy());
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    asked.once('response', resolve);
    asked.on('error', reject);
  });
  asked.end(body);
  return within(answered, WAIT_MS, () => `an answer from ${url.href}`);
};

/** Asks for what ends. Unlike `fetch` it sends any Host and Origin. */
export const ask = async (url: URL, path: string, asked: Asked = {}): Promise<Answer> => {
  const answer = await open(withPath(url, path), asked);
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) };
};

/** A command, as a page sends it. */
export const command = (url: URL, what: unknown): Promise<Answer> =>
  ask(url, '/control', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(what),
  });

/** A stream that is opened and not read. */
export const stuckStream = async (url: URL): Promise<IncomingMessage> => {
  const answer = await open(withPath(url, '/stream'), {});
  answer.on('error', () => {});
  answer.pause();
  return answer;
};

const withPath = (url: URL, path: string): URL => {
  const full = new URL(path, url);
  for (const [name, value] of url.searchParams) full.searchParams.set(name, value);
  return full;
};

/** An open page: what it was told, and what is still to come. */
export type Watching = {
  readonly records: readonly TraceRecord[];
  /** The first record, past or to come, that is so; rejects after 10 s. */
  sees<Found extends TraceRecord>(
    isIt: (record: TraceRecord) => record is Found,
    what: string,
  ): Promise<Found>;
  leave(): void;
};

/** Opens the stream of an inspector; `stopAll` closes it. */
export const watch = (url: URL): Watching => {
  const records: TraceRecord[] = [];
  const looking = new Set<() => void>();
  const leave = new RemoteSource(url).subscribe((told) => {
    records.push(...told);
    for (const look of looking) look();
    return undefined;
  });
  onStopAll(async () => leave());
  const sees = <Found extends TraceRecord>(
    isIt: (record: TraceRecord) => record is Found,
    what: string,
  ): Promise<Found> => {
    const coming = new Promise<Found>((resolve) => {
      const look = (): void => {
        const found = records.find(isIt);
        if (found === undefined) return;
        looking.delete(look);
        resolve(found);
      };
      looking.add(look);
      look();
    });
    return within(coming, WAIT_MS, () => `${what}; ${records.length} records came`);
  };
  return { records, leave, sees };
};

/** A predicate on records of one kind. */
export const is =
  <Kind extends TraceRecord['kind']>(
    kind: Kind,
    holds: (record: Extract<TraceRecord, { kind: Kind }>) => boolean = () => true,
  ) =>
  (record: TraceRecord): record is Extract<TraceRecord, { kind: Kind }> =>
    record.kind === kind && holds(record as Extract<TraceRecord, { kind: Kind }>);
