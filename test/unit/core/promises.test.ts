import { Promises } from '../../../src/core/promises.js';

const afterBroken = (times: number, link = 1, promises = new Promises()): Promises => {
  for (let time = 0; time < times; time += 1) promises.broken(link);
  return promises;
};

describe('promises', () => {
  it('are believed of a link of which nothing is known, and after three were broken', () => {
    expect(afterBroken(0).isTrusted(1)).toBe(true);
    expect(afterBroken(3).isTrusted(1)).toBe(true);
  });

  it('are not believed after four were broken in a row, until one is kept', () => {
    const promises = afterBroken(4);
    expect(promises.isTrusted(1)).toBe(false);
    expect(promises.isTrusted(2)).toBe(true);
    expect(promises.distrusted).toBe(1);
    promises.kept(1);
    expect(promises.isTrusted(1)).toBe(true);
    expect(promises.distrusted).toBe(0);
  });

  it('are worth little to one that always breaks them: one kept is not enough', () => {
    const promises = afterBroken(40);
    for (let time = 0; time < 3; time += 1) promises.kept(1);
    expect(promises.isTrusted(1)).toBe(false);
    promises.kept(1);
    expect(promises.isTrusted(1)).toBe(true);
  });

  it('that are mostly kept are believed, however many there are', () => {
    const promises = new Promises();
    for (let item = 0; item < 100; item += 1) {
      promises.broken(1);
      promises.kept(1);
      promises.kept(1);
      expect(promises.isTrusted(1)).toBe(true);
    }
  });

  it('of a link that is gone are nobody’s', () => {
    const promises = afterBroken(10);
    promises.forget(1);
    expect(promises.isTrusted(1)).toBe(true);
  });
});
