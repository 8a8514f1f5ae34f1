import {
  BACK_OFF_MOST_MS,
  BACK_OFF_MS,
  EAGER_MIN_MOST,
  EagerLinks,
  GROUPS_MAX,
} from '../../../src/core/eager-links.js';
import { seededRandom } from '../../../src/core/prng.js';
import { SPREAD_PROFILES } from '../../../src/core/spread-profile.js';

const TYPE = 7;
const LINKS = [1, 2, 3, 4, 5, 6, 7, 8];
const { balanced, lean } = SPREAD_PROFILES;
/** The higher its number the farther a link. */
const rttMs = (link: number) => 10 * link;

const setUp = (profile = balanced) => new EagerLinks(profile, seededRandom(1));
const filled = (profile = balanced) => {
  const links = setUp(profile);
  links.fill(TYPE, LINKS, rttMs);
  return links;
};
const eagerOf = (links: EagerLinks, dataType = TYPE) =>
  LINKS.filter((link) => links.isEager(dataType, link));
/** So many items of which `first` is the first to have each. */
const items = (links: EagerLinks, count: number, first: number, byWant = false) =>
  Array.from({ length: count }, () => links.itemCame(TYPE, first, byWant, 0)).filter(
    ({ grafted, pruned }) => grafted.length + pruned.length > 0,
  );

describe('eager links', () => {
  it('are none before an item goes out', () => {
    expect(eagerOf(setUp())).toEqual([]);
  });

  it('are filled up with the nearest and one by chance', () => {
    const links = setUp();
    const grafted = links.fill(TYPE, LINKS, rttMs);
    expect(grafted).toHaveLength(balanced.eagerMin);
    expect(grafted[0]).toBe(1);
    expect(eagerOf(links)).toEqual(grafted.toSorted((a, b) => a - b));
    expect(links.fill(TYPE, LINKS, rttMs)).toEqual([]);
  });

  it('are all where there are few', () => {
    expect(setUp().fill(TYPE, [1], rttMs)).toEqual([1]);
    expect(setUp().fill(TYPE, [], rttMs)).toEqual([]);
  });

  it('are each type for itself', () => {
    const links = filled();
    expect(eagerOf(links, TYPE + 1)).toEqual([]);
    expect(links.typesOf(1)).toEqual([TYPE]);
  });

  it('become more by GRAFT, and the worst are pruned beyond the slack', () => {
    const links = filled();
    const most = balanced.eagerMin + balanced.eagerSlack;
    items(links, 4, 8);
    const pruned = LINKS.flatMap((link) => links.graftedBy(TYPE, link, 0).pruned);
    expect(eagerOf(links)).toHaveLength(most);
    expect(pruned).toHaveLength(LINKS.length - most);
    expect(pruned).not.toContain(8);
  });

  it('heed a PRUNE, unless too few would be left', () => {
    const links = filled();
    const [one = 0] = eagerOf(links);
    expect(links.prunedBy(TYPE, one, 0, 0)).toBe(false);
    links.graftedBy(TYPE, 8, 0);
    expect(links.prunedBy(TYPE, one, 0, 0)).toBe(true);
    expect(links.isEager(TYPE, one)).toBe(false);
    expect(links.prunedBy(TYPE, one, 0, 0)).toBe(true);
  });

  it('forget none of theirs for a PRUNE of a type that is pushed to nobody', () => {
    const links = filled();
    const before = eagerOf(links);
    for (let dataType = 2; dataType < 5_000; dataType += 1) links.prunedBy(dataType, 8, 0, 0);
    expect([links.groups, eagerOf(links)]).toEqual([1, before]);
  });

  it('give their place to a lazy link that is first more often', () => {
    const links = filled();
    const changes = items(links, 32, 8);
    expect(changes.flatMap(({ grafted }) => grafted)).toEqual([8]);
    expect(links.isEager(TYPE, 8)).toBe(true);
  });

  it('stay where they are while they are first', () => {
    const links = filled();
    const [one = 0] = eagerOf(links);
    expect(items(links, 64, one)).toEqual([]);
  });

  it('do not take in a link that was pruned until its back-off is over', () => {
    const links = filled();
    links.graftedBy(TYPE, 8, 0);
    links.prunedBy(TYPE, 8, 10 * BACK_OFF_MOST_MS, 0);
    expect(items(links, 32, 8)).toEqual([]);
    const later = Array.from({ length: 16 }, () =>
      links.itemCame(TYPE, 8, false, BACK_OFF_MOST_MS),
    );
    expect(later.flatMap(({ grafted }) => grafted)).toEqual([8]);
  });

  it('are more while most comes by WANT, and fewer again afterwards', () => {
    const links = filled();
    const [one = 0] = eagerOf(links);
    items(links, 16 * 8, one, true);
    links.fill(TYPE, LINKS, rttMs);
    expect(eagerOf(links)).toHaveLength(EAGER_MIN_MOST);
    items(links, 16 * 8, one);
    expect(eagerOf(links)).toHaveLength(balanced.eagerMin + balanced.eagerSlack);
  });

  it('keep a duplicate under the balanced profile', () => {
    const links = filled();
    links.graftedBy(TYPE, 8, 0);
    expect(links.duplicateFrom(TYPE, 8, 0)).toBe(false);
    expect(links.wantedFrom(TYPE, 5)).toBe(false);
  });

  it('are pruned by a duplicate under the lean profile, down to one', () => {
    const links = filled(lean);
    for (const link of [7, 8]) links.graftedBy(TYPE, link, 0);
    expect(links.duplicateFrom(TYPE, 8, 0)).toBe(true);
    expect(links.duplicateFrom(TYPE, 8, 0)).toBe(false);
    expect(links.duplicateFrom(TYPE, 7, BACK_OFF_MS)).toBe(true);
    expect(links.duplicateFrom(TYPE, 1, BACK_OFF_MS)).toBe(false);
    expect(eagerOf(links)).toEqual([1]);
  });

  it('are grafted by a WANT under the lean profile, once', () => {
    const links = filled(lean);
    expect(links.wantedFrom(TYPE, 5)).toBe(true);
    expect(links.wantedFrom(TYPE, 5)).toBe(false);
    expect(links.isEager(TYPE, 5)).toBe(true);
  });

  it('are forgotten with their link, or with its interest', () => {
    const links = filled();
    const [one = 0, other = 0] = eagerOf(links);
    links.drop(one, TYPE);
    links.drop(other);
    expect(eagerOf(links)).toEqual([]);
  });

  it('are remembered for so many types, the one idle longest forgotten first', () => {
    const links = setUp();
    for (let dataType = 0; dataType < GROUPS_MAX; dataType += 1) links.fill(dataType, [1], rttMs);
    links.fill(0, [1], rttMs);
    links.fill(GROUPS_MAX, [1], rttMs);
    expect(links.groups).toBe(GROUPS_MAX);
    expect(links.isEager(0, 1)).toBe(true);
    expect(links.isEager(1, 1)).toBe(false);
  });
});
