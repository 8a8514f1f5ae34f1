/** What a person does at the page beyond looking: is let in, drops a file, plays the past. */
import { stopAll } from '../harness/daemon.js';
import { openModule } from '../harness/modules.js';
import { startInspected, useBrowser, type InspectorPage } from './browser.js';
import { ask, urlPrinted } from './http.js';

const openPage = useBrowser();
afterEach(stopAll);

const TOKEN = 'a-token-that-only-this-test-knows';

/** Drops a file on the page, as a person's mouse would. */
const drop = async ({ page }: InspectorPage, name: string, content: string): Promise<void> => {
  const file = `new File([${JSON.stringify(content)}], ${JSON.stringify(name)})`;
  const files = await page.evaluateHandle(
    `(() => { const files = new DataTransfer(); files.items.add(${file}); return files; })()`,
  );
  await page.dispatchEvent('main', 'drop', { dataTransfer: files });
};

describe('a page that was not given the token', () => {
  it('asks for it, and is let in with the right one', async () => {
    const { url } = await startInspected({ inspector: { token: TOKEN } });
    const page = await openPage(url);
    const form = await page.sees('token-form');
    await form.getByLabel('Token').fill('another');
    await form.getByRole('button', { name: 'Connect' }).click();
    await page.sees('token-form', /refuses/);
    await form.getByLabel('Token').fill(TOKEN);
    await form.getByRole('button', { name: 'Connect' }).click();
    await page.sees('status', 'Live');
    await page.misses('token-form');
    await page.actor('supervisor').waitFor();
    expect(page.page.url()).not.toContain(TOKEN);
  });
});

describe('a trace that is dropped on the page', () => {
  it('opens, and what is none says so', async () => {
    const { daemon, url } = await startInspected();
    const page = await openPage(url);
    await page.sees('status', 'Live');
    const trace = (await ask(url, '/trace')).body;
    await drop(page, 'no-trace.txt', 'nothing of the kind');
    await page.sees('trace-banner', /no-trace.txt.*a damaged line is left out/);
    await drop(page, 'dropped.jsonl', trace);
    await page.sees('trace-banner', 'dropped.jsonl');
    await page.actor('supervisor', daemon).waitFor();
  });
});

describe('the past', () => {
  it('runs on from the chosen moment at the chosen speed', async () => {
    const { daemon, url } = await startInspected();
    const page = await openPage(url);
    await page.sees('status', 'Live');
    const module = await openModule(daemon);
    await page.actor('api-connection.1').waitFor();
    await module.close();
    await page.page.locator('.is-over[data-testid="actor-api-connection.1"]').waitFor();
    await page.click('pause');
    await page.sees('status', 'Paused');
    await page.the('slider').fill('3');
    await page.actor('api-connection.1').waitFor({ state: 'hidden' });
    await page.the('speed').selectOption('0.1');
    await page.click('pause');
    await page.sees('status', 'Replay');
    await page.the('speed').selectOption('100');
    await page.page.locator('.is-over[data-testid="actor-api-connection.1"]').waitFor();
  });
});

describe('five daemons in one page', () => {
  it('stand side by side on one screen', async () => {
    const url = await urlPrinted(['testnet', '-d', '0', '5']);
    const page = await openPage(url);
    const columns = page.page.locator('.daemon-columns > .panel');
    await columns.nth(4).getByTestId('actor-supervisor').waitFor();
    const { x = 0, width = 0 } = (await columns.nth(4).boundingBox()) ?? {};
    expect(await columns.count()).toBe(5);
    expect(x + width).toBeLessThanOrEqual(page.page.viewportSize()?.width ?? 0);
  });
});
