import { nextDifficulty } from '../../../src/core/difficulty.js';
import { seededRandom } from '../../../src/core/prng.js';

const RANGE = { setting: 20, cap: 26 };
const after = (bits: number, takenShare: number, range = RANGE): number =>
  nextDifficulty(bits, takenShare, range);

describe('nextDifficulty', () => {
  it.each([
    ['rises by a bit above half of the slots', 20, 0.51, 21],
    ['holds at just half', 22, 0.5, 22],
    ['holds at just a tenth', 22, 0.1, 22],
    ['falls by a bit below a tenth', 22, 0.09, 21],
    ['rises to the cap', 25, 1, 26],
    ['does not rise above the cap', 26, 1, 26],
    ['falls to the setting', 21, 0, 20],
    ['does not fall below the setting', 20, 0, 20],
  ])('%s', (_, bits, takenShare, expected) => {
    expect(after(bits, takenShare)).toBe(expected);
  });

  it('stays at a setting above the cap, which somebody may have chosen', () => {
    const range = { setting: 24, cap: 22 };
    expect([after(24, 1, range), after(24, 0, range)]).toEqual([24, 24]);
  });

  it('never leaves its range, nor moves by more than a bit, whatever comes', () => {
    const random = seededRandom('pressure');
    let bits = RANGE.setting;
    const seen = new Set<number>();
    for (let step = 0; step < 5_000; step += 1) {
      const next = after(bits, random.below(101) / 100);
      expect(Math.abs(next - bits)).toBeLessThanOrEqual(1);
      bits = next;
      seen.add(bits);
    }
    expect([Math.min(...seen), Math.max(...seen)]).toEqual([RANGE.setting, RANGE.cap]);
  });

  it('takes the same number of intervals down as it took up', () => {
    const up = Array.from({ length: 9 }).reduce<number>((bits) => after(bits, 0.8), 20);
    expect(up).toBe(26);
    const down = Array.from({ length: 6 }).reduce<number>((bits) => after(bits, 0), up);
    expect(down).toBe(20);
  });
});
