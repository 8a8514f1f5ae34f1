import type { ConnectionId, PeersPort } from '../../../src/runtime/ports.js';
import { encodePeer } from '../../../src/wire/peer-codec.js';

const ITEMS = 200;
const item = {
  type: 'SPREAD',
  ttl: 1,
  dataType: 1,
  expiryMs: 1,
  salt: Buffer.alloc(8),
  data: Buffer.alloc(60_000),
} as const;

/** Bytes of a whole flood: 12 MB. */
export const FLOOD_BYTES = ITEMS * encodePeer(item).length;

/**
 * Queues more than the socket buffers of both ends hold, in two classes, since one alone has no
 * room for that.
 */
export const flood = (port: PeersPort, connection: ConnectionId): void => {
  for (let n = 0; n < ITEMS; n += 1) {
    const sendClass = n % 3 === 0 ? 'answer' : 'push';
    expect(port.send([connection], item, { itemId: `${n}`, sendClass })).toEqual([]);
  }
};
