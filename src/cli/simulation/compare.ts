/** The same simulation of another revision, in processes of its own. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { OutcomeJson } from '../../sim/report/json.js';
import { withBuiltRevision } from '../../tools/built-revision.js';
import { commitOf, repositoryOf, RevisionError } from '../../tools/revision.js';
import { CommandError } from '../command.js';
import { EXIT } from '../exit-codes.js';

const asCommandError = (error: unknown): unknown =>
  error instanceof RevisionError ? new CommandError(EXIT.failed, error.message) : error;

/**
 * Said before the runs, which may take hours.
 *
 * @throws CommandError when there is no such revision.
 */
export const refuseNoRevision = async (revision: string): Promise<void> => {
  try {
    await commitOf(await repositoryOf(process.cwd()), revision);
  } catch (error) {
    throw asCommandError(error);
  }
};

const OUTPUT_BYTES_MAX = 256 * 1_048_576;

/**
 * What the revision's own simulator says of its own scenarios of the same names.
 *
 * @throws CommandError when there is no such revision, or it has no simulator.
 */
export const outcomesOf = async (
  revision: string,
  files: readonly string[],
  flags: readonly string[],
  signal: AbortSignal,
): Promise<readonly OutcomeJson[]> => {
  try {
    const folder = await repositoryOf(process.cwd());
    return await withBuiltRevision(folder, revision, (top) => {
      const paths = files
        .map((file) => join(top, 'test/simulation/scenarios', file))
        .filter((path) => existsSync(path));
      if (paths.length === 0) throw new RevisionError(`${revision}: has none of these scenarios`);
      const main = join(top, 'dist/src/main.js');
      return printed([main, 'simulate', '--json', ...flags, ...paths], signal);
    });
  } catch (error) {
    throw asCommandError(error);
  }
};

const printed = (args: readonly string[], signal: AbortSignal): Promise<readonly OutcomeJson[]> =>
  new Promise((resolve, reject) => {
    const options = { maxBuffer: OUTPUT_BYTES_MAX, signal };
    execFile(process.execPath, args, options, (_error, stdout, stderr) => {
      // Its exit code says whether it is well; here only what it measured is of interest.
      try {
        resolve(JSON.parse(stdout) as readonly OutcomeJson[]);
      } catch {
        reject(new RevisionError(`the other revision printed no results: ${stderr.slice(0, 500)}`));
      }
    });
  });
