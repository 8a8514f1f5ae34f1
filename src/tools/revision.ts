/** The machines of a folder or a git revision as charts: built anew, run in their own process. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Chart } from '../diagram/chart.js';

/** A revision that there is not, or whose machines cannot be built. */
export class RevisionError extends Error {
  override readonly name = 'RevisionError';
}

const run = promisify(execFile);

/** Charts are JSON of some 100 KB. */
const OUTPUT_BYTES = 64 * 1024 * 1024;

/** What git says, without the last line break. */
export const git = async (folder: string, ...args: readonly string[]): Promise<string> =>
  (await run('git', ['-C', folder, ...args], { maxBuffer: OUTPUT_BYTES })).stdout.trim();

/** The same, undefined when git says no. */
const gitOr = (folder: string, ...args: readonly string[]): Promise<string | undefined> =>
  git(folder, ...args).catch(() => undefined);

/** The commit that a revision names. @throws RevisionError when there is none. */
export const commitOf = async (folder: string, revision: string): Promise<string> => {
  const commit = await gitOr(folder, 'rev-parse', '--verify', '--quiet', `${revision}^{commit}`);
  if (commit === undefined) throw new RevisionError(`${revision}: there is no such revision`);
  return commit;
};

/** Gives a new folder to `use`; afterwards it is gone. */
export const withTemporaryFolder = async <Value>(
  use: (folder: string) => Promise<Value>,
): Promise<Value> => {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-review-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** The first line of what a program complained about. */
export const complaint = (error: unknown): string => {
  const { stderr, message } = error as { readonly stderr?: unknown; readonly message?: unknown };
  const text = typeof stderr === 'string' && stderr !== '' ? stderr : String(message);
  const lines = text.split('\n').map((line) => line.trim());
  const said = lines.find((line) => /error|fatal/i.test(line)) ?? lines.find((line) => line !== '');
  return (said ?? 'for no given reason').replace(/^\W*\[?(?:error|fatal)\]?:?\s*/i, '');
};

/** Ours, whatever the revision has: both sides are read with the same eyes. */
const chartModule = (): string => {
  const built = fileURLToPath(new URL('../diagram/chart.js', import.meta.url));
  return existsSync(built) ? built : built.replace(/\.js$/, '.ts');
};

const require = createRequire(import.meta.url);

/** The folder of an installed package. @throws RevisionError */
export const packageFolder = (name: string): string => {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    throw new RevisionError(`${name} is needed to read machines: npm install`);
  }
};

/** Before all else, so that a machine that XState refuses is one line and no listing of code. */
const BANNER =
  `process.on('uncaughtException', ({ message }) => {` +
  `process.stderr.write('error: ' + message.replace(/\\s+/g, ' '));process.exit(1);});`;

/** Prints the charts of every machine that the files export. */
const program = (files: readonly string[]): string =>
  [
    `import { StateMachine } from 'xstate';`,
    `import { chartOf } from ${JSON.stringify(chartModule())};`,
    ...files.map((file, at) => `import * as file${at} from ${JSON.stringify(file)};`),
    `const files = [${files.map((_, at) => `file${at}`).join(', ')}];`,
    `const machines = files.flatMap((file) => Object.values(file))`,
    `  .filter((thing) => thing instanceof StateMachine);`,
    `process.stdout.write(JSON.stringify([...new Set(machines)].map(chartOf)));`,
  ].join('\n');

/**
 * The charts of the machines in a folder's `machines/`.
 *
 * @throws RevisionError when they cannot be built or loaded.
 */
export const chartsOfFolder = (folder: string): Promise<Chart[]> =>
  withTemporaryFolder(async (work) => {
    const machines = join(folder, 'machines');
    if (!existsSync(machines)) throw new RevisionError('there is no folder machines');
    const files = readdirSync(machines).filter((file) => /(?<!\.d)\.ts$/.test(file));
    const [entry, bundle] = [join(work, 'charts.js'), join(work, 'charts.cjs')];
    writeFileSync(entry, program(files.sort().map((file) => join(machines, file))));
    const flags = [
      '--bundle',
      '--platform=node',
      '--charset=utf8',
      '--log-level=error',
      `--banner:js=${BANNER}`,
    ];
    // Neither the temporary folder nor an old revision has packages: they are taken from here.
    const env = { ...process.env, NODE_PATH: dirname(packageFolder('xstate')) };
    try {
      const esbuild = join(packageFolder('esbuild'), 'bin', 'esbuild');
      await run(esbuild, [entry, ...flags, '--format=cjs', `--outfile=${bundle}`], { env });
      const { stdout } = await run(process.execPath, [bundle], { maxBuffer: OUTPUT_BYTES });
      return JSON.parse(stdout) as Chart[];
    } catch (error) {
      if (error instanceof RevisionError) throw error;
      throw new RevisionError(`its machines cannot be built: ${complaint(error)}`);
    }
  });

/**
 * The charts of the machines at a revision of the repository around `folder`.
 *
 * @throws RevisionError naming the revision.
 */
export const chartsOfRevision = (folder: string, revision: string): Promise<Chart[]> =>
  withTemporaryFolder(async (work) => {
    try {
      const commit = await git(folder, 'rev-parse', '--verify', '--quiet', `${revision}^{commit}`);
      const top = await git(folder, 'rev-parse', '--show-toplevel');
      const there = (await git(top, 'ls-tree', '--name-only', commit)).split('\n');
      const wanted = ['machines', 'src'].filter((name) => there.includes(name));
      if (!wanted.includes('machines')) throw new RevisionError('there is no folder machines');
      const archive = join(work, 'revision.tar');
      await git(top, 'archive', '--format=tar', `--output=${archive}`, commit, '--', ...wanted);
      await run('tar', ['-xf', archive, '-C', work]);
      return await chartsOfFolder(work);
    } catch (error) {
      const message = error instanceof RevisionError ? error.message : 'there is no such revision';
      throw new RevisionError(`${revision}: ${message}`);
    }
  });

/** The top folder of the repository around a folder. @throws RevisionError */
export const repositoryOf = async (folder: string): Promise<string> => {
  const top = await gitOr(folder, 'rev-parse', '--show-toplevel');
  if (top === undefined) throw new RevisionError(`${folder} is in no git repository`);
  return top;
};

/**
 * What a review compares with unless told otherwise: where this branch left the default branch; on
 * the default branch itself, the commit before.
 */
export const baseOf = async (folder: string): Promise<string> => {
  const head = await gitOr(folder, 'rev-parse', 'HEAD');
  for (const branch of ['origin/HEAD', 'origin/main', 'main', 'master']) {
    const base = await gitOr(folder, 'merge-base', 'HEAD', branch);
    if (base !== undefined && base !== head) return base.slice(0, 12);
  }
  return 'HEAD~1';
};
