/** What an item is, and the arithmetic of its ttl. */

/** One announced thing on its way through the network. */
export type Item = {
  /** First 20 bytes of the SHA-256 over everything below, in hex: see `src/wire/item-id.ts`. */
  readonly id: string;
  readonly dataType: number;
  /** Milliseconds since 1970. */
  readonly expiryMs: number;
  readonly salt: Buffer;
  readonly data: Buffer;
};

/** An id as text, as the core keeps it, and as bytes, as the wire has it. */
export const idBytes = (id: string): Buffer => Buffer.from(id, 'hex');
export const idText = (id: Buffer): string => id.toString('hex');

/** No limit on hops, as `ttl` says it (specification, GOSSIP ANNOUNCE). */
export const UNLIMITED_TTL = 0;

/**
 * The ttl with which an item that came with `ttl` goes on: one less, or unlimited for ever.
 * Undefined: it came with its last hop and goes no further.
 */
export const relayTtl = (ttl: number): number | undefined =>
  ttl === UNLIMITED_TTL ? UNLIMITED_TTL : ttl === 1 ? undefined : ttl - 1;

/** True when `a` reaches further than `b`. */
export const reachesFurther = (a: number, b: number): boolean =>
  b !== UNLIMITED_TTL && (a === UNLIMITED_TTL || a > b);
