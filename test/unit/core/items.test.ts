import {
  UNLIMITED_TTL,
  idBytes,
  idText,
  reachesFurther,
  relayTtl,
} from '../../../src/core/items.js';

describe('an item id', () => {
  it('is the same as text and as bytes', () => {
    const id = Buffer.from('000102030405060708090a0b0c0d0e0f10111213', 'hex');
    expect(idBytes(idText(id))).toEqual(id);
    expect(idText(id)).toHaveLength(40);
  });
});

describe('a ttl', () => {
  it('is one less at each hop, down to the last', () => {
    expect(relayTtl(255)).toBe(254);
    expect(relayTtl(2)).toBe(1);
  });

  it('ends with 1: the item goes no further', () => {
    expect(relayTtl(1)).toBeUndefined();
  });

  it('stays unlimited for ever', () => {
    expect(relayTtl(UNLIMITED_TTL)).toBe(UNLIMITED_TTL);
  });

  it('takes an item exactly as many hops as it says', () => {
    for (const ttl of [1, 2, 3, 255]) {
      let hops = 0;
      for (let left: number | undefined = ttl; left !== undefined; left = relayTtl(left)) hops += 1;
      expect(hops).toBe(ttl);
    }
  });

  it('reaches further when it is larger, and furthest when it is unlimited', () => {
    expect(reachesFurther(3, 2)).toBe(true);
    expect(reachesFurther(2, 3)).toBe(false);
    expect(reachesFurther(2, 2)).toBe(false);
    expect(reachesFurther(UNLIMITED_TTL, 255)).toBe(true);
    expect(reachesFurther(255, UNLIMITED_TTL)).toBe(false);
    expect(reachesFurther(UNLIMITED_TTL, UNLIMITED_TTL)).toBe(false);
  });

  it('is in a strict order with every other', () => {
    const ttls = [0, 1, 2, 127, 254, 255];
    for (const a of ttls) {
      for (const b of ttls) {
        expect(reachesFurther(a, b) || reachesFurther(b, a)).toBe(a !== b);
        expect(reachesFurther(a, b) && reachesFurther(b, a)).toBe(false);
      }
    }
  });
});
