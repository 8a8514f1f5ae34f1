import { Sightings, SIGHTINGS_MAX, SIGHTINGS_PER_LINK_MAX } from '../../../src/core/sightings.js';

const fill = (sightings: Sightings, link: number, count: number) => {
  for (let at = 0; at < count; at += 1) sightings.note(`${link}/${at}`, link);
};

describe('sightings', () => {
  it('begin a window with the first sign, and only then', () => {
    const sightings = new Sightings();
    expect(sightings.note('a', 1)).toBe(true);
    expect(sightings.note('a', 2)).toBe(false);
    expect(sightings.note('a', 1)).toBe(false);
    expect(sightings.holders('a')).toEqual([1, 2]);
    expect(sightings.holders('b')).toEqual([]);
  });

  it('know who was first by when a push would have come, not by when the sign came', () => {
    const sightings = new Sightings();
    sightings.note('a', 1, 100);
    sightings.note('a', 2, 90);
    sightings.note('a', 3, 95);
    sightings.note('a', 4);
    expect(sightings.end('a')).toMatchObject({ first: 2, holders: [1, 2, 3, 4] });
  });

  it('know how the content came the first time', () => {
    const sightings = new Sightings();
    sightings.note('a', 1, 100);
    sightings.arrived('a', 7, true);
    sightings.arrived('a', 8, false);
    sightings.arrived('unknown', 7, true);
    expect(sightings.end('a')).toMatchObject({ dataType: 7, byWant: true });
    expect(sightings.end('a')).toBeUndefined();
  });

  it('forget a link that is gone, as holder and as first', () => {
    const sightings = new Sightings();
    sightings.note('a', 1, 100);
    sightings.note('a', 2, 110);
    sightings.forgetLink(1);
    expect(sightings.end('a')).toMatchObject({ first: undefined, holders: [2] });
  });

  it('let one link begin so many and no more, until some are over', () => {
    const sightings = new Sightings();
    fill(sightings, 1, SIGHTINGS_PER_LINK_MAX);
    expect(sightings.note('more', 1)).toBe(false);
    expect(sightings.holders('more')).toEqual([]);
    expect(sightings.note('more', 2)).toBe(true);
    sightings.end('1/0');
    expect(sightings.note('another', 1)).toBe(true);
  });

  it('are so many in all and no more', () => {
    const sightings = new Sightings();
    for (let link = 1; sightings.size < SIGHTINGS_MAX; link += 1) {
      fill(sightings, link, SIGHTINGS_PER_LINK_MAX);
    }
    expect(sightings.note('more', 99)).toBe(false);
    expect(sightings.size).toBe(SIGHTINGS_MAX);
  });
});
