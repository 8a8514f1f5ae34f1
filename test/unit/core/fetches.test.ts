import { Fetches } from '../../../src/core/fetches.js';
import { seededRandom } from '../../../src/core/prng.js';

const FETCHES_MAX = 8;
const PER_HOLDER_MAX = 3;
const fetchesOf = () => new Fetches(FETCHES_MAX, PER_HOLDER_MAX);

describe('fetches', () => {
  it('ask the first who has the item, and nobody else meanwhile', () => {
    const fetches = fetchesOf();
    expect(fetches.heard('a', 1)).toBe(true);
    expect(fetches.heard('a', 2)).toBe(false);
    expect(fetches.heard('a', 1)).toBe(false);
    expect(fetches.size).toBe(1);
  });

  it('ask the next holder when the first is late, in the order in which they spoke', () => {
    const fetches = fetchesOf();
    for (const holder of [1, 2, 3, 2]) fetches.heard('a', holder);
    expect(fetches.late('a')).toBe(2);
    expect(fetches.late('a')).toBe(3);
    expect(fetches.late('a')).toBeUndefined();
    expect(fetches.size).toBe(0);
  });

  it('may begin again with an id that was given up', () => {
    const fetches = fetchesOf();
    fetches.heard('a', 1);
    fetches.late('a');
    expect(fetches.heard('a', 1)).toBe(true);
  });

  it('remember a few spare holders and no more', () => {
    const fetches = fetchesOf();
    for (let holder = 0; holder < 20; holder += 1) fetches.heard('a', holder);
    const asked: (number | undefined)[] = [];
    while (fetches.size > 0) asked.push(fetches.late('a'));
    expect(asked).toEqual([1, 2, 3, 4, undefined]);
  });

  it('end when the item comes, from whomever', () => {
    const fetches = fetchesOf();
    fetches.heard('a', 1);
    fetches.arrived('a');
    fetches.arrived('a');
    expect(fetches.size).toBe(0);
    expect(fetches.late('a')).toBeUndefined();
  });

  it('ask one holder for a bounded number', () => {
    const fetches = fetchesOf();
    expect(['a', 'b', 'c', 'd'].map((id) => fetches.heard(id, 1))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    fetches.arrived('a');
    expect(fetches.heard('d', 1)).toBe(true);
  });

  it('pass over a spare holder that has as many to answer as it may', () => {
    const fetches = fetchesOf();
    for (const id of ['b', 'c', 'd']) fetches.heard(id, 2);
    for (const holder of [1, 2, 3]) fetches.heard('a', holder);
    expect(fetches.late('a')).toBe(3);
    fetches.arrived('b');
    expect(fetches.late('a')).toBe(2);
  });

  it('are bounded in all', () => {
    const fetches = fetchesOf();
    for (let at = 0; at < 50; at += 1) fetches.heard(String(at), at);
    expect(fetches.size).toBe(FETCHES_MAX);
  });

  it('name what was asked of a holder that is gone, and never ask it again', () => {
    const fetches = fetchesOf();
    fetches.heard('a', 1);
    fetches.heard('b', 2);
    fetches.heard('b', 1);
    fetches.heard('a', 2);
    expect(fetches.lost(1)).toEqual(['a']);
    expect(fetches.late('a')).toBe(2);
    expect(fetches.late('b')).toBeUndefined();
  });

  it('keep both bounds, whatever is done to them', () => {
    const random = seededRandom('fetches');
    const fetches = fetchesOf();
    /** Whom each id is asked of, as the answers say it. */
    const asked = new Map<string, number>();
    const late = (id: string): void => {
      const next = fetches.late(id);
      if (next === undefined) asked.delete(id);
      else asked.set(id, next);
    };
    for (let step = 0; step < 5_000; step += 1) {
      const [id, holder] = [String(random.below(12)), random.below(6)];
      const what = random.below(8);
      if (what < 4) {
        if (fetches.heard(id, holder)) asked.set(id, holder);
      } else if (what < 6) {
        late(id);
      } else if (what < 7) {
        fetches.arrived(id);
        asked.delete(id);
      } else {
        const lost = fetches.lost(holder);
        expect(lost.sort()).toEqual(
          [...asked.keys()].filter((one) => asked.get(one) === holder).sort(),
        );
        for (const one of lost) late(one);
        expect([...asked.values()]).not.toContain(holder);
      }
      expect(fetches.size).toBe(asked.size);
      expect(fetches.size).toBeLessThanOrEqual(FETCHES_MAX);
      for (const one of new Set(asked.values())) {
        const count = [...asked.values()].filter((other) => other === one).length;
        expect(count).toBeLessThanOrEqual(PER_HOLDER_MAX);
      }
    }
  });
});
