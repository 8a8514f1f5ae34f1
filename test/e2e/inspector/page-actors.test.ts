import { stopAll } from '../harness/daemon.js';
import { callDaemon, findNonce, proveHonestly, verifyWith } from '../harness/raw-peer.js';
import { nameOf, startInspected, useBrowser } from './browser.js';

const openPage = useBrowser();
afterEach(stopAll);

/** So hard that a wrong nonce is never right by luck, and still found in a moment. */
const HARD = { gossip: { difficulty: 12 } };

describe('the page of a daemon', () => {
  it('shows its actors as a tree, with where each stands', async () => {
    const { daemon, url } = await startInspected();
    const page = await openPage(url);
    await page.sees('status', 'Live');
    await page.sees(`daemon-${nameOf(daemon)}`, `hearsay/`);
    for (const id of ['supervisor', 'peer-view']) await page.actor(id, daemon).waitFor();
    await page.actor('supervisor', daemon).click();
    await page.sees('details-id', /^supervisor$/);
    await page.the('search').fill('supervis');
    await page.actor('peer-view').waitFor({ state: 'hidden' });
    await page.actor('supervisor', daemon).waitFor();
    await page.the('search').fill('');
    await page.actor('peer-view', daemon).waitFor();
  });

  it('marks where a handshake is while it runs, and greys who refused', async () => {
    const { daemon, url } = await startInspected(HARD);
    const page = await openPage(url);
    await page.sees('status', 'Live');
    const peer = await callDaemon(daemon);
    const challenge = await peer.next('CHALLENGE');
    const row = page.actor('challenger.1', daemon);
    await row.filter({ hasText: 'challenging' }).waitFor();
    await row.dblclick();
    await page.isAt('challenger.handshaking.paying.challenging');
    await page.sees('active-states', /answerTimeout/);
    await page.sees('context', /difficulty/);
    peer.send(verifyWith(peer, findNonce(peer, challenge, false)));
    await page.isAt('challenger.refused');
    await page.isAt('challenger.handshaking.paying.challenging', false);
    await page.sees('details', /badProof/);
    await page.show('actors');
    await page.page.locator('.is-over[data-testid="actor-challenger.1"]').waitFor();
    await row.filter({ hasText: 'refused' }).waitFor();
  });
});

describe('what strangers say', () => {
  it.each([
    ['an image', '<img src=x onerror="window.__pwned=1">'],
    ['a script', '<script>window.__pwned=1</script>'],
    ['a picture', '<svg onload="window.__pwned=1"></svg>'],
  ])('stays text in the name that a peer gives itself: %s', async (_, agent) => {
    const { daemon, url } = await startInspected();
    const page = await openPage(url);
    await page.sees('status', 'Live');
    const peer = await callDaemon(daemon);
    peer.send({ ...(await proveHonestly(peer)), agent });
    await peer.next('HELLO');
    await page.show('sequence');
    await page.the('filter-event').fill('HELLO');
    await page.click('as-table');
    await page.withText('sequence-row', /peer .*→ peer-connection\.1\s*HELLO/).click();
    await page.sees('entry', agent);
    await page.withText('sequence-row', 'peer.hello').click();
    await page.the('entry').getByRole('button', { name: 'message' }).click();
    await page.sees('entry', agent);
    await page.show('actors');
    await page.actor('peer-connection.1').click();
    await page.sees('context');
    expect(await page.global('__pwned')).toBe(undefined);
    expect(await page.page.locator('img, [onload], [onerror]').count()).toBe(0);
  });
});
