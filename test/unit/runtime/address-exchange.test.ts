import {
  AddressExchange,
  JOIN_HOPS,
  type AddressExchangeDeps,
} from '../../../src/runtime/address-exchange.js';
import type { ConnectionId } from '../../../src/runtime/ports.js';
import type { PeerMessage } from '../../../src/wire/messages.js';
import { recordOf } from '../core/numbered-book.js';

describe('a PEER_JOIN', () => {
  it.each([
    [255, JOIN_HOPS - 1],
    [JOIN_HOPS, JOIN_HOPS - 1],
    [2, 1],
  ])('that claims %i hops goes on with %i', (claimed, onward) => {
    const sent: [readonly ConnectionId[], PeerMessage][] = [];
    const peers = {
      send: (to: readonly ConnectionId[], message: PeerMessage) => void sent.push([to, message]),
    };
    const exchange = new AddressExchange({
      ports: { peers },
      config: { peers: { labLinksOnly: false } },
      view: {
        byConnection: () => undefined,
        byIdentity: () => undefined,
        randomActive: (count: number, except: readonly ConnectionId[]) =>
          [{ connection: 7 }, { connection: 8 }]
            .filter(({ connection }) => !except.includes(connection))
            .slice(0, count),
      },
      allowances: { take: () => true },
    } as unknown as AddressExchangeDeps);
    exchange.walk({ connection: 7, peer: recordOf(1), hopsLeft: claimed });
    const peer = recordOf(1);
    expect(sent).toEqual([[[8], { type: 'PEER_JOIN', peer, hopsLeft: onward }]]);
  });
});
