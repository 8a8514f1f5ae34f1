/** A source of chance, as the core sees it; the runtime's `RandomPort` has this shape. */
export type Random = {
  bytes(length: number): Buffer;
  /** A whole number, 0 <= n < bound, uniformly. `bound` is at most 2^32. */
  below(bound: number): number;
};

const BOUND_MAX = 2 ** 32;
const WARM_UP_ROUNDS = 16;

/** FNV-1a over the UTF-16 units of `text`, 32 bits; `offset` selects one of many such hashes. */
const fnv1a = (text: string, offset: number): number => {
  let hash = offset;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash;
};

/**
 * The 32-bit words of sfc32 (Doty-Humphrey's "small fast counting" generator, 128 bits of state).
 */
const sfc32 = (seed: string): (() => number) => {
  let a = fnv1a(seed, 0x811c9dc5);
  let b = fnv1a(seed, a ^ 0x9e3779b9);
  let c = fnv1a(seed, b ^ 0x7f4a7c15);
  let counter = 1;
  const next = (): number => {
    const word = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + word) | 0;
    return word >>> 0;
  };
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) next();
  return next;
};

/**
 * A reproducible source of chance for the simulator and the tests: the same seed gives the same
 * sequence on every host. The number 7 and the text "7" are the same seed. Predictable, hence
 * never for nonces that outsiders see.
 *
 * @throws RangeError from `below` when `bound` is not a whole number from 1 to 2^32.
 */
export const seededRandom = (seed: number | string): Random => {
  const next = sfc32(String(seed));
  return {
    bytes: (length) => {
      const bytes = Buffer.allocUnsafe(length);
      for (let at = 0; at < length; at += 1) bytes[at] = next() >>> 24;
      return bytes;
    },
    below: (bound) => {
      if (!Number.isInteger(bound) || bound < 1 || bound > BOUND_MAX) {
        throw new RangeError(`bound ${bound} is not a whole number from 1 to 2^32`);
      }
      // Words beyond the last whole multiple of `bound` would favour the small numbers.
      const fairBelow = BOUND_MAX - (BOUND_MAX % bound);
      let word = next();
      while (word >= fairBelow) word = next();
      return word % bound;
    },
  };
};

/** One member of `list`, each as likely as the others; undefined when it is empty. */
export const pick = <Item>(list: readonly Item[], random: Random): Item | undefined =>
  list.length === 0 ? undefined : list[random.below(list.length)];

/**
 * The members of `list` in random order, each order as likely as the others. Chance is asked member
 * by member, so whoever stops early has paid only for what it saw. `list` itself is disordered.
 */
export function* inRandomOrder<Item>(list: Item[], random: Random): Generator<Item, void> {
  for (let at = 0; at < list.length; at += 1) {
    const other = at + random.below(list.length - at);
    const item = list[other] as Item;
    list[other] = list[at] as Item;
    list[at] = item;
    yield item;
  }
}

/** A copy of `list` in random order, each order as likely as the others. */
export const shuffled = <Item>(list: readonly Item[], random: Random): Item[] => [
  ...inRandomOrder([...list], random),
];

/** `count` members of `list` in random order, or all there are; each choice as likely as others. */
export const sampled = <Item>(list: readonly Item[], count: number, random: Random): Item[] => {
  const order = [...list];
  const drawn = inRandomOrder(order, random);
  for (let asked = 0; asked < count && drawn.next().done !== true; asked += 1);
  return order.slice(0, Math.max(0, count));
};
