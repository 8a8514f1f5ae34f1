import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatSections, labSections, mergeSections } from '../../../src/cli/lab-config.js';
import { temporaryFolder } from '../harness/cleanup.js';
import { runCli } from '../harness/cli.js';
import { startDaemon, stopAll, waitUntil } from '../harness/daemon.js';
import { openListener, openModule } from '../harness/modules.js';
import { rawModule } from '../harness/raw-module.js';
import { line } from '../harness/topologies.js';
import { notify } from './frames.js';
import { freshType, openCheckpoint, settledListener } from './order.js';

afterEach(stopAll);

/** Writes a configuration file; gives its path. */
const configFile = (sections: Parameters<typeof mergeSections>[1], folder = temporaryFolder()) => {
  const path = join(folder, 'hearsay.ini');
  writeFileSync(path, formatSections(mergeSections(labSections(folder, 0), sections)));
  return path;
};

describe('hearsay run › refuses to start', () => {
  it('with all mistakes of the configuration at once, and code 2', async () => {
    const path = configFile({ gossip: { degree: 'many', difficulty: 99, strict_api: 'perhaps' } });
    const { code, stdout, stderr } = await runCli(['run', '-c', path, '-v', 'soon']);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    for (const key of ['degree = "many"', 'difficulty = "99"', 'strict_api = "perhaps"']) {
      expect(lines.filter((text) => text.includes(`[gossip] ${key}; allowed: `))).toHaveLength(1);
    }
    expect(lines.filter((text) => text.includes('option -v: '))).toHaveLength(1);
  });

  it('with a configuration that is not there, and code 2', async () => {
    const path = join(temporaryFolder(), 'none.ini');
    const { code, stderr } = await runCli(['run', '-c', path]);
    expect([code, stderr]).toEqual([2, `hearsay run: cannot read ${path}: ENOENT\n`]);
  });

  it.each(['api_address', 'p2p_address'])('with %s in use, one line and code 4', async (key) => {
    const daemon = await startDaemon();
    const taken = key === 'api_address' ? daemon.api : daemon.p2p;
    const { code, stdout, stderr } = await runCli(['-c', configFile({ gossip: { [key]: taken } })]);
    expect(code).toBe(4);
    expect(stdout).toBe('');
    const complaint = `hearsay run: cannot listen on ${taken}: the address is in use`;
    expect(stderr.split('\n').filter((text) => text.startsWith('hearsay run'))).toEqual([
      complaint,
    ]);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('with the metrics address in use, and code 4', async () => {
    const daemon = await startDaemon();
    const { code } = await runCli(['-c', configFile({ metrics: { address: daemon.api } })]);
    expect(code).toBe(4);
  });

  it.each([
    ['garbage', 'no key at all\n'],
    ['nothing', ''],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
  ])('with %s for a host key, one line and code 5', async (_, text) => {
    const folder = temporaryFolder();
    const path = configFile({}, folder);
    const key = join(folder, 'hostkey.pem');
    writeFileSync(key, text, { mode: 0o600 });
    const { code, stderr } = await runCli(['run', '-c', path]);
    expect(code).toBe(5);
    expect(stderr).toBe(`hearsay run: The host key ${key} holds no private key in PEM form.\n`);
    expect(readFileSync(key, 'utf8')).toBe(text);
  });

  it('with a host key that cannot be read, and code 5', async () => {
    const folder = temporaryFolder();
    // A folder cannot be read as a file, by nobody: the test may run as root.
    const { code, stderr } = await runCli(['-c', configFile({ hostkey: folder }, folder)]);
    expect(code).toBe(5);
    expect(stderr).toMatch(/^hearsay run: The host key \S+ cannot be read: .*\n$/);
  });
});

describe('hearsay run › starts', () => {
  it('with a new host key that nobody else may read, and keeps it', async () => {
    const daemon = await startDaemon();
    const key = join(daemon.dir, 'hostkey.pem');
    expect(statSync(key).mode & 0o777).toBe(0o600);
    const { identity } = daemon;
    await daemon.restart();
    expect(daemon.identity).toBe(identity);
  });

  it('with unknown keys, and warns of each with the nearest known name', async () => {
    const daemon = await startDaemon({ config: { gossip: { degre: 5, nonsense_key_here: 1 } } });
    expect(await daemon.waitForLog(/warn .*degre\b/)).toContain('did you mean [gossip] degree?');
    await daemon.waitForLog(/warn .*nonsense_key_here/);
  });

  it('with a damaged address book set aside and a warning', async () => {
    const dir = temporaryFolder();
    const book = join(dir, 'address-book.json');
    writeFileSync(book, '{ "peers": [');
    const daemon = await startDaemon({ dir });
    const warning = await daemon.waitForLog(/damaged address book put aside/);
    expect(warning).toContain(`as=${book}.damaged-1`);
    expect(readFileSync(`${book}.damaged-1`, 'utf8')).toBe('{ "peers": [');
    expect(await daemon.stop()).toBe(0);
  });

  it('-v SECONDS sets how long verdicts are waited for, above the configuration', async () => {
    const announcing = await startDaemon();
    const judging = await startDaemon({
      config: { gossip: { validation_timeout: 300, known_peers: announcing.p2p } },
      args: ['-v', '0.2'],
    });
    await judging.waitForLog(/link up/);
    const type = freshType();
    const at = await openCheckpoint(announcing);
    const silent = await settledListener(judging, type, { at, verdict: 'abstain' });
    await (await openModule(announcing)).announce(type, 'nobody answers');
    await silent.hears('nobody answers');
    await waitUntil(async () => (await judging.metrics()).get('items_ignored_total') === 1, {
      what: 'the deadline of -v passes',
    });
  });

  it('-s SECONDS sets how long item ids are remembered, within what is safe', async () => {
    const path = configFile({});
    const refused = await runCli(['-c', path, '-s', '1']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/option -s: \[gossip\] suppress_time = "1"; allowed: /);

    const daemon = await startDaemon({
      config: { gossip: { item_lifetime: 1, suppress_time: 86_400 } },
      args: ['-s', '122'],
    });
    expect(await daemon.stop()).toBe(0);
  });

  it('-l FILE writes the log there too', async () => {
    const file = join(temporaryFolder(), 'daemon.log');
    const daemon = await startDaemon({ args: ['-l', file] });
    await daemon.waitForLog(/metrics served/);
    expect(await daemon.stop()).toBe(0);
    const logged = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(logged).toEqual(daemon.stderr);
    expect(logged.at(-1)).toMatch(/ info {2}stopped$/);
  });

  it('--log-level says how much is logged', async () => {
    const daemon = await startDaemon({ args: ['--log-level', 'error'] });
    expect(await daemon.stop()).toBe(0);
    expect(daemon.stderr).toEqual([]);
  });
});

describe('hearsay run › stops', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('at %s with code 0 and a farewell', async (signal) => {
    const [staying, leaving] = await line(2);
    if (staying === undefined || leaving === undefined) throw new Error('two daemons');
    await staying.waitForLog(/link up/);
    process.kill(leaving.pid, signal);
    expect(await leaving.exited()).toBe(0);
    await staying.waitForLog(/link down/);
    expect(leaving.stderr.at(-1)).toMatch(/ info {2}stopped$/);
    expect(existsSync(join(leaving.dir, 'address-book.json'))).toBe(true);
  });

  it('with what its modules were owed flushed before their connections end', async () => {
    const daemon = await startDaemon();
    const type = freshType();
    const checkpoint = await openCheckpoint(daemon);
    const module = await rawModule(daemon.api);
    await module.write(notify(type));
    await checkpoint.passedBy(module);
    const announcer = await openModule(daemon);
    const sizes = Array.from({ length: 40 }, (_, n) => 1_000 * (n + 1));
    for (const size of sizes) await announcer.announce(type, Buffer.alloc(size));
    await checkpoint.passedBy(announcer);
    const code = daemon.stop();
    for (const size of sizes) expect(await module.nextFrame()).toHaveLength(8 + size);
    expect(await module.closed()).toBe('ended');
    module.end();
    expect(await code).toBe(0);
  });

  it('although a module neither reads nor hangs up', async () => {
    const daemon = await startDaemon();
    const module = await rawModule(daemon.api);
    module.socket.pause();
    const type = freshType();
    await module.write(notify(type));
    const listener = await openListener(daemon, type);
    await (await openCheckpoint(daemon)).passedBy(module);
    const announcer = await openModule(daemon);
    for (let sent = 0; sent < 200; sent += 1) {
      await announcer.announce(type, Buffer.alloc(65_527, sent));
      // The other module reads, and is not to be passed over for being a little behind.
      if (sent % 25 === 24) await listener.hearsCount(sent + 1);
    }
    expect(await daemon.stop()).toBe(0);
  });

  it('at once at a second signal', async () => {
    const daemon = await startDaemon();
    // A module that does not hang up keeps the daemon waiting for its grace.
    const module = await rawModule(daemon.api);
    const ended = once(module.socket, 'end');
    process.kill(daemon.pid, 'SIGTERM');
    await ended;
    await daemon.waitForLog(/stopping/);
    process.kill(daemon.pid, 'SIGTERM');
    expect(await daemon.exited()).toBe(1);
    expect(daemon.stderr.some((text) => text.endsWith('stopped'))).toBe(false);
  });
});
