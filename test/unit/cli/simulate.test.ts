import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseTrace } from '../../../src/inspector/trace-text.js';
import type { OutcomeJson } from '../../../src/sim/report/json.js';

const MAIN = fileURLToPath(new URL('../../../dist/src/main.js', import.meta.url));

type Outcome = { readonly code: number; readonly stdout: string; readonly stderr: string };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearsay-simulate-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The built command: its processes run what was built. */
const simulate = (...args: string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const all = [MAIN, 'simulate', ...args];
    execFile(process.execPath, all, { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });

const SMALL = {
  title: 'Small',
  about: 'Three nodes.',
  nodes: { quick: 3, full: [4] },
  seeds: { quick: 2, full: 3 },
  network: { latency: 'even' },
  settleMs: 3_000,
  drainMs: 1_000,
  items: [{ name: 'items', count: 2 }],
  measures: [
    { name: 'delivery', quick: { atLeast: 1 }, targets: [{ nodes: 4, atLeast: 1 }] },
    { name: 'p50' },
  ],
};

const scenarioFile = (changes: Readonly<Record<string, unknown>> = {}): string => {
  const path = join(folder, 'small.json');
  writeFileSync(path, JSON.stringify({ ...SMALL, ...changes }));
  return path;
};

describe('hearsay simulate', () => {
  it.each(['--report', '--results', '--shrink'])(
    'says before it plays anything that it cannot write what %s names',
    async (flag) => {
      const path = join(folder, 'nowhere', 'out');
      const { code, stdout, stderr } = await simulate(flag, path, scenarioFile());
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(`cannot write ${path}: there is no folder`);
    },
  );

  it('plays a scenario small, and prints a table with what is asked of it', async () => {
    const { code, stdout, stderr } = await simulate(scenarioFile());
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n').map((line) => line.trimEnd())).toEqual([
      'Small (small.json): 3 nodes, 2 seeds, 5 s',
      '  measure    mean  95 %    bound',
      '  delivery      1  ± 0     ≥ 1    ✓',
      '  p50       10 ms  ± 0 ms',
      '',
      '',
    ]);
  });

  it('prints the same for the same seed as JSON, whoever else runs beside it', async () => {
    const file = scenarioFile({ network: { jitterShare: 0.2 }, faults: [CRASH] });
    const [one, again] = await Promise.all([
      simulate('--json', '--seed', 'x', file),
      simulate('--json', '--seed', 'x', '--jobs', '1', file),
    ]);
    expect(again?.stdout).toBe(one?.stdout);
    const [outcome] = JSON.parse(one?.stdout ?? '') as OutcomeJson[];
    expect(outcome).toMatchObject({ file: 'small.json', nodes: 3, seeds: ['x'], violations: [] });
  });

  it('plays the full size when told to, and writes report, results and a trace', async () => {
    const [report, results, trace] = ['r.html', 'R.md', 't.jsonl'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    const flags = ['--report', report, '--results', results, '--trace', trace];
    const { code, stderr } = await simulate('--full', ...flags, scenarioFile());
    expect(code).toBe(0);
    expect(stderr).toContain('a trace of 4 nodes');
    const { records, damaged } = parseTrace(readFileSync(trace, 'utf8'));
    expect(damaged).toEqual([]);
    expect(new Set(records.map(({ daemon }) => daemon)).size).toBe(4);
    expect(readFileSync(results, 'utf8')).toMatch(/\| delivery +\| +\| ≥ 1 +\| 1 ± 0 +\| ✓ +\|/);
    expect(readFileSync(report, 'utf8')).toMatch(/<h2>Small \(small\.json\): 4 nodes, 3 seeds/);
  });

  it('plays the same run with a trace as without, those who leave included', async () => {
    const leave = { name: 'leave', atMs: 1_000, count: 1 };
    const file = scenarioFile({ faults: [leave] });
    const [watched, alone] = await Promise.all([
      simulate('--json', '--seed', '1', '--trace', join(folder, 'left.jsonl'), file),
      simulate('--json', '--seed', '1', file),
    ]);
    expect(watched).toMatchObject({ code: 0, stdout: alone?.stdout });
  });

  it.each([
    ['--trace', 'nowhere/t.jsonl', /cannot write .*: there is no folder/],
    ['--trace', '.', /cannot write .*: it is a folder/],
    ['--compare', 'HEAD', /is in no git repository/],
  ])('says before it plays that %s %s is not possible', async (flag, value, reason) => {
    const { code, stdout, stderr } = await simulate(
      ...[flag, flag === '--trace' ? join(folder, value) : value, scenarioFile()],
    );
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(reason);
  });

  it('ends with 1 when a bound of the quick simulation does not hold', async () => {
    const measures = [{ name: 'p50', quick: { atMost: 1 } }];
    const { code, stdout } = await simulate(scenarioFile({ measures }));
    expect(code).toBe(1);
    expect(stdout).toContain('≤ 1    ✗');
  });

  it('ends with 2 at mistakes of a scenario, and tells all of all files', async () => {
    const other = join(folder, 'other.json');
    const file = scenarioFile({ title: 7, faults: [{ ...CRASH, share: 3 }] });
    const { code, stdout, stderr } = await simulate(file, other);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('small.json: title = 7; allowed: a text of 1 to 100 characters');
    expect(stderr).toContain('small.json: faults[0].share = 3; allowed: a number from 0 to 1');
    expect(stderr).toContain(`cannot read ${other}`);
  });

  it.each([
    [[], 'name a scenario FILE'],
    [['--seeds', '0', 'x.json'], 'the number of seeds'],
    [['--seed', '1', '--seeds', '2', 'x.json'], 'not both'],
    [['--nodes', '1', 'x.json'], 'the number of nodes'],
    [['--jobs', 'all', 'x.json'], 'the number of processes'],
  ])('ends with 3 at %j', async (args, message) => {
    scenarioFile();
    const { code, stderr } = await simulate(
      ...args.map((arg) => (arg === 'x.json' ? join(folder, 'small.json') : arg)),
    );
    expect(code).toBe(3);
    expect(stderr).toContain(message);
    expect(existsSync(join(folder, 'r.html'))).toBe(false);
  });
});

const CRASH = { name: 'crash', atMs: 500, count: 1 };
