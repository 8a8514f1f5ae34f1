import { MEASURES, type Measured } from '../../../../src/sim/measures/catalogue.js';
import { Meter } from '../../../../src/sim/measures/meter.js';

const TYPE = 1;

/** A run with two nodes, in which nothing was looked at. */
const run = (changes: Partial<Measured> = {}): Measured => {
  const meter = new Meter();
  meter.addNode('n0', [TYPE], 0);
  meter.addNode('n1', [TYPE], 0);
  const caughtUp = { missed: 0, had: 0 };
  const nothing = { groups: ['items'], beganMs: 0, health: [], roundsMs: [], caughtUp };
  return { ...nothing, meter, victims: new Set(), ...changes };
};

const read = (name: string, measured: Measured): number | undefined =>
  MEASURES.get(name)?.read(measured, { items: 'all', fromMs: 0 });

describe('the measures', () => {
  it.each(['isolated', 'components', 'max', 'hostile-links', 'links-min', 'delivery'])(
    '%s of nothing is no number, which reaches no bound',
    (name) => {
      expect(read(name, run())).toBeNaN();
    },
  );

  it.each(['max', 'delivery-before-repair'])('%s of items that came to nobody is none', (name) => {
    const measured = run();
    measured.meter.announced(0, TYPE, 0, 100);
    expect(read(name, measured)).toBeNaN();
  });

  it('delivery-before-repair is a share once the links were marked', () => {
    const measured = run();
    measured.meter.markLinks([[0, 1]]);
    measured.meter.received(measured.meter.announced(0, TYPE, 0, 100), 0, 1);
    expect(read('delivery-before-repair', measured)).toBe(1);
  });

  it('broken-rounds counts rounds, and no item from before the first', () => {
    const measured = run({ roundsMs: [1_000, 2_000, 3_000] });
    for (const atMs of [500, 2_100, 2_200]) measured.meter.announced(0, TYPE, 0, atMs);
    expect(read('broken-rounds', measured)).toBe(1);
  });
});
