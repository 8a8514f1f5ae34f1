import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser } from '../harness/browser.js';
import { onStopAll } from '../harness/cleanup.js';
import { startDaemon, type Daemon } from '../harness/daemon.js';
import { WAIT_MS } from '../harness/wait.js';
import { mergeSections, type IniSections } from '../../../src/cli/lab-config.js';
import { inspectorOf } from './http.js';

/** What the page's policy forbade shows on its console. */
const FORBIDDEN = /Content Security Policy|Refused to/;

const WINDOW = { width: 1_440, height: 900 };

/** Opens the page at an address, as if nobody had ever been there. */
export type OpenPage = (url: URL, look?: { readonly isDark?: boolean }) => Promise<InspectorPage>;

/**
 * One browser for all tests of a file, a fresh profile for each page; `stopAll` closes the pages,
 * and fails if one of them failed or did what its policy forbids.
 */
export const useBrowser = (): OpenPage => {
  let browser: Browser | undefined;
  // The browser from npm is unpacked at first.
  beforeAll(async () => {
    browser = await launchBrowser();
  }, 60_000);
  afterAll(() => browser?.close());
  return async (url, look) => {
    if (browser === undefined) throw new Error('no browser runs');
    return openIn(browser, url, look);
  };
};

/** The same in a browser that runs. */
export const openIn = async (
  browser: Browser,
  url: URL,
  { isDark = false }: Parameters<OpenPage>[1] = {},
): Promise<InspectorPage> => {
  const colorScheme = isDark ? 'dark' : 'light';
  const context = await browser.newContext({ viewport: WINDOW, colorScheme });
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.stack ?? error.message));
  page.on('console', (message) => {
    if (FORBIDDEN.test(message.text())) failures.push(message.text());
  });
  onStopAll(async () => {
    await context.close();
    if (failures.length > 0) throw new Error(`the page failed:\n${failures.join('\n')}`);
  });
  await page.goto(url.href);
  return new InspectorPage(page);
};

type View = 'actors' | 'chart' | 'sequence' | 'item' | 'peers';

/** The page, as a person uses it; whatever is awaited comes within 10 s or fails the test. */
export class InspectorPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** What has this test id. */
  the(testId: string): Locator {
    return this.page.getByTestId(testId);
  }

  /** Resolves when it is to be seen, with this text if one is given. */
  async sees(testId: string, text?: string | RegExp): Promise<Locator> {
    const found = text === undefined ? this.the(testId) : this.withText(testId, text);
    await found.first().waitFor();
    return found.first();
  }

  withText(testId: string, hasText: string | RegExp): Locator {
    return this.the(testId).filter({ hasText });
  }

  /** Resolves when it is not, or no longer, to be seen. */
  async misses(testId: string, text?: string | RegExp): Promise<void> {
    const sought = text === undefined ? this.the(testId) : this.withText(testId, text);
    await sought.first().waitFor({ state: 'hidden' });
  }

  click(testId: string): Promise<void> {
    return this.the(testId).first().click();
  }

  show(view: View): Promise<void> {
    return this.click(`tab-${view}`);
  }

  /** The row of an actor in the tree of a daemon. */
  actor(id: string, daemon?: Daemon): Locator {
    const rows = this.the(`actor-${id}`);
    return daemon === undefined
      ? rows
      : this.the(`daemon-${nameOf(daemon)}`).getByTestId(`actor-${id}`);
  }

  /** Resolves when a state of the picture is drawn as the active one, or no longer is. */
  async isAt(state: string, active = true): Promise<void> {
    const group = `[data-testid=chart] g[id="state-${state.replaceAll('.', '--')}"]`;
    await this.page.locator(`${group}${active ? '.active' : ':not(.active)'}`).waitFor();
  }

  /** What the page's own script would see under this name. */
  async global(name: string): Promise<unknown> {
    return this.page.evaluate(`globalThis[${JSON.stringify(name)}]`);
  }
}

/** How the page names a daemon. */
export const nameOf = ({ identity }: Daemon): string => identity.slice(0, 8);

/** A daemon with an inspector, and where that is. */
export const startInspected = async (
  config: IniSections = {},
  { control = true }: { readonly control?: boolean } = {},
): Promise<{ readonly daemon: Daemon; readonly url: URL }> => {
  const daemon = await startDaemon({ config: mergeSections(inspected(control), config) });
  return { daemon, url: await inspectorOf(daemon) };
};

/** Keys of a configuration that turn the inspector on. */
export const inspected = (control = true): IniSections => ({
  inspector: { address: '127.0.0.1:0', control },
});
