import { differenceText } from '../../../../src/sim/report/difference.js';
import { outcomeJson } from '../../../../src/sim/report/json.js';
import { reportPage } from '../../../../src/sim/report/page.js';
import { barPlot, linePlot, ticksOf } from '../../../../src/sim/report/plot.js';
import { resultsPage, withSection } from '../../../../src/sim/report/results.js';
import { figureText, rowsOf, type Outcome } from '../../../../src/sim/report/rows.js';
import { outcomeText } from '../../../../src/sim/report/text.js';
import type { RunResult } from '../../../../src/sim/run/result.js';
import { smallScenario } from '../small-swarm.js';

const MEASURES = [
  { name: 'delivery', quick: { atLeast: 1 }, targets: [{ nodes: 9, atLeast: 0.9 }] },
  { name: 'p99', label: 'slow <ones>', anchor: 'gossipsub 166 ms' },
];

const health = (atMs: number, linksMin: number): RunResult['health'][number] => ({
  ...{ atMs, nodes: 9, linksMin, linksMedian: 7, linksMax: 8 },
  ...{ outboundMin: 3, outboundMedian: 4, isolated: 0, components: 1 },
  hostile: { outbound: 0, links: 0, samples: 0, book: 0, victims: NaN, victimsOutbound: NaN },
});

const run = (seed: string, measures: readonly number[]): RunResult => ({
  ...{ seed, nodes: 9, measures, violations: [], expected: 10, missing: 1 },
  latency: [
    { ms: 10, count: 4 },
    { ms: 50, count: 5 },
  ],
  copies: [1, 5, 4],
  health: [health(-1_000, 2), health(0, 6), health(1_000, 7)],
  notes: [{ atMs: 500, text: '3 nodes <crash>' }],
  ...{ events: 1_000, virtualMs: 12_000 },
});

const outcome = (...runs: readonly RunResult[]): Outcome => ({
  file: 'x.json',
  scenario: smallScenario({ title: 'Crash & repair', measures: MEASURES }),
  nodes: 9,
  runs: runs.length > 0 ? runs : [run('1', [0.9, 100]), run('2', [1, 140])],
});

describe('a table', () => {
  it('has mean, interval and what is asked, in quick runs and in full ones', () => {
    expect(rowsOf(outcome(), 'quick')).toMatchObject([
      { label: 'delivery', target: '≥ 1', isReached: false, estimate: { mean: 0.95, runs: 2 } },
      { label: 'slow <ones>', target: '', isReached: undefined },
    ]);
    expect(rowsOf(outcome(), 'targets')).toMatchObject([
      { target: '≥ 0.9', isReached: true },
      { anchor: 'gossipsub 166 ms' },
    ]);
  });

  it('is aligned in a terminal', () => {
    const lines = outcomeText(outcome(), 'targets').split('\n');
    expect(lines).toEqual([
      'Crash & repair (x.json): 9 nodes, 2 seeds, 12 s',
      '  measure        mean  95 %        target',
      '  delivery       0.95  ± 0.6353    ≥ 0.9   ✓',
      '  slow <ones>  120 ms  ± 254.1 ms',
    ]);
  });

  it.each([
    [0.123456789, 'share', '0.123457'],
    [1, 'share', '1'],
    [10, 'count', '10'],
    [165.25, 'ms', '165.3 ms'],
    [100, 'ms', '100 ms'],
    [1_234.5, 'bytes', '1235 B'],
    [NaN, 'ms', '-'],
  ] as const)('writes %d as a %s without digits that mean nothing', (value, unit, text) => {
    expect(figureText(value, unit)).toBe(text);
  });

  it('stands in the page of results with its command', () => {
    const page = resultsPage([outcome()]);
    expect(page).toContain('## Crash & repair');
    expect(page).toContain(
      '`hearsay simulate --full --nodes 9 --seeds 2 test/simulation/scenarios/x.json`',
    );
    expect(page).toMatch(/\| slow <ones> \| gossipsub 166 ms \| +\| 120 ms ± 254\.1 ms \| +\|/);
  });
});

