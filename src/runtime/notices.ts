/** What modules are to be notified of, gathered so that each is told once. */
import type { Notice } from '../../machines/events.js';
import type { Item } from '../core/items.js';
import type { ConnectionId } from './ports.js';

/** By module. */
export type Notices = Map<ConnectionId, Notice[]>;

/** `awaited`: the module's verdict is waited for. */
export const noticeOf = ({ id, dataType, data }: Item, awaited: boolean): Notice => ({
  itemId: id,
  dataType,
  data,
  awaited,
});

export const addNotice = (notices: Notices, module: ConnectionId, notice: Notice): void => {
  const list = notices.get(module);
  if (list === undefined) notices.set(module, [notice]);
  else list.push(notice);
};
