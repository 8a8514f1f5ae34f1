import { parseScenario, SCENARIO_CHARS_MAX } from '../../../../src/sim/scenario/schema.js';
import { textAtSize } from '../../../../src/sim/scenario/size.js';

const WITH_PAIRS = {
  title: 'x',
  about: 'y',
  seeds: { quick: 1, full: 5 },
  settleMs: { quick: 1_000, full: 20_000 },
  items: [{ name: 'items', count: { quick: 10, full: 250 } }],
  faults: [{ name: 'churn', atMs: 0, share: 0.05, rounds: { quick: 8, full: 25 } }],
  measures: [{ name: 'delivery', targets: [{ nodes: 1_000, atLeast: 1 }] }],
};
const text = JSON.stringify(WITH_PAIRS);

describe('the text of a scenario at a size', () => {
  it.each([
    ['quick', 1_000, 10, 8],
    ['full', 20_000, 250, 25],
  ] as const)('%s has the numbers of that size', (size, settleMs, count, rounds) => {
    expect(parseScenario(textAtSize(text, size))).toMatchObject({
      ok: true,
      scenario: {
        seeds: { quick: 1, full: 5 },
        settleMs,
        items: [{ count }],
        faults: [{ name: 'churn', params: { rounds } }],
        measures: [{ params: { targets: [{ nodes: 1_000, atLeast: 1 }] } }],
      },
    });
  });

  it('leaves to the parser what is no such pair', () => {
    const half = { ...WITH_PAIRS, settleMs: { quick: 1 } };
    const odd = { ...WITH_PAIRS, settleMs: { quick: 1, full: '2' } };
    for (const value of [half, odd]) {
      expect(parseScenario(textAtSize(JSON.stringify(value), 'quick'))).toMatchObject({
        ok: false,
        mistakes: [{ path: 'settleMs' }],
      });
    }
  });

  it.each(['{', '[]', '7', ' '.repeat(SCENARIO_CHARS_MAX + 1)])(
    'leaves alone what is none',
    (not) => {
      expect(textAtSize(not, 'quick')).toBe(not);
    },
  );
});
