import { stopAll, type Daemon } from '../harness/daemon.js';
import { openListener, openModule } from '../harness/modules.js';
import { untilMetrics } from '../harness/network.js';
import { joinDaemon } from '../harness/raw-peer.js';
import { line } from '../harness/topologies.js';
import { inspected, nameOf, startInspected, useBrowser, type InspectorPage } from './browser.js';
import { inspectorOf, urlPrinted } from './http.js';

const openPage = useBrowser();
afterEach(stopAll);

const TYPE = 542;

type Pair = { readonly from: Daemon; readonly to: Daemon };

/** Two daemons, linked, that know what the other wants. */
const startPair = async (control = true): Promise<Pair> => {
  const [from, to] = await line(2, inspected(control));
  if (from === undefined || to === undefined) throw new Error('two');
  await untilMetrics(from, { links_active: 1 });
  return { from, to };
};

/** One page that shows both, as `hearsay inspect URL URL` serves it. */
const openBoth = async ({ from, to }: Pair): Promise<InspectorPage> => {
  const urls = await Promise.all([from, to].map((daemon) => inspectorOf(daemon)));
  const hub = await urlPrinted(['inspect', '--no-open', ...urls.map(({ href }) => href)]);
  const page = await openPage(hub);
  await page.actor('peer-connection.1', from).waitFor();
  await page.actor('peer-connection.1', to).waitFor();
  return page;
};

describe('one page for two daemons', () => {
  it('shows an item being announced at one, validated at the other, and relayed', async () => {
    const pair = await startPair();
    const page = await openBoth(pair);
    const listener = await openListener(pair.to, TYPE);
    const announcer = await openModule(pair.from);
    await untilMetrics(pair.from, { link_interests: 1 });
    await announcer.announce(TYPE, '<script>window.__pwned=1</script>');
    await listener.hears('<script>window.__pwned=1</script>');
    await page.show('item');
    await page.the('items').getByRole('button').first().click();
    const step = (name: string, daemon: Daemon): Promise<void> =>
      page.page
        .locator(`[data-testid=life-step][data-step=${name}][data-daemon="${nameOf(daemon)}"]`)
        .first()
        .waitFor();
    for (const name of ['announced', 'relayed']) await step(name, pair.from);
    for (const name of ['arrived', 'asked', 'answered', 'accepted']) await step(name, pair.to);
    await page.sees('item-summary', nameOf(pair.to));
    await page.the('item-life').getByRole('button', { name: 'Sequence' }).click();
    await page.click('as-table');
    await page
      .withText('sequence-row', /peer .*SPREAD/)
      .first()
      .click();
    // Bytes are shown as bytes, and this is how "<script>" begins.
    await page.sees('entry', Buffer.from('<script>').toString('hex'));
    expect(await page.global('__pwned')).toBe(undefined);
  });

  it('draws a message from one to the other as one arrow', async () => {
    const pair = await startPair();
    const page = await openBoth(pair);
    await page.show('sequence');
    await page.click('filter-events');
    await page.click('filter-items');
    await openListener(pair.to, TYPE);
    const arrow = page.page.locator('.arrow.kind-message', { hasText: 'INTEREST' });
    await arrow.first().waitFor();
    await page.sees('lanes');
    for (const daemon of [pair.from, pair.to]) {
      await page.page.locator('.lane-heads', { hasText: nameOf(daemon) }).waitFor();
    }
    // What was sent and what was received are two entries, and one arrow.
    await page.the('filter-event').fill('INTEREST');
    await page.sees('sequence-count', /^2$/);
    expect(await arrow.count()).toBe(1);
  });
});

describe('a page that may control', () => {
  it('cuts a link, heals it, and closes it', async () => {
    const { from } = await startPair();
    const page = await openPage(await inspectorOf(from));
    await page.show('peers');
    await page.sees('link-1', 'active');
    await page.click('cut-1');
    await page.sees('notice', /cut 1/);
    await page.sees('link-1', /cut/);
    await page.click('heal-1');
    await page.sees('cut-1');
    await page.sees('link-1', 'active');
    expect(from.stderr.filter((text) => text.includes('link down'))).toEqual([]);
    await page.click('close-1');
    await from.waitForLog(/link down/);
  });

  it('sends an event to an actor', async () => {
    const { daemon, url } = await startInspected();
    const page = await openPage(url);
    await openModule(daemon);
    await page.actor('api-connection.1').click();
    await page.the('send-json').fill('{ "type": "" }');
    await page.click('send');
    await page.sees('send-event', 'an event has a "type"');
    await page.the('send-json').fill('{ "type": "connection.closed", "reason": "by hand" }');
    await page.click('send');
    await page.sees('notice', /connection\.closed to api-connection\.1/);
    await page.page.locator('.is-over[data-testid="actor-api-connection.1"]').waitFor();
    await untilMetrics(daemon, { modules: 0 });
  });
});

describe('a page of a daemon whose peer misbehaves', () => {
  it('shows for how much, and forgives it', async () => {
    const { daemon, url } = await startInspected();
    const page = await openPage(url);
    await page.show('peers');
    await page.sees('peers', nameOf(daemon));
    await page.misses('offenders');
    const { peer } = await joinDaemon(daemon);
    peer.send({ type: 'OK', nonce: undefined });
    await peer.closed();
    await page.sees('offenders', '40');
    await page.click(`forgive-${peer.identity.toString('hex')}`);
    await page.sees('notice', /forgive/);
    await page.misses('offenders');
  });
});

describe('a page that may not control', () => {
  it('has nothing to control with', async () => {
    const { from } = await startPair(false);
    const page = await openPage(await inspectorOf(from));
    await page.actor('peer-view').click();
    await page.sees('context');
    expect(await page.the('send-event').count()).toBe(0);
    await page.show('peers');
    await page.sees('link-1', 'active');
    await page.sees('peers', 'read only');
    const buttons = page.the('links').getByRole('button', { name: /cut|heal|close/i });
    expect(await buttons.count()).toBe(0);
  });
});
