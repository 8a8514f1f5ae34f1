import { shrink, type Case } from '../../../../src/sim/run/shrink.js';

const found: Case = {
  nodes: 100,
  scenario: {
    title: 'x',
    items: [
      { name: 'a', count: 20 },
      { name: 'b', count: 7 },
    ],
    faults: [{ name: 'crash' }, { name: 'stall' }, { name: 'partition' }],
    measures: [{ name: 'delivery', items: 'a' }],
  },
};

const faultsOf = ({ scenario }: Case): unknown[] =>
  (scenario.faults ?? []).map((fault) => (fault as { readonly name: string }).name);

describe('the shrinker', () => {
  it('cuts away everything that the breakage does not need', async () => {
    const breaks = (one: Case): Promise<boolean> => {
      const items = one.scenario.items.find(({ name }) => name === 'b')?.count ?? 0;
      return Promise.resolve(one.nodes >= 11 && items >= 2 && faultsOf(one).includes('stall'));
    };
    const smallest = await shrink(found, { breaks, triesMax: 1_000 });
    expect(smallest.nodes).toBe(11);
    expect(faultsOf(smallest)).toEqual(['stall']);
    expect(smallest.scenario.items).toEqual([{ name: 'b', count: 2 }]);
    expect(await breaks(smallest)).toBe(true);
  });

  it('leaves a case alone that breaks only as a whole', async () => {
    const smallest = await shrink(found, { breaks: () => Promise.resolve(false), triesMax: 1_000 });
    expect(smallest).toBe(found);
  });

  it('gives up after so many tries, with the smallest so far', async () => {
    let tries = 0;
    const told: number[] = [];
    const smallest = await shrink(found, {
      breaks: () => {
        tries += 1;
        return Promise.resolve(true);
      },
      triesMax: 3,
      onSmaller: ({ nodes }) => told.push(nodes),
    });
    expect([tries, smallest.nodes, told]).toEqual([3, 13, [50, 25, 13]]);
  });
});
