import { stopAll } from '../harness/daemon.js';
import {
  announcerOf,
  copiesPerDelivery,
  ITEMS,
  NODES,
  playForReal,
  simulate,
  type Outcome,
} from './truth-scenario.js';

/** How far copies per delivery may be apart, as a share of what the processes need. */
const TOLERANCE = 0.15;
/** Runs of the simulator whose mean is compared: which links are eager is chance. */
const SEEDS = ['one', 'two', 'three', 'four', 'five'];

/** Shown when the two differ: how, and by what. `SHOW_TRUTH=1` shows it at any rate. */
const account = (real: Outcome, simulated: readonly Outcome[]): string =>
  [real, ...simulated]
    .map((outcome, at) => {
      const copies = copiesPerDelivery(outcome).toFixed(3);
      return `${SEEDS[at - 1] ?? 'real'}: ${copies} copies, ${JSON.stringify(outcome.counters)}`;
    })
    .join('\n');

/** Each item at everybody's module but its announcer's, once. */
const expectAllOnce = ({ deliveries }: Outcome): void => {
  const items = Array.from({ length: ITEMS }, (_, item) => item);
  expect(deliveries).toHaveLength(NODES);
  expect(deliveries).toEqual(
    deliveries.map((_, node) => items.filter((item) => announcerOf(item) !== node)),
  );
};

describe('the simulator', () => {
  afterEach(stopAll);

  it('tells of 20 daemons what 20 processes do', async () => {
    const real = await playForReal();
    const simulated = SEEDS.map(simulate);
    for (const outcome of [real, ...simulated]) expectAllOnce(outcome);
    const told = simulated.map(copiesPerDelivery).reduce((a, b) => a + b) / SEEDS.length;
    const apart = Math.abs(told / copiesPerDelivery(real) - 1);
    const shown = account(real, simulated);
    if (process.env['SHOW_TRUTH'] !== undefined) process.stdout.write(`${shown}\n`);
    expect({ apart, isWithin: apart <= TOLERANCE, shown }).toMatchObject({ isWithin: true });
  }, 120_000);
});
