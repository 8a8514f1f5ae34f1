/**
 * Takes the pictures of the README: each view of a testnet of five at work. No test:
 *
 *     npm run pictures                 those of docs/pictures; then look at what it took
 *     npm run pictures -- FOLDER       every view, in light and dark, to be looked at
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { connect, type GossipClient } from '../../../src/client/index.js';
import { launchBrowser } from '../harness/browser.js';

const DAEMONS = 5;
const TYPE = 1337;
const ITEMS = 24;
/** Between two items, so that a picture shows them one by one. */
const PAUSE_MS = 150;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

type Testnet = {
  readonly inspector: string;
  readonly apis: readonly string[];
  stop(): Promise<void>;
};

const startTestnet = async (): Promise<Testnet> => {
  const child = spawn(process.execPath, ['dist/src/main.js', 'testnet', String(DAEMONS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  for await (const chunk of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    printed += String(chunk);
    if (printed.includes('Ctrl-C')) break;
  }
  const [inspector] = /http:\/\/\S+/.exec(printed) ?? [];
  if (inspector === undefined) throw new Error(`no inspector in:\n${printed}`);
  const rows = printed.matchAll(/^\d+ +\S+ +(\S+) +[0-9a-f]{64}$/gm);
  return {
    inspector,
    apis: [...rows].flatMap(([, api]) => api ?? []),
    stop: async () => {
      child.kill('SIGINT');
      await once(child, 'exit');
    },
  };
};

/** A module at each daemon: all accept what they hear. */
const openModules = async (apis: readonly string[]): Promise<GossipClient[]> => {
  const modules = await Promise.all(apis.map((api) => connect(api)));
  for (const module of modules) {
    await module.subscribe(TYPE);
    void (async () => {
      for await (const item of module.notifications(TYPE)) item.accept();
    })();
  }
  return modules;
};

const announceAll = async (modules: readonly GossipClient[]): Promise<void> => {
  for (let n = 0; n < ITEMS; n += 1) {
    await modules[n % modules.length]?.announce(TYPE, `item ${n}`);
    await pause(PAUSE_MS);
  }
};

const VIEWS: readonly { readonly name: string; readonly show: (page: Page) => Promise<void> }[] = [
  {
    name: 'actors',
    show: async (page) => {
      await page.getByTestId('tab-actors').click();
    },
  },
  {
    name: 'chart',
    show: async (page) => {
      await page.getByTestId('actor-peer-connection.1').first().dblclick();
      await page.locator('[data-testid=chart] .active').first().waitFor();
    },
  },
  {
    name: 'sequence',
    show: async (page) => {
      await page.getByTestId('tab-sequence').click();
      await page.locator('.arrow').first().waitFor();
    },
  },
  {
    name: 'item',
    show: async (page) => {
      await page.getByTestId('tab-item').click();
      await page.getByTestId('items').getByRole('button').nth(1).click();
      await page.getByTestId('life-step').first().waitFor();
    },
  },
  {
    name: 'peers',
    show: async (page) => {
      await page.getByTestId('tab-peers').click();
      await page.getByTestId('links').first().waitFor();
    },
  },
];

const openPage = async (browser: Browser, url: string, isDark: boolean): Promise<Page> => {
  const page = await browser.newPage({
    viewport: { width: 1_440, height: 900 },
    colorScheme: isDark ? 'dark' : 'light',
    // Nothing is caught half way.
    reducedMotion: 'reduce',
  });
  await page.goto(url);
  await page.getByTestId('status').filter({ hasText: 'Live' }).waitFor();
  await page
    .getByTestId('actor-supervisor')
    .nth(DAEMONS - 1)
    .waitFor();
  return page;
};

const [, , all] = process.argv;
const folder = all ?? 'docs/pictures';
mkdirSync(folder, { recursive: true });
const [net, browser] = await Promise.all([startTestnet(), launchBrowser()]);
const [light, dark] = await Promise.all([
  openPage(browser, net.inspector, false),
  openPage(browser, net.inspector, true),
]);
const modules = await openModules(net.apis);
await pause(1_000);
const announcing = announceAll(modules);
await pause(ITEMS * PAUSE_MS * 0.5);
for (const { name, show } of VIEWS) {
  await show(light);
  await pause(400);
  await light.screenshot({ path: join(folder, `${name}.png`) });
  if (name !== 'chart' && all === undefined) continue;
  await dark.getByTestId('tab-actors').click();
  await show(dark);
  await pause(400);
  await dark.screenshot({ path: join(folder, `${name}-dark.png`) });
}
await announcing;
await Promise.all(modules.map((module) => module.close()));
await browser.close();
await net.stop();
