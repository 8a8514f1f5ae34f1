/**
 * The quick simulation: every scenario, small, by the command that a person would use. No invariant
 * may break, and what a scenario asks of its quick runs must hold.
 */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OutcomeJson } from '../../src/sim/report/json.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = join(ROOT, 'dist/src/main.js');
const FOLDER = join(ROOT, 'test/simulation/scenarios');
/** A machine that does other things too is given time; how much it takes is no matter here. */
const TIMEOUT_MS = 900_000;
const OUTPUT_BYTES_MAX = 64 * 1_048_576;

const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));

const simulate = (): Promise<readonly OutcomeJson[]> =>
  new Promise((resolve, reject) => {
    const args = [MAIN, 'simulate', '--json', ...files.map((file) => join(FOLDER, file))];
    const options = { maxBuffer: OUTPUT_BYTES_MAX, timeout: TIMEOUT_MS };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      // What is broken is told by the tests below; here only what cannot be read is a failure.
      try {
        resolve(JSON.parse(stdout) as readonly OutcomeJson[]);
      } catch {
        reject(new Error(`no results: ${error?.message ?? ''}\n${stderr}`));
      }
    });
  });

describe('the quick simulation', () => {
  let outcomes: readonly OutcomeJson[] = [];
  beforeAll(async () => {
    outcomes = await simulate();
  }, TIMEOUT_MS);

  describe.each(files)('of %s', (file) => {
    const outcome = (): OutcomeJson | undefined => outcomes.find((one) => one.file === file);

    it('breaks no invariant', () => {
      const violations = outcome()?.violations.map(({ invariant, detail, seed }) => {
        return `seed ${seed}, ${invariant}: ${detail}`;
      });
      expect(violations).toEqual([]);
    });

    it('keeps the bounds that the scenario asks for', () => {
      const missed = outcome()
        ?.measures.filter(({ isReached }) => isReached === false)
        .map(({ label, values, target }) => `${label} is ${values.join(', ')}, asked ${target}`);
      expect(missed).toEqual([]);
    });
  });
});
