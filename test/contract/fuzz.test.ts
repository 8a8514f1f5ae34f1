/** A short run of every fuzzer; `npm run fuzz` has longer ones. */
import { fuzz } from '../fuzz/run.js';
import { TARGETS } from '../fuzz/targets.js';
import type { Target } from '../fuzz/target.js';

const SEED = 7;
/** Links need time to meet; sockets are slow. */
const FRAMES: Readonly<Record<string, number>> = {
  'peer-links': 6_000,
  'api-socket': 3_000,
  'peer-socket': 2_000,
};
const FRAMES_OTHERWISE = 6_000;

describe('under fuzz', () => {
  it.each(TARGETS.map((target) => [target.name, target] as const))(
    '%s holds',
    async (name, target) => {
      const frames = FRAMES[name] ?? FRAMES_OTHERWISE;
      const result = await fuzz(target, { seed: SEED, frames });
      expect(result.findings).toEqual([]);
      expect(result.frames).toBeGreaterThanOrEqual(frames);
    },
  );
});

describe('the fuzzer', () => {
  const target = (round: (bytes: Buffer) => void): Target => ({
    name: 'a target',
    what: 'a test of the runner',
    open: () => ({
      round: (random) => {
        round(random.bytes(4));
        return 1;
      },
      close: () => {},
    }),
  });

  it('feeds the same to the same seed, and something else to another', async () => {
    const fed = async (seed: number): Promise<string[]> => {
      const seen: string[] = [];
      await fuzz(
        target((bytes) => void seen.push(bytes.toString('hex'))),
        { seed, frames: 20 },
      );
      return seen;
    };
    const [one, again, other] = [await fed(1), await fed(1), await fed(2)];
    expect(one).toHaveLength(20);
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it('reports what escapes, with the round, and goes on', async () => {
    const broken = target((bytes) => {
      if (bytes.readUInt8(0) < 64) throw new RangeError('out of range');
    });
    const { errors, findings, frames } = await fuzz(broken, { seed: 1, frames: 100 });
    expect(frames).toBe(100);
    expect(errors).toBeGreaterThan(5);
    expect(findings).toHaveLength(5);
    for (const finding of findings) expect(finding).toMatch(/^round \d+: RangeError: out of range/);
  });
});
