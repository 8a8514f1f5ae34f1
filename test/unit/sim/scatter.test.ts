import { scatterPlot } from '../../../src/sim/report/scatter.js';

const LABELS = { title: 'Speed & cost', xLabel: 'copies', yLabel: 'ms' };

const plotted = (svg: string): (readonly [x: number, y: number])[] =>
  [...svg.matchAll(/<circle class="s\d" cx="([\d.]+)" cy="([\d.]+)"/g)].map(
    ([, x, y]) => [Number(x), Number(y)] as const,
  );

describe('a scatter plot', () => {
  it('puts what is more to the right and further up, and says which is which', () => {
    const svg = scatterPlot({
      ...LABELS,
      series: [
        { name: 'one <rule>', points: [{ x: 1, y: 300, label: 'few' }] },
        { name: 'other', points: [{ x: 4, y: 100, label: 'many' }] },
      ],
    });
    const [few, many] = plotted(svg);
    expect(few?.[0]).toBeLessThan(many?.[0] ?? NaN);
    expect(few?.[1]).toBeLessThan(many?.[1] ?? NaN);
    for (const text of ['Speed &amp; cost', 'one &lt;rule&gt;', 'other', 'few', 'many']) {
      expect(svg).toContain(text);
    }
  });

  it('stays within its frame when all points are one', () => {
    const point = { x: 2, y: 5, label: 'same' };
    const svg = scatterPlot({ ...LABELS, series: [{ name: 'one', points: [point, point] }] });
    for (const [x, y] of plotted(svg)) {
      expect(x).toBeGreaterThan(0);
      expect(y).toBeGreaterThan(0);
    }
    expect(svg).not.toContain('NaN');
  });

  it('refuses to draw nothing', () => {
    expect(() => scatterPlot({ ...LABELS, series: [] })).toThrow(RangeError);
  });
});
