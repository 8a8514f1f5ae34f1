/** Tells whoever looks what becomes of an item, step by step. */
import type { Item } from '../core/items.js';
import type { ConnectionId } from './ports.js';
import type { ItemStepName, Watch } from './watch.js';

/** Actor ids, for whoever looks. */
export const moduleName = (connection: ConnectionId): string => `api-connection.${connection}`;
export const linkName = (connection: ConnectionId): string => `peer-connection.${connection}`;

/** The item, with its data where it is seen first. */
type Watched = Pick<Item, 'id' | 'dataType'> & { readonly data?: Buffer };

export type StepTeller = (
  item: Watched,
  step: ItemStepName,
  who: string | undefined,
  detail: string,
) => void;

/** Nothing is made up while nobody looks. */
export const stepTeller =
  (watch: Watch): StepTeller =>
  ({ id, dataType, data }, step, who, detail) =>
    watch.item(() => ({ step, item: id, dataType, who, detail, data }));
