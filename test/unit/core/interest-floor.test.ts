import {
  FLOORED_TYPES_MAX,
  INTEREST_FLOOR,
  InterestFloor,
} from '../../../src/core/interest-floor.js';

/** The links that share each type; `links` in all. */
const floorOf = (links: number, sharing: Readonly<Record<number, readonly number[]>>) =>
  new InterestFloor({
    types: () => Object.keys(sharing).map(Number),
    linksOf: (dataType) => sharing[dataType] ?? [],
    links: () => links,
  });

const FEW = [1, 2];
const ENOUGH = Array.from({ length: INTEREST_FLOOR }, (_, link) => link + 1);
const MANY = [...ENOUGH, INTEREST_FLOOR + 1];

describe('the floor of links that share a type', () => {
  it('says which types lack links, and by how many', () => {
    const floor = floorOf(20, { 7: FEW, 8: ENOUGH, 9: [], 10: MANY });
    expect(floor.lacking(32)).toEqual([7, 9]);
    expect(floor.lacking(1)).toEqual([7]);
    expect(floor.missing).toBe(INTEREST_FLOOR);
    expect(floorOf(20, { 7: FEW, 8: ENOUGH }).missing).toBe(INTEREST_FLOOR - FEW.length);
  });

  it('asks for nothing where every link shares the type, however few they are', () => {
    const floor = floorOf(FEW.length, { 7: FEW });
    expect(floor.lacking(32)).toEqual([]);
    expect(floor.missing).toBe(0);
    expect(floorOf(0, { 7: [] }).missing).toBe(0);
  });

  it('cannot spare a link without which too few would share a type', () => {
    const floor = floorOf(20, { 7: FEW, 8: [2, 3], 9: MANY });
    expect(floor.needed()).toEqual(new Set([1, 2, 3]));
    expect(floorOf(20, { 8: ENOUGH }).needed()).toEqual(new Set(ENOUGH));
    expect(floorOf(20, { 9: MANY }).needed()).toEqual(new Set());
  });

  it('looks after so many types, those that were subscribed to first', () => {
    const types = Array.from({ length: FLOORED_TYPES_MAX + 1 }, (_, dataType) => dataType);
    const floor = floorOf(20, Object.fromEntries(types.map((dataType) => [dataType, []])));
    expect(floor.lacking(Infinity)).toEqual(types.slice(0, FLOORED_TYPES_MAX));
  });
});
