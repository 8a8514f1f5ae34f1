/** Keys stay where they are, and who somebody is stays known. */
import { createPrivateKey } from 'node:crypto';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { mergeSections, type IniSections } from '../../../src/cli/lab-config.js';
import { inspectorToken } from '../../../src/node/host-key.js';
import { runCli } from '../harness/cli.js';
import { temporaryFolder } from '../harness/cleanup.js';
import { startDaemon, stopAll, waitUntil, type Daemon } from '../harness/daemon.js';
import { openListener, openModule } from '../harness/modules.js';
import { joining, QUICK, untilMeshed, untilMetrics } from '../harness/network.js';
import { callDaemon } from '../harness/raw-peer.js';
import { ask, inspectorOf, is, watch } from '../inspector/http.js';

const TYPE = 5;
const TOKEN = 'a-token-of-the-configuration';
const TELLING: IniSections = mergeSections(QUICK, {
  log: { level: 'debug' },
  inspector: { address: '127.0.0.1:0', token: TOKEN },
});

/** The private key of a daemon, and what is derived from it, in every form that it could take. */
const formsOf = ({ dir }: Daemon): string[] => {
  const pem = readFileSync(join(dir, 'hostkey.pem'), 'utf8');
  const privateKey = createPrivateKey(pem);
  const { d = '' } = privateKey.export({ format: 'jwk' });
  const key = Buffer.from(d, 'base64url');
  expect(key).toHaveLength(32);
  const encoded = (['hex', 'base64', 'base64url', 'latin1'] as const).flatMap((encoding) => [
    key.toString(encoding, 0, 12),
    key.toString(encoding, 12, 24),
  ]);
  const lines = pem.split('\n').filter((line) => line !== '' && !line.includes('PUBLIC'));
  return [...encoded, ...lines, inspectorToken({ privateKey })];
};

describe('a daemon that tells all it may', () => {
  afterEach(stopAll);

  it('tells nothing of its keys, whoever asks', async () => {
    const first = await startDaemon({ config: TELLING });
    const second = await startDaemon({ config: mergeSections(TELLING, joining([first])) });
    const url = await inspectorOf(second);
    url.searchParams.set('token', TOKEN);
    const page = watch(url);
    await page.sees(is('daemon'), 'the stream');
    await untilMeshed([first, second]);
    const { hears } = await openListener(second, TYPE);
    await untilMetrics(first, { link_interests: 1 });
    await (await openModule(first)).announce(TYPE, 'said');
    await hears('said');
    // What goes wrong is told in more words.
    (await callDaemon(second)).write(Buffer.alloc(100, 0xff));
    await second.waitForLog(/peer closed for bad input/);
    const trace = (await ask(url, '/trace')).body;
    const metrics = [...(await second.metrics())].join('\n');
    const check = await runCli(['check-config', '-c', join(second.dir, 'hearsay.ini')]);
    const book = await untilSaved(second, first.identity);
    page.leave();
    const told = {
      log: second.stderr.join('\n'),
      stdout: second.stdout.join('\n'),
      page: JSON.stringify(page.records),
      trace,
      metrics,
      check: check.stdout + check.stderr,
      book,
    };
    for (const [where, text] of Object.entries(told)) {
      expect([where, text.length > 0]).toEqual([where, true]);
      const found = [...formsOf(second), TOKEN].filter((secret) => text.includes(secret));
      expect([where, found]).toEqual([where, []]);
    }
    expect(told.page).toContain(second.identity.slice(0, 32));
  });
});

const untilSaved = async ({ dir }: Daemon, identity: string): Promise<string> => {
  const path = join(dir, 'address-book.json');
  let text = '';
  await waitUntil(
    async () => {
      try {
        text = readFileSync(path, 'utf8');
      } catch {
        // Not written yet.
      }
      return text.includes(identity);
    },
    { what: `${identity} is in ${path}` },
  );
  return text;
};

describe('a host key that is open to others', () => {
  afterEach(stopAll);

  it('keeps a daemon from starting, with code 5 and one line that says what to do', async () => {
    const dir = temporaryFolder();
    const daemon = await startDaemon({ dir });
    await daemon.stop();
    chmodSync(join(dir, 'hostkey.pem'), 0o640);
    const config = join(dir, 'hearsay.ini');
    const { code, stderr } = await runCli(['run', '-c', config]);
    expect([code, stderr.trimEnd().split('\n').length]).toEqual([5, 1]);
    expect(stderr).toMatch(/host key .* is open to others \(mode 0640\): chmod 600 it\.\n$/);
    chmodSync(join(dir, 'hostkey.pem'), 0o600);
    await daemon.restart();
  });
});

describe('an address at which another identity answers', () => {
  afterEach(stopAll);

  it('is noticed, counted and told to the operator; the new one is pinned instead', async () => {
    const called = await startDaemon({ config: QUICK });
    const caller = await startDaemon({ config: joining([called]) });
    await untilMeshed([called, caller]);
    const before = called.identity;
    await untilSaved(caller, before);
    await called.stop();
    // Without its address book it does not call by itself: what counts is whom we find there.
    for (const file of ['hostkey.pem', 'address-book.json']) rmSync(join(called.dir, file));
    await called.restart();
    expect(called.identity).not.toBe(before);
    const line = await caller.waitForLog(/warn {2}another identity answers at a known address/);
    for (const part of [called.p2p, `was=${before}`, `is=${called.identity}`]) {
      expect(line).toContain(part);
    }
    await untilMetrics(caller, { identities_changed_total: 1, links_active: 1 });
    expect(await untilSaved(caller, called.identity)).not.toContain(before);
  });

  it('is no news when it is the same one', async () => {
    const called = await startDaemon({ config: QUICK });
    const caller = await startDaemon({ config: joining([called]) });
    await untilMeshed([called, caller]);
    await untilSaved(caller, called.identity);
    await called.restart();
    await untilMeshed([called, caller]);
    await untilMetrics(caller, { identities_changed_total: 0 });
  });
});
