import { join } from 'node:path';
import { temporaryFolder } from '../harness/cleanup.js';
import { stopAll } from '../harness/daemon.js';
import { openListener, openModule } from '../harness/modules.js';
import { untilMetrics } from '../harness/network.js';
import { callDaemon, findNonce, verifyWith } from '../harness/raw-peer.js';
import { startInspected, useBrowser, type InspectorPage } from './browser.js';
import { inspectorOf, urlPrinted } from './http.js';

const openPage = useBrowser();
afterEach(stopAll);

const TYPE = 541;
/** So hard that a wrong nonce is never right by luck, and still found in a moment. */
const HARD = { gossip: { difficulty: 12 } };

/** Saves what the page has, as a person would; the path of the file. */
const save = async (page: InspectorPage): Promise<string> => {
  const download = page.page.waitForEvent('download');
  await page.click('save');
  const path = join(temporaryFolder(), 'saved.trace.jsonl');
  await (await download).saveAs(path);
  return path;
};

describe('the sequence', () => {
  it('is filtered, and shows how an actor stood before and after an event', async () => {
    const { daemon, url } = await startInspected(HARD);
    const page = await openPage(url);
    await page.sees('status', 'Live');
    const peer = await callDaemon(daemon);
    peer.send(verifyWith(peer, findNonce(peer, await peer.next('CHALLENGE'), false)));
    await page.show('sequence');
    await page.sees('sequence-diagram');
    await page.click('as-table');
    await page.sees('sequence-row', /CHALLENGE/);
    await page.the('filter-actor').fill('challenger');
    await page.the('filter-event').fill('verify');
    await page.misses('sequence-row', /CHALLENGE/);
    await page.withText('sequence-row', /→ challenger\.1\s*peer\.verify/).click();
    await page.sees('before-after', /Before\s*handshaking.paying.challenging\s*After\s*refused/);
    await page.click('close-entry');
    await page.misses('entry');
    await page.click('filter-clear');
    await page.sees('sequence-row', /CHALLENGE/);
  });

  it('stands still while paused, and goes on from where things are by then', async () => {
    const { daemon, url } = await startInspected();
    const page = await openPage(url);
    await page.sees('status', 'Live');
    const module = await openModule(daemon);
    await page.actor('api-connection.1').waitFor();
    await page.click('pause');
    await page.sees('status', 'Paused');
    await openModule(daemon);
    await untilMetrics(daemon, { modules: 2 });
    await page.click('live');
    await page.actor('api-connection.2').waitFor();
    await page.show('sequence');
    await page.the('slider').fill('3');
    await page.sees('status', 'Paused');
    await page.show('actors');
    await page.actor('supervisor').waitFor();
    await page.actor('api-connection.1').waitFor({ state: 'hidden' });
    await page.click('live');
    await module.close();
    await page.page.locator('.is-over[data-testid="actor-api-connection.1"]').waitFor();
  });
});

describe('a trace', () => {
  it('that was saved opens again, in the page or without any daemon', async () => {
    const { daemon, url } = await startInspected();
    const page = await openPage(url);
    await page.sees('status', 'Live');
    const module = await openModule(daemon);
    await module.announce(TYPE, 'to be kept');
    await page.show('sequence');
    await page.click('as-table');
    await page.sees('sequence-row', 'announced');
    const path = await save(page);
    await page.the('open').setInputFiles(path);
    await page.sees('trace-banner', 'saved.trace.jsonl');
    await page.sees('sequence-row', 'announced');
    await page.click('close-trace');
    await page.sees('status', 'Live');
    expect(await daemon.stop()).toBe(0);

    const later = await openPage(await urlPrinted(['inspect', path, '--no-open']));
    await later.actor('supervisor', daemon).waitFor();
    await later.show('sequence');
    await later.click('as-table');
    await later.sees('sequence-row', 'announced');
    // Without a daemon the pictures are there, too.
    await later.show('actors');
    await later.actor('supervisor', daemon).dblclick();
    await later.isAt('supervisor.running.steady');
  });

  it('has at its beginning what the page began with', async () => {
    const { daemon, url } = await startInspected();
    const page = await openPage(url);
    await page.sees('status', 'Live');
    await openListener(daemon, TYPE);
    await page.actor('api-connection.1').waitFor();
    const path = await save(page);
    await page.the('open').setInputFiles(path);
    await page.sees('trace-banner');
    await page.actor('api-connection.1').waitFor();
    await page.the('slider').fill('0');
    await page.actor('api-connection.1').waitFor({ state: 'hidden' });
    await page.the('slider').press('End');
    await page.actor('api-connection.1').waitFor();
  });
});

describe('a page whose daemon is restarted', () => {
  it('says that it lost it, and shows the new one when it is there', async () => {
    const { daemon, url } = await startInspected();
    const fixed = { inspector: { address: url.host, control: true } };
    expect(await daemon.stop()).toBe(0);
    const { daemon: first } = await startInspected(fixed);
    const page = await openPage(url);
    await page.sees('status', 'Live');
    await openModule(first);
    await page.actor('api-connection.1', first).waitFor();
    expect(await first.stop()).toBe(0);
    await page.sees('lost-banner');
    await page.sees('status', 'Reconnecting');
    await page.actor('supervisor', first).waitFor();
    await first.restart();
    await inspectorOf(first);
    await page.sees('status', 'Live');
    await page.misses('lost-banner');
    await page.actor('supervisor', first).waitFor();
    // What the last run had is over.
    await page.actor('api-connection.1', first).waitFor({ state: 'hidden' });
  });
});

const STORM = 2_000;
const OUTSTANDING = 32;

describe('a storm of items', () => {
  it('leaves the page answering and the daemon losing nothing', async () => {
    const { daemon, url } = await startInspected();
    const page = await openPage(url);
    await page.show('sequence');
    await page.sees('status', 'Live');
    const listener = await openListener(daemon, TYPE);
    const announcer = await openModule(daemon);
    await page.sees('sequence-row');
    let announced = 0;
    const announceAll = async (): Promise<void> => {
      while (announced < STORM) await announcer.announce(TYPE, `item ${announced++}`);
    };
    const storm = Promise.all(Array.from({ length: OUTSTANDING }, announceAll));
    await page.show('item');
    await page.sees('item-id');
    await page.show('actors');
    await page.actor('supervisor').click();
    await page.sees('details-id', 'supervisor');
    await storm;
    await listener.hearsCount(STORM);
    await page.show('peers');
    await page.sees('peers');
    expect(listener.heard).toHaveLength(STORM);
  });
});
