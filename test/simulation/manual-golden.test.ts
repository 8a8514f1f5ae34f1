/** docs/SIMULATION.md says what the simulator's tables say; `npm run golden` writes it anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { manual } from '../../src/sim/report/manual.js';

const PAGE = fileURLToPath(new URL('../../docs/SIMULATION.md', import.meta.url));

describe('docs/SIMULATION.md', () => {
  it('is what the tables of faults, measures and invariants say', () => {
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(PAGE, manual());
    expect(readFileSync(PAGE, 'utf8')).toBe(manual());
  });
});
