import type { Item } from '../../../src/core/items.js';

/** An item by its id; the id is not that of its content, which no store looks at. */
export const item = (id: string, changes: Partial<Item> = {}): Item => ({
  id,
  dataType: 7,
  expiryMs: 1_000_000,
  salt: Buffer.alloc(8),
  data: Buffer.from('item'),
  ...changes,
});
