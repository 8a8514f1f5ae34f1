import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../harness/cleanup.js';
import { runCli, startCli, type CliProcess } from '../harness/cli.js';
import { stopAll, waitUntil, type Daemon } from '../harness/daemon.js';
import { openModule } from '../harness/modules.js';
import { line } from '../harness/topologies.js';
import { freshType, openCheckpoint, settledListener, type Checkpoint } from './order.js';

describe('hearsay announce and hearsay notify', () => {
  let first: Daemon;
  let middle: Daemon;
  let last: Daemon;
  let atMiddle: Checkpoint;

  beforeAll(async () => {
    const gossip = { validation_timeout: 300 };
    [first, middle, last] = (await line(3, { gossip })) as [Daemon, Daemon, Daemon];
    await first.waitForLog(/link up/);
    await last.waitForLog(/link up/);
    atMiddle = await openCheckpoint(middle);
  });
  afterAll(stopAll);

  /**
   * `hearsay notify` at the middle. Whatever is announced at the first before the subscription is
   * in
   * force is held until it is, so nobody has to wait for that.
   */
  const notifying = (...args: string[]): CliProcess =>
    startCli(['notify', '-a', middle.api, ...args]);

  const rejected = async (): Promise<number> =>
    (await middle.metrics()).get('items_rejected_total') ?? 0;

  it('spread an item and print it, accepted, so that it goes on', async () => {
    const type = freshType();
    const end = await settledListener(last, type, { at: atMiddle });
    const notify = notifying('--count', '1', String(type));
    const announce = await runCli(['announce', '-a', first.api, '-t', String(type), 'hello']);
    expect(announce).toEqual({ code: 0, stdout: '', stderr: '' });
    const { code, stdout, stderr } = await notify.result;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^\\S+Z ${type} 5 "hello"\\n$`));
    await end.hears('hello');
  });

  it('--reject stops the item', async () => {
    const type = freshType();
    const before = await rejected();
    const notify = notifying('--reject', '-n', '1', String(type));
    const end = await settledListener(last, type, { at: atMiddle });
    await runCli(['announce', '-a', first.api, '-t', String(type), 'bad']);
    expect((await notify.result).code).toBe(0);
    await waitUntil(async () => (await rejected()) === before + 1, { what: 'the reject' });
    await (await openModule(middle)).announce(type, 'marker');
    await end.hears('marker');
    expect(end.heard).toHaveLength(1);
  });

  it('--silent leaves the item undecided', async () => {
    const type = freshType();
    const before = (await middle.metrics()).get('items_ignored_total') ?? 0;
    const notify = notifying('--silent', '-n', '1', String(type));
    await runCli(['announce', '-a', first.api, '-t', String(type), 'hm']);
    expect(await notify.result).toMatchObject({ code: 0 });
    // It ended without a verdict, so nobody is left to be waited for.
    const ignored = async (): Promise<number> =>
      (await middle.metrics()).get('items_ignored_total') ?? 0;
    await waitUntil(async () => (await ignored()) === before + 1, { what: 'the item is ignored' });
  });

  it('--count N ends after N items, --json prints an object for each', async () => {
    const [type, other] = [freshType(), freshType()];
    const notify = notifying('--json', '--count', '3', String(type), String(other));
    await runCli(['announce', '-a', first.api, '-t', String(type), 'one']);
    const path = join(temporaryFolder(), 'item');
    writeFileSync(path, Buffer.from('ff00', 'hex'));
    await runCli(['announce', '-a', first.api, '-t', String(type), '--file', path]);
    await runCli(['announce', '-a', first.api, '-t', String(other), '-'], 'from stdin');
    const { code, stdout } = await notify.result;
    expect(code).toBe(0);
    const items = stdout
      .trimEnd()
      .split('\n')
      .map((text): unknown => JSON.parse(text));
    expect(items).toMatchObject([
      { type, size: 3, text: 'one', base64: 'b25l' },
      { type, size: 2, base64: '/wA=' },
      { type: other, size: 10, text: 'from stdin' },
    ]);
  });

  it('notify ends in order when interrupted, and with code 6 when nobody is there', async () => {
    const type = freshType();
    const notify = notifying(String(type));
    await (await openModule(first)).announce(type, 'go on');
    await notify.prints(/"go on"/);
    notify.kill('SIGINT');
    expect(await notify.result).toMatchObject({ code: 0, stderr: '' });
    const { code, stderr } = await runCli(['notify', '-a', '127.0.0.1:1', '5']);
    expect([code, stderr]).toEqual([
      6,
      'hearsay notify: cannot reach the daemon at 127.0.0.1:1: ECONNREFUSED\n',
    ]);
  });
});

describe('hearsay keygen and hearsay check-config', () => {
  afterAll(stopAll);

  it('make a key that a daemon takes, and check a configuration', async () => {
    const folder = temporaryFolder();
    const key = join(folder, 'key.pem');
    const made = await runCli(['keygen', '--type', 'p256', '-o', key]);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout).toMatch(/ identity [0-9a-f]{64}\n$/);
    expect((await runCli(['keygen', '-o', key])).code).toBe(5);
    expect(readFileSync(key, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    const config = join(folder, 'a.ini');
    writeFileSync(config, '[gossip]\ndegree = 3\n');
    expect(await runCli(['check-config', '-c', config])).toEqual({
      code: 0,
      stdout: `${config}: no mistakes\n`,
      stderr: '',
    });
    writeFileSync(config, '[gossip]\ndegree = none\nlab = none\n');
    const { code, stderr } = await runCli(['check-config', '-c', config]);
    expect([code, stderr.trimEnd().split('\n').length]).toEqual([2, 2]);
  });
});

describe('hearsay testnet', () => {
  afterEach(stopAll);

  it('starts three daemons, spreads an item and cleans up', async () => {
    const folder = temporaryFolder();
    const net = startCli(['testnet', '--difficulty', '0', '3'], '', { TMPDIR: folder });
    const table = await net.prints(/^3 daemons serve/m);
    const row = /^ *\d +127\.0\.0\.1:\d+ +(127\.0\.0\.1:\d+) +[0-9a-f]{64}$/gm;
    const apis = [...table.matchAll(row)].map(([, api]) => api);
    expect(apis).toHaveLength(3);
    const [one, , three] = apis as [string, string, string];
    const type = String(freshType());
    const notify = startCli(['notify', '-a', three, type]);
    expect((await runCli(['announce', '-a', one, '-t', type, 'through the net'])).code).toBe(0);
    await notify.prints(/"through the net"/);
    notify.kill('SIGINT');
    expect((await notify.result).code).toBe(0);
    net.kill('SIGINT');
    const { code, stderr } = await net.result;
    expect(code).toBe(0);
    expect(stderr).not.toContain('died');
    expect(readdirSync(folder)).toEqual([]);
    expect((await runCli(['announce', '-a', one, 'x'])).code).toBe(6);
  });
});