describe('the page of results', () => {
  const other = (title: string): Outcome => ({
    ...outcome(),
    scenario: { ...outcome().scenario, title },
  });
  const alone = (seed: string): Outcome => ({ ...outcome(run(seed, [1, 7])) });

  it('keeps what other commands wrote', () => {
    const first = resultsPage([outcome(), other('Another')]);
    const second = resultsPage([{ ...alone('5'), nodes: 3 }], first);
    expect(second.match(/^## .*$/gm)).toEqual(['## Crash & repair', '## Another']);
    expect(second.match(/^`.*`$/gm)).toEqual([
      '`hearsay simulate --full --nodes 3 --seed 5 test/simulation/scenarios/x.json`',
      '`hearsay simulate --full --nodes 9 --seeds 2 test/simulation/scenarios/x.json`',
      '`hearsay simulate --full --nodes 9 --seeds 2 test/simulation/scenarios/x.json`',
    ]);
  });

  it('has a place for what another command prints', () => {
    const page = withSection(resultsPage([outcome()]), 'Others', 'text\n\n| a |');
    const again = withSection(page, 'Others', 'newer');
    expect(page).toMatch(/^## Others\n\ntext\n\n\| a \|$/m);
    expect(again).toBe(page.replace('text\n\n| a |', 'newer'));
    expect(resultsPage([outcome()], again)).toBe(again);
  });

  it('has one table of a scenario and size, the latest', () => {
    const first = resultsPage([outcome(), other('Another')]);
    expect(resultsPage([outcome()], first)).toBe(first);
    const page = resultsPage([alone('1')], first);
    expect(page.match(/^`.*--seeds 1 .*`$/gm)).toHaveLength(1);
    expect(page).toMatch(/\| slow <ones> +\| gossipsub 166 ms \| +\| 7 ms +\|/);
  });
});

describe('the report', () => {
  const page = reportPage([outcome()], 'targets');

  it('needs nothing from outside: no script, no address, no file', () => {
    expect(page).not.toMatch(/<script|https?:|src=|href=|url\(|@import/);
    expect(page).toContain('prefers-color-scheme:dark');
  });

  it('has a plot of coverage, latency, copies, links and who is alone, and what was done', () => {
    const titles = [...page.matchAll(/aria-label="([^"]+)"/g)].map(([, title]) => title);
    expect(titles).toEqual([
      'Coverage',
      'Latency',
      'Copies received of an item',
      'Links of a node',
      'Who is alone',
    ]);
    expect(page).toContain('<title>3 nodes &lt;crash&gt;</title>');
    expect(page).toContain('slow &lt;ones&gt;');
  });

  it('leaves out the plots of a run that delivered nothing', () => {
    const nothing = { ...run('1', [0, NaN]), latency: [], expected: 0, copies: [], health: [] };
    expect(reportPage([outcome(nothing)], 'quick')).not.toContain('<svg');
  });
});

describe('a plot', () => {
  it('has round ticks within its range', () => {
    expect(ticksOf(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticksOf(-19.3, 21)).toEqual([-10, 0, 10, 20]);
    expect(ticksOf(3, 3)).toEqual([3]);
  });

  const axes = { title: 't', xLabel: 'x', yLabel: 'y' };

  it('keeps everything inside the frame', () => {
    const points = [
      [0, 5],
      [50, 12],
      [100, 0],
    ] as const;
    const svg = linePlot({ ...axes, series: [{ name: 'a', points }] });
    const [, path = ''] = /class="line c0" d="([^"]+)"/.exec(svg) ?? [];
    const numbers = path.split(/[ML ]/).filter((text) => text !== '');
    const xs = numbers.filter((_, at) => at % 2 === 0).map(Number);
    const ys = numbers.filter((_, at) => at % 2 === 1).map(Number);
    expect([Math.min(...xs), Math.max(...xs)]).toEqual([64, 624]);
    expect(Math.min(...ys)).toBeGreaterThanOrEqual(36);
    expect(Math.max(...ys)).toBeLessThanOrEqual(252);
  });

  it('draws a bar for every value that is not zero', () => {
    const bars = [
      [0, 3],
      [1, 0],
      [2, 1],
    ] as const;
    expect(barPlot({ ...axes, bars, barWidth: 1 }).match(/class="bar"/g)).toHaveLength(2);
  });
});

describe('a difference', () => {
  const json = (...runs: readonly RunResult[]): ReturnType<typeof outcomeJson> =>
    outcomeJson(outcome(...runs), 'quick');

  it('is nothing where all is the same', () => {
    expect(differenceText([json()], [json()])).toBe('nothing differs');
  });

  it('names each measure that differs, by how much, and whether by more than chance', () => {
    const before = json(run('1', [1, 100]), run('2', [1, 100.2]));
    const after = json(run('1', [1, 150]), run('2', [1, 150.2]));
    expect(differenceText([before], [after])).toBe(
      'x.json, 9 nodes\n  slow <ones>  100.1 ms -> 150.1 ms (+50.0 %, more than chance)',
    );
    const noisy = json(run('1', [1, 100]), run('2', [1, 140]));
    expect(differenceText([before], [noisy])).toContain('(+19.9 %)');
  });

  it('says what is new, what is gone, and what was broken', () => {
    const violation = { invariant: 'bounds', detail: 'x', seed: '1', nodes: 9, atMs: 1, step: 1 };
    const broken = json({ ...run('1', [1, 100]), violations: [{ ...violation, tail: [] }] });
    const whole = json(run('1', [1, 100]));
    expect(differenceText([whole], [broken])).toContain('invariants broken: 0 -> 1');
    expect(differenceText([], [whole])).toBe('x.json, 9 nodes: new');
    expect(differenceText([whole], [])).toBe('x.json, 9 nodes: not played any more');
  });
});
