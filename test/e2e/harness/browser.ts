import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { chromium, type Browser } from 'playwright-core';

/** Where systems have Chromium, unless `CHROMIUM_PATH` names another. */
const SYSTEM_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** As root, as in a container, there is no sandbox; the pages are our own. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** A program, and what it needs to know of its surroundings. */
type Program = {
  readonly executablePath: string;
  readonly env?: Record<string, string>;
};

const systemBrowser = (): Program | undefined => {
  const named = process.env['CHROMIUM_PATH'];
  const executablePath = named ?? SYSTEM_PATHS.find((path) => existsSync(path));
  return executablePath === undefined ? undefined : { executablePath };
};

/**
 * The browser that the package `@sparticuz/chromium` carries, with the libraries that it needs,
 * unpacked once per installation. We do it ourselves: the package unpacks to one place in /tmp for
 * all, half of which another test would take for the whole; and its flags turn off the very rules
 * between origins that the page relies on.
 */
const packagedBrowser = async (): Promise<Program> => {
  const require = createRequire(import.meta.url);
  const archives = join(dirname(require.resolve('@sparticuz/chromium')), '../../bin');
  const folder = join(archives, '../unpacked');
  if (!existsSync(folder)) await unpackTo(folder, archives);
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const env = { ...Object.fromEntries(inherited), LD_LIBRARY_PATH: join(folder, 'al2023/lib') };
  return { executablePath: join(folder, 'chromium'), env };
};

/** Whole or not at all: others may be doing the same. */
const unpackTo = async (folder: string, archives: string): Promise<void> => {
  const partial = await mkdtemp(`${folder}-`);
  const inflate = (name: string, to: string, mode = 0o644): Promise<void> =>
    pipeline(
      createReadStream(join(archives, name)),
      createBrotliDecompress(),
      createWriteStream(join(partial, to), { mode }),
    );
  await Promise.all([
    inflate('chromium.br', 'chromium', 0o755),
    inflate('al2023.tar.br', 'al2023.tar'),
    mkdir(join(partial, 'al2023')),
  ]);
  // From a file: through a pipe, tar may be gone before the last of it was written.
  const tar = spawn('tar', ['-xf', 'al2023.tar', '-C', 'al2023'], {
    cwd: partial,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(tar, 'close')) as [number];
  if (code !== 0) throw new Error(`tar ended with ${code}`);
  await rename(partial, folder).catch(async (error: unknown) => {
    await rm(partial, { recursive: true });
    if (!existsSync(folder)) throw error;
  });
};

/**
 * Starts a Chromium: the system's, else the one from npm, which `HEARSAY_BROWSER=npm` asks for.
 * Nothing is ever downloaded.
 */
export const launchBrowser = async (): Promise<Browser> => {
  const system = process.env['HEARSAY_BROWSER'] === 'npm' ? undefined : systemBrowser();
  return chromium.launch({ ...(system ?? (await packagedBrowser())), args: FLAGS });
};
