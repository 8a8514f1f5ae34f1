/** A git revision of the project, built in a folder of its own, to be run beside this one. */
import { execFile } from 'node:child_process';
import { readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  commitOf,
  complaint,
  git,
  packageFolder,
  RevisionError,
  withTemporaryFolder,
} from './revision.js';

const run = promisify(execFile);

/** What a revision is run from. */
const WANTED = ['machines', 'src', 'test', 'package.json'];

/**
 * Unpacks a revision, builds what runs of it, and gives the folder to `use`; afterwards it is gone.
 * Packages are those of this tree.
 *
 * @throws RevisionError naming the revision.
 */
export const withBuiltRevision = <Value>(
  folder: string,
  revision: string,
  use: (top: string) => Promise<Value>,
): Promise<Value> =>
  withTemporaryFolder(async (work) => {
    const fail = (why: string): RevisionError => new RevisionError(`${revision}: ${why}`);
    const top = await git(folder, 'rev-parse', '--show-toplevel');
    const commit = await commitOf(folder, revision);
    const archive = join(work, 'revision.tar');
    try {
      await git(top, 'archive', '--format=tar', `--output=${archive}`, commit, '--', ...WANTED);
      await run('tar', ['-xf', archive, '-C', work]);
      symlinkSync(dirname(packageFolder('xstate')), join(work, 'node_modules'));
      await build(work);
    } catch (error) {
      throw error instanceof RevisionError ? error : fail(complaint(error));
    }
    return use(work);
  });

/** Types aside, file by file, as the compiler does it, and much faster. */
const build = async (work: string): Promise<void> => {
  const sources = ['machines', 'src'].flatMap((folder) =>
    readdirSync(join(work, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /(?<!\.d)\.ts$/.test(file) && !file.startsWith('inspector/page/ui'))
      .map((file) => join(work, folder, file)),
  );
  const flags = ['--format=esm', '--platform=node', '--log-level=error'];
  const esbuild = join(packageFolder('esbuild'), 'bin', 'esbuild');
  const out = [`--outdir=${join(work, 'dist')}`, `--outbase=${work}`];
  await run(esbuild, [...sources, ...flags, ...out]);
};
