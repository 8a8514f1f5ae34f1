import { Interests } from '../../../src/core/interests.js';
import { seededRandom } from '../../../src/core/prng.js';
import { same } from '../../same.js';

describe('interests', () => {
  it('say when a type is wanted for the first time, and when no longer', () => {
    const interests = new Interests();
    expect(interests.add(1, 7)).toBe(true);
    expect(interests.add(2, 7)).toBe(false);
    expect(interests.remove(1, 7)).toBe(false);
    expect(interests.remove(2, 7)).toBe(true);
    expect(interests.isWanted(7)).toBe(false);
    expect(interests.types()).toEqual([]);
  });

  it('change nothing when they are repeated', () => {
    const interests = new Interests();
    interests.add(1, 7);
    expect(interests.add(1, 7)).toBe(false);
    expect(interests.count(1)).toBe(1);
    expect([...interests.interested(7)]).toEqual([1]);
    expect(interests.remove(2, 7)).toBe(false);
    expect(interests.remove(1, 8)).toBe(false);
    expect(interests.wants(1, 7)).toBe(true);
  });

  it('come in order of subscription, those who want everything last and once', () => {
    const interests = new Interests();
    interests.setAll(9, true);
    interests.setAll(2, true);
    for (const who of [3, 1, 2]) interests.add(who, 7);
    expect([...interests.interested(7)]).toEqual([3, 1, 2, 9]);
    expect([...interests.interested(8)]).toEqual([9, 2]);
  });

  it('include every type for who wants everything, until it says otherwise', () => {
    const interests = new Interests();
    interests.setAll(1, true);
    expect(interests.wants(1, 7)).toBe(true);
    expect(interests.isWanted(7)).toBe(true);
    interests.setAll(1, false);
    expect(interests.wants(1, 7)).toBe(false);
    expect(interests.isWanted(7)).toBe(false);
  });

  it('forget one, and say which types nobody wants any more', () => {
    const interests = new Interests();
    for (const dataType of [7, 8, 9]) interests.add(1, dataType);
    interests.add(2, 8);
    interests.setAll(1, true);
    expect(interests.drop(1)).toEqual([7, 9]);
    expect(interests.wants(1, 10)).toBe(false);
    expect(interests.count(1)).toBe(0);
    expect(interests.types()).toEqual([8]);
    expect(interests.drop(1)).toEqual([]);
  });

  it('agree with a plain list of pairs, whatever is done to them', () => {
    const random = seededRandom('interests');
    const interests = new Interests();
    const pairs = new Set<string>();
    const wanted = (dataType: number) => [...pairs].some((pair) => pair.endsWith(`:${dataType}`));
    for (let step = 0; step < 3_000; step += 1) {
      const [who, dataType] = [random.below(5), random.below(6)];
      const before = wanted(dataType);
      if (random.below(2) === 0) {
        pairs.add(`${who}:${dataType}`);
        same(interests.add(who, dataType), !before);
      } else if (random.below(4) > 0) {
        pairs.delete(`${who}:${dataType}`);
        same(interests.remove(who, dataType), before && !wanted(dataType));
      } else {
        const had = [...pairs].filter((pair) => pair.startsWith(`${who}:`));
        for (const pair of had) pairs.delete(pair);
        const orphaned = had
          .map((pair) => Number(pair.split(':')[1]))
          .filter((type) => !wanted(type));
        same(interests.drop(who), orphaned);
      }
      same(interests.types().sort(), [0, 1, 2, 3, 4, 5].filter(wanted));
      same(interests.wants(who, dataType), pairs.has(`${who}:${dataType}`));
    }
  });
});
