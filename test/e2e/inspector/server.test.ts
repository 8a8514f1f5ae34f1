import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { startDaemon, stopAll, waitUntil } from '../harness/daemon.js';
import { openListener, openModule } from '../harness/modules.js';
import { untilMetrics } from '../harness/network.js';
import { callDaemon, joinDaemon, proveHonestly } from '../harness/raw-peer.js';
import { line } from '../harness/topologies.js';
import { WAIT_MS, within } from '../harness/wait.js';
import { ask, command, inspectorOf, is, stuckStream, urlPrinted, watch } from './http.js';
import { daemonName, freePort, inspected, start } from './inspected.js';

afterEach(stopAll);

const DATA_TYPE = 540;
const TOKEN = 'a-long-word-hard-to-guess';

/** Resident memory of a process, in MB. */
const residentMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;

describe('whoever asks the inspector', () => {
  it('is turned away when it names another host or comes from another page', async () => {
    const { url } = await start();
    const host = url.host;
    const statuses = async (headers: Record<string, string>): Promise<number[]> => {
      const paths = ['/', '/stream?', '/charts', '/trace'];
      return Promise.all(paths.map(async (path) => (await ask(url, path, { headers })).status));
    };
    const refused = [403, 403, 403, 403];
    expect(await statuses({ host: 'evil.example' })).toEqual(refused);
    expect(await statuses({ host: `evil.example:${url.port}` })).toEqual(refused);
    expect(await statuses({ host: '127.0.0.1:1' })).toEqual(refused);
    expect(await statuses({ host, origin: 'http://evil.example' })).toEqual(refused);
    expect(await statuses({ host, origin: 'null' })).toEqual(refused);
    expect((await ask(url, '/trace', { headers: { host: `localhost:${url.port}` } })).status).toBe(
      200,
    );
    const own = { origin: `http://${host}` };
    expect((await ask(url, '/trace', { headers: own })).status).toBe(200);
  });

  it('needs the token of the host key where others can connect', async () => {
    const address = `0.0.0.0:${await freePort()}`;
    const daemon = await startDaemon({ config: inspected({ address }) });
    const bare = await inspectorOf(daemon);
    expect(bare.search).toBe('');
    const url = await urlPrinted(['inspect', '--no-open', '-c', join(daemon.dir, 'hearsay.ini')]);
    const token = url.searchParams.get('token') ?? '';
    expect(token).toMatch(/^[\w-]{32}$/);
    expect((await ask(bare, '/trace')).status).toBe(401);
    expect((await ask(bare, '/charts')).status).toBe(401);
    expect((await ask(bare, '/trace?token=wrong')).status).toBe(401);
    expect((await command(bare, {})).status).toBe(401);
    expect((await ask(url, '/trace')).status).toBe(200);
    const bearer = { authorization: `Bearer ${token}` };
    expect((await ask(bare, '/trace', { headers: bearer })).status).toBe(200);
    // The right token does not make a wrong name right.
    const rebound = { host: `evil.example:${url.port}` };
    expect((await ask(url, '/trace', { headers: rebound })).status).toBe(403);

    const page = watch(url);
    const first = await page.sees(is('daemon'), 'the stream');
    await daemon.restart();
    await page.sees(
      is('daemon', (record) => record !== first),
      'the daemon again, with the same token',
    );
    expect(daemon.stderr.join('\n')).not.toContain(token);
  });

  it('needs the configured token, which is not logged', async () => {
    const { daemon, url } = await start(inspected({ token: TOKEN }));
    expect(url.search).toBe('');
    expect((await ask(url, '/trace')).status).toBe(401);
    expect((await ask(url, `/trace?token=${TOKEN}`)).status).toBe(200);
    expect(daemon.stderr.join('\n')).not.toContain(TOKEN);
  });

  it('gets the page with headers that let nothing else in', async () => {
    const { url } = await start();
    const { status, headers } = await ask(url, '/');
    expect([200, 404]).toContain(status);
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
    expect(headers['access-control-allow-origin']).toBe(undefined);
    expect((await ask(url, '/page/../../server.js')).status).toBe(404);
    expect((await ask(url, '/page/%2e%2e%2fserver.js')).status).toBe(404);
    expect((await ask(url, '/nothing')).status).toBe(404);
    const charts = JSON.parse((await ask(url, '/charts')).body) as Record<string, { svg: string }>;
    expect(Object.keys(charts)).toHaveLength(7);
    expect(charts['challenger']?.svg).toContain(
      'id="state-challenger--handshaking--paying--challenging"',
    );
  });

  it('cannot hurt with what is no request', async () => {
    const { daemon, url } = await start(inspected({ control: true }));
    expect((await ask(url, '/', { method: 'PUT' })).status).toBe(405);
    expect((await ask(url, '/control')).status).toBe(405);
    const form = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' };
    expect((await ask(url, '/control', form)).status).toBe(415);
    expect((await command(url, 'x'.repeat(70_000))).status).toBe(413);
    expect((await command(url, { do: 'burn' })).status).toBe(400);
    for (const bytes of [
      '\0\u0001garbage\r\n\r\n',
      'GET http://[ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
    ]) {
      const socket = createConnection(Number(url.port), '127.0.0.1');
      const ended = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => {}).resume();
      socket.write(bytes);
      await within(ended, WAIT_MS, () => 'the inspector hangs up');
    }
    expect((await ask(url, '/trace')).status).toBe(200);
    expect(await daemon.stop()).toBe(0);
  });

  it.each([
    ['say nothing', ''],
    ['never finish', 'GET / HTTP/1.1\r\nhost: x\r\n'],
    ['never close their half', 'garbage\r\n\r\n'],
  ])('is not kept out by others that %s', async (_, bytes) => {
    const { url } = await start();
    const sockets = await Promise.all(
      Array.from({ length: 140 }, async () => {
        const socket = createConnection({ port: Number(url.port), allowHalfOpen: true });
        socket.on('error', () => {}).resume();
        await once(socket, 'connect');
        socket.write(bytes);
        return socket;
      }),
    );
    expect((await ask(url, '/trace')).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  it('gets in when sixteen pages are open, as one of sixteen', async () => {
    const { daemon, url } = await start();
    const pages = Array.from({ length: 16 }, () => watch(url));
    await Promise.all(pages.map((page) => page.sees(is('daemon'), 'the stream')));
    const newcomer = watch(url);
    await newcomer.sees(is('daemon'), 'the stream');
    const left = (): string[] =>
      pages.flatMap(({ records }) => records.filter(is('gone')).map(({ reason }) => reason));
    await waitUntil(async () => left().length > 0, { what: 'one is told to leave' });
    await untilMetrics(daemon, { inspector_pages: 16 });
    expect(left()).toEqual([expect.stringContaining('another page took the place')]);
  });
});

describe('an open page', () => {
  it('sees a handshake as it happens', async () => {
    const { daemon, url } = await start();
    const page = watch(url);
    await page.sees(is('daemon'), 'the stream');
    const peer = await callDaemon(daemon);
    const born = await page.sees(
      is('actor', ({ machine }) => machine === 'challenger'),
      'the challenger',
    );
    expect(born.value).toEqual({ handshaking: { paying: 'challenging' } });
    peer.send(await proveHonestly(peer));
    const proved = await page.sees(
      is('event', ({ actor, type }) => actor === born.actor && type === 'peer.verify'),
      'its VERIFY',
    );
    expect(proved).toMatchObject({ before: born.value, after: { handshaking: 'securing' } });
    const end = await page.sees(
      is('end', ({ actor }) => actor === born.actor),
      'its end',
    );
    expect(end).toMatchObject({ status: 'done', output: { verdict: 'accepted' } });
    await page.sees(
      is('message', ({ type, direction }) => type === 'HELLO' && direction === 'in'),
      'the HELLO',
    );
  });

  it('is told everything but what is secret', async () => {
    const [one, two] = await line(2, inspected());
    if (one === undefined || two === undefined) throw new Error('two daemons');
    const page = watch(await inspectorOf(two));
    await page.sees(is('daemon'), 'the stream');
    const { peer } = await joinDaemon(two);
    await page.sees(
      is('view', ({ links }) => links.length === 2),
      'both links',
    );
    page.leave();
    const trace = (await ask(await inspectorOf(two), '/trace')).body;
    const told = JSON.stringify(page.records) + trace;
    const pem = readFileSync(join(two.dir, 'hostkey.pem'), 'utf8');
    const { d = '' } = createPrivateKey(pem).export({ format: 'jwk' });
    const key = Buffer.from(d, 'base64url');
    expect(key).toHaveLength(32);
    for (const encoding of ['hex', 'base64', 'base64url', 'latin1'] as const) {
      expect(told).not.toContain(key.toString(encoding));
      expect(told).not.toContain(key.toString(encoding, 0, 12));
    }
    expect(told).not.toContain('PRIVATE KEY');
    expect(told).not.toContain(peer.salt.toString('hex'));
    expect(told).toContain(two.identity.slice(0, 32));
  });

  it('that does not read costs no more than its bound', async () => {
    const config = { ...inspected(), metrics: { address: '127.0.0.1:0' } };
    const { daemon, url } = await start(config);
    const module = await openModule(daemon);
    await openListener(daemon, DATA_TYPE);
    const streams = await Promise.all(Array.from({ length: 4 }, () => stuckStream(url)));
    await untilMetrics(daemon, { inspector_pages: 4 });
    const data = Buffer.alloc(400, 'x');
    const load = async (): Promise<void> => {
      for (let n = 0; n < 200; n += 1) await module.announce(DATA_TYPE, data);
    };
    // Until each page was let go of: what the system buffers for it is full by then.
    await waitUntil(
      async () => {
        await load();
        return (await daemon.metrics()).get('inspector_pages') === 0;
      },
      { what: 'the pages are let go of', timeoutMs: 60_000 },
    );
    const before = residentMb(daemon.pid);
    for (let n = 0; n < 30; n += 1) await load();
    expect(residentMb(daemon.pid) - before).toBeLessThan(40);
    expect((await daemon.metrics()).get('inspector_pages')).toBe(0);

    const [first] = streams;
    if (first === undefined) throw new Error('no stream');
    let heard = '';
    const caughtUp = new Promise<void>((resolve) => {
      first.setEncoding('utf8').on('data', (text: string) => {
        heard = (heard + text).slice(-200_000);
        if (/reads too slowly[^]*"kind":"daemon"/.test(heard)) resolve();
      });
    });
    first.resume();
    await within(caughtUp, WAIT_MS, () => 'the page is told anew how things stand');
    expect(await daemon.stop()).toBe(0);
  }, 120_000);

  it('comes back when the daemon does', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const { daemon, url } = await start(inspected({ address }));
    const page = watch(url);
    const [, first] = [await page.sees(is('daemon'), 'the stream'), page.records.length];
    await daemon.restart();
    await page.sees(is('gone'), 'its end');
    const isNew = is('daemon');
    await page.sees(
      (record): record is Extract<typeof record, { kind: 'daemon' }> =>
        isNew(record) && page.records.indexOf(record) >= first,
      'the daemon again',
    );
  });
});

describe('a person at the page', () => {
  it('only looks unless the configuration says otherwise', async () => {
    const { daemon, url } = await start();
    const cut = { do: 'cut', daemon: daemonName(daemon), connection: 1 };
    expect((await command(url, cut)).status).toBe(403);
  });

  it('cuts a link, so that items stop, and heals it, so that they flow again', async () => {
    const [one, two] = await line(2, inspected({ control: true }));
    if (one === undefined || two === undefined) throw new Error('two daemons');
    const url = await inspectorOf(one);
    const listener = await openListener(two, DATA_TYPE);
    const module = await openModule(one);
    await untilMetrics(one, { links_active: 1, link_interests: 1 });
    const page = watch(url);
    const { links } = await page.sees(
      is('view', (view) => view.links.length === 1),
      'the link',
    );
    const touch = { daemon: daemonName(one), connection: links[0]?.connection };

    expect((await command(url, { do: 'cut', ...touch })).status).toBe(200);
    await page.sees(
      is('view', (view) => view.links[0]?.cut === true),
      'that it is cut',
    );
    await module.announce(DATA_TYPE, 'lost');
    await page.sees(
      is('message', ({ type }) => type === 'SPREAD'),
      'what was sent',
    );
    expect((await command(url, { do: 'heal', ...touch })).status).toBe(200);
    await module.announce(DATA_TYPE, 'found');
    await listener.hears('found');
    expect(listener.heard.map(({ data }) => data.toString())).toEqual(['found']);
  });

  it('closes a link and sends an event', async () => {
    const { daemon, url } = await start(inspected({ control: true }));
    const { peer } = await joinDaemon(daemon);
    const page = watch(url);
    const { actor } = await page.sees(
      is('actor', ({ machine }) => machine === 'supervisor'),
      'the root',
    );
    const { links } = await page.sees(
      is('view', (view) => view.links.length === 1),
      'the link',
    );
    const name = daemonName(daemon);
    await command(url, { do: 'close', daemon: name, connection: links[0]?.connection });
    expect(await peer.closed()).toBe('ended');
    const stop = { do: 'send', daemon: name, actor, event: { type: 'shutdown.requested' } };
    expect((await command(url, stop)).status).toBe(200);
    expect(await daemon.exited()).toBe(0);
  });
});
