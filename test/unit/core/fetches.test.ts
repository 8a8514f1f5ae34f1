import { DISTRUSTED_FETCHES_MAX, Fetches } from '../../../src/core/fetches.js';
import { seededRandom } from '../../../src/core/prng.js';
import { Promises } from '../../../src/core/promises.js';
import { same } from '../../same.js';

const FETCHES_MAX = 8;
const PER_HOLDER_MAX = 3;
const fetchesOf = (
  promises = new Promises(),
  perHolderMax = PER_HOLDER_MAX,
  seed = 'spares',
): Fetches =>
  new Fetches({
    ...{ fetchesMax: FETCHES_MAX, perHolderMax, promises },
    random: seededRandom(seed),
  });

/** Links 90 and above are known to break their promises. */
const withLiars = (): Promises => {
  const promises = new Promises();
  for (let liar = 90; liar < 100; liar += 1) {
    for (let times = 0; times < 4; times += 1) promises.broken(liar);
  }
  return promises;
};

describe('fetches', () => {
  it('ask the first who has the item, and nobody else meanwhile', () => {
    const fetches = fetchesOf();
    expect(fetches.heard('a', 1)).toBe('ask');
    expect(fetches.heard('a', 2)).toBeUndefined();
    expect(fetches.heard('a', 1)).toBeUndefined();
    expect(fetches.size).toBe(1);
  });

  it('are not taken from a liar for a holder that can be asked nothing more now', () => {
    const fetches = fetchesOf(withLiars());
    for (const item of ['x', 'y', 'z']) fetches.heard(item, 1);
    expect(fetches.heard('a', 90)).toBe('bide');
    expect(fetches.heard('a', 1)).toBeUndefined();
    expect(fetches.late('a')).toBe(90);
    expect(fetches.isAsked('a', 90)).toBe(true);
    fetches.arrived('x', 1);
    expect(fetches.late('a')).toBe(1);
  });

  it('ask another holder when one is late, each once', () => {
    const fetches = fetchesOf();
    for (const holder of [1, 2, 3, 2]) fetches.heard('a', holder);
    const second = fetches.late('a');
    fetches.heard('a', 1);
    const third = fetches.late('a');
    expect([second, third].sort()).toEqual([2, 3]);
    expect(fetches.late('a')).toBeUndefined();
    expect(fetches.size).toBe(0);
  });

  it('ask spare holders by chance, not those first who spoke first', () => {
    const seconds = new Set<number | undefined>();
    for (let item = 0; item < 40; item += 1) {
      const fetches = fetchesOf(new Promises(), PER_HOLDER_MAX, String(item));
      for (const holder of [1, 2, 3, 4]) fetches.heard('a', holder);
      seconds.add(fetches.late('a'));
    }
    expect([...seconds].sort()).toEqual([2, 3, 4]);
  });

  it('bide where the profile says so, then ask the same holder', () => {
    const fetches = fetchesOf();
    expect(fetches.heard('a', 1, true)).toBe('bide');
    fetches.heard('a', 2);
    expect(fetches.isAsked('a', 1)).toBe(false);
    expect(fetches.late('a')).toBe(1);
    expect(fetches.isAsked('a', 1)).toBe(true);
    expect(fetches.late('a')).toBe(2);
  });

  it('may begin again with an id that was given up', () => {
    const fetches = fetchesOf();
    fetches.heard('a', 1);
    fetches.late('a');
    expect(fetches.heard('a', 1)).toBe('ask');
  });

  it('remember a few spare holders and no more', () => {
    const fetches = fetchesOf();
    for (let holder = 0; holder < 40; holder += 1) fetches.heard('a', holder);
    const asked: (number | undefined)[] = [];
    while (fetches.size > 0) asked.push(fetches.late('a'));
    expect(asked).toHaveLength(17);
    expect(new Set(asked).size).toBe(17);
    expect(Math.max(...asked.slice(0, -1).map(Number))).toBe(16);
  });

  it('end when the item comes, from whomever', () => {
    const fetches = fetchesOf();
    fetches.heard('a', 1);
    expect(fetches.arrived('a', 2)).toBe(false);
    expect(fetches.arrived('a', 3)).toBe(false);
    expect(fetches.size).toBe(0);
    expect(fetches.late('a')).toBeUndefined();
  });

  it('ask one holder for a bounded number', () => {
    const fetches = fetchesOf();
    expect(['a', 'b', 'c', 'd'].map((id) => fetches.heard(id, 1))).toEqual([
      'ask',
      'ask',
      'ask',
      undefined,
    ]);
    expect(fetches.arrived('a', 1)).toBe(true);
    expect(fetches.heard('d', 1)).toBe('ask');
  });

  it('pass over a spare holder that has as many to answer as it may', () => {
    const fetches = fetchesOf();
    for (const id of ['b', 'c', 'd']) fetches.heard(id, 2);
    for (const holder of [1, 2, 3]) fetches.heard('a', holder);
    expect(fetches.late('a')).toBe(3);
    fetches.arrived('b', 2);
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
    expect(fetches.next('a', { isGone: true })).toBe(2);
    expect(fetches.late('b')).toBeUndefined();
  });

  it('learn who keeps a promise, late or not, and who breaks it', () => {
    const promises = new Promises();
    const fetches = fetchesOf(promises);
    const broken = (link: number, times: number): void => {
      for (let time = 0; time < times; time += 1) {
        fetches.heard('a', link);
        fetches.late('a');
      }
    };
    broken(1, 3);
    expect(promises.isTrusted(1)).toBe(true);
    broken(1, 1);
    expect(promises.isTrusted(1)).toBe(false);
    // An answer that comes when another has been asked already is better than none.
    broken(3, 3);
    fetches.heard('b', 3);
    fetches.heard('b', 2);
    expect(fetches.late('b')).toBe(2);
    expect(promises.isTrusted(3)).toBe(false);
    expect(fetches.arrived('b', 3)).toBe(true);
    expect(promises.isTrusted(3)).toBe(true);
  });

  it('hold to its word whoever was overtaken by a pushed copy', () => {
    const promises = new Promises();
    const fetches = fetchesOf(promises);
    for (let item = 0; item < 4; item += 1) {
      fetches.heard('a', 1);
      expect(fetches.arrived('a', 2)).toBe(false);
      expect(fetches.isOwed('a')).toBe(true);
      expect([1, 2].map((link) => fetches.isAsked('a', link))).toEqual([true, false]);
      expect(fetches.late('a')).toBeUndefined();
      fetches.heard('b', 3);
      fetches.arrived('b', 2);
      expect(fetches.arrived('b', 3)).toBe(true);
      expect(fetches.isOwed('b')).toBe(false);
      expect(fetches.late('b')).toBeUndefined();
    }
    expect([1, 3].map((link) => promises.isTrusted(link))).toEqual([false, true]);
    // Nor is anybody to blame who is gone, or was not asked yet.
    fetches.heard('c', 4);
    fetches.arrived('c', 2);
    fetches.lost(4);
    expect(fetches.isOwed('c')).toBe(false);
    fetches.heard('d', 5, true);
    fetches.arrived('d', 2);
    expect(fetches.isOwed('d')).toBe(false);
  });

  it('ask liars last, and one only: another has the turn when it offers', () => {
    const fetches = fetchesOf(withLiars());
    expect(fetches.heard('a', 90)).toBe('bide');
    expect(fetches.heard('a', 91)).toBeUndefined();
    expect(fetches.heard('a', 1)).toBe('turn');
    expect(fetches.next('a')).toBe(1);
    fetches.heard('a', 2);
    expect(fetches.late('a')).toBe(2);
    expect([90, 91]).toContain(fetches.late('a'));
    expect(fetches.late('a')).toBeUndefined();
    expect(fetches.size).toBe(0);
  });

  it('remember a holder in the place of a liar, of whom there are many', () => {
    const fetches = fetchesOf(withLiars(), 100);
    fetches.heard('a', 0);
    for (let times = 0; times < 2; times += 1) {
      for (let liar = 90; liar < 100; liar += 1) fetches.heard('a', liar);
    }
    for (let holder = 1; holder <= 16; holder += 1) fetches.heard('a', holder);
    const asked: (number | undefined)[] = [];
    while (fetches.size > 0) asked.push(fetches.late('a'));
    const honest = asked.filter((holder) => holder !== undefined && holder < 90);
    expect(honest).toHaveLength(16);
  });

  it('ask of a liar only a few at a time', () => {
    const fetches = new Fetches({
      ...{ fetchesMax: 100, perHolderMax: 100, promises: withLiars() },
      random: seededRandom('spares'),
    });
    const advices = Array.from({ length: 50 }, (_, item) => fetches.heard(String(item), 90));
    expect(advices.filter((advice) => advice === 'bide')).toHaveLength(DISTRUSTED_FETCHES_MAX);
    expect(fetches.size).toBe(DISTRUSTED_FETCHES_MAX);
  });

  it('keep both bounds, whatever is done to them', () => {
    const random = seededRandom('fetches');
    const fetches = fetchesOf();
    /** Whom each id is asked of, as the answers say it. */
    const asked = new Map<string, number>();
    const note = (id: string, next: number | undefined): void => {
      if (next === undefined) asked.delete(id);
      else asked.set(id, next);
    };
    for (let step = 0; step < 5_000; step += 1) {
      const [id, holder] = [String(random.below(12)), random.below(6)];
      const what = random.below(8);
      if (what < 4) {
        const advice = fetches.heard(id, holder);
        if (advice === 'ask' || advice === 'bide') asked.set(id, holder);
        if (advice === 'turn') note(id, fetches.next(id));
      } else if (what < 6) {
        note(id, fetches.late(id));
      } else if (what < 7) {
        fetches.arrived(id, holder);
        asked.delete(id);
      } else {
        const lost = fetches.lost(holder);
        expect(lost.sort()).toEqual(
          [...asked.keys()].filter((one) => asked.get(one) === holder).sort(),
        );
        for (const one of lost) note(one, fetches.next(one, { isGone: true }));
        expect([...asked.values()]).not.toContain(holder);
      }
      same(fetches.size, asked.size);
      same(fetches.size <= FETCHES_MAX, true);
      for (const one of new Set(asked.values())) {
        const count = [...asked.values()].filter((other) => other === one).length;
        same(count <= PER_HOLDER_MAX, true);
      }
    }
  });
});
