import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from '../harness/cleanup.js';
import { runCli } from '../harness/cli.js';
import { stopAll } from '../harness/daemon.js';
import { ask, command, inspectorOf, is, urlPrinted, watch } from './http.js';
import { daemonName, freePort, inspected, start } from './inspected.js';

afterEach(stopAll);

describe('hearsay inspect', () => {
  it('prints the address of a daemon that it finds by its configuration', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const { daemon, url } = await start(inspected({ address }));
    const config = join(daemon.dir, 'hearsay.ini');
    expect(await runCli(['inspect', '--no-open', '-c', config])).toMatchObject({
      stdout: `${url.href}\n`,
    });
    expect(await runCli(['inspect', '--no-open', url.href])).toMatchObject({
      stdout: `${url.href}\n`,
    });
    await daemon.stop();
    expect(await runCli(['inspect', '--no-open', url.href])).toMatchObject({ code: 6 });
  });

  it('shows a saved trace without a daemon', async () => {
    const { daemon, url } = await start();
    const file = join(daemon.dir, 'a.trace');
    writeFileSync(file, (await ask(url, '/trace')).body);
    await daemon.stop();
    const hub = await urlPrinted(['inspect', '--no-open', file]);
    const page = watch(hub);
    const { identity } = await page.sees(is('daemon'), 'the daemon of the trace');
    expect(identity).toBe(daemon.identity);
    expect(
      (await command(hub, { do: 'cut', daemon: daemonName(daemon), connection: 1 })).status,
    ).toBe(404);
  });

  it('prints the token where the port is known only to the log, and no key is made', async () => {
    const { daemon } = await start(inspected({ address: '0.0.0.0:0' }));
    const config = join(daemon.dir, 'hearsay.ini');
    const { code, stderr } = await runCli(['inspect', '--no-open', '-c', config]);
    expect(code).toBe(2);
    const [, token = ''] =
      /the address that the daemon logged, with \?token=(\S+)/.exec(stderr) ?? [];
    const url = await inspectorOf(daemon);
    expect((await ask(url, `/trace?token=${token}`)).status).toBe(200);
    await daemon.stop();
    rmSync(join(daemon.dir, 'hostkey.pem'));
    expect(await runCli(['inspect', '--no-open', '-c', config])).toMatchObject({ code: 5 });
    expect(existsSync(join(daemon.dir, 'hostkey.pem'))).toBe(false);
  });

  it.each([
    ['/dev/zero', 'it is a device or pipe, not a file'],
    ['/', 'it is a folder'],
    ['/no/such/file', 'ENOENT'],
  ])('does not read %s for ever', async (path, why) => {
    const { code, stderr } = await runCli(['inspect', '--no-open', path]);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining(why) });
    expect((await runCli(['inspect', '--no-open', '-c', path])).code).toBe(2);
  });

  it('does not wait for the end of what an odd server answers', async () => {
    const server = createServer((_, response) => {
      const more = setInterval(() => response.write('x'.repeat(10_000)), 1);
      response.on('close', () => clearInterval(more));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code } = await runCli(['inspect', '--no-open', `http://127.0.0.1:${port}/`]);
    expect(code).toBe(0);
    server.close();
  });

  it('says what is no trace', async () => {
    const file = join(temporaryFolder(), 'a.trace');
    writeFileSync(file, 'nothing of the kind\n');
    const { code, stderr } = await runCli(['inspect', '--no-open', file]);
    expect(code).toBe(1);
    expect(stderr).toContain('is no trace');
    expect((await runCli(['inspect'])).code).toBe(3);
  });
});

describe('hearsay testnet', () => {
  it('shows all its daemons in one page, which may touch their links', async () => {
    const url = await urlPrinted(['testnet', '-d', '0', '2']);
    const page = watch(url);
    const { links, daemon } = await page.sees(
      is('view', (view) => view.links.length === 1),
      'a link',
    );
    await page.sees(
      is('daemon', (other) => other.daemon !== daemon),
      'the other daemon',
    );
    const cut = { do: 'cut', daemon, connection: links[0]?.connection };
    expect((await command(url, cut)).status).toBe(200);
    await page.sees(
      is('view', (view) => view.daemon === daemon && view.links[0]?.cut === true),
      'that it is cut',
    );
  });
});
