import { Counters } from '../../../src/core/counters.js';
import { mindOverflow } from '../../../src/runtime/overflow.js';
import type { ConnectionId, PeersPort, Ports } from '../../../src/runtime/ports.js';
import type { PeerMessage } from '../../../src/wire/messages.js';

const PING: PeerMessage = { type: 'PING', echo: Buffer.alloc(8) };
const ACCEPT: PeerMessage = { type: 'NEIGHBOR', word: 'accept' };

/** Connections 2 and 3 have no room for anything. */
const setUp = () => {
  const counters = new Counters();
  const stuck: ConnectionId[] = [];
  const peers: Pick<PeersPort, 'send'> = { send: (to) => to.filter((name) => name > 1) };
  const ports = mindOverflow({ peers } as Ports, counters, (name) => stuck.push(name));
  const dropped = (sendClass: string): number =>
    counters.get(`peer_messages_dropped_total{class="${sendClass}"}`);
  return { peers: ports.peers, dropped, stuck };
};

describe('what finds no room', () => {
  it('is counted and dropped when it comes another way', () => {
    const { peers, dropped, stuck } = setUp();
    expect(peers.send([1, 2, 3], PING)).toEqual([2, 3]);
    expect([dropped('control'), stuck]).toEqual([2, []]);
  });

  it('ends the connection when it must not be lost', () => {
    const { peers, dropped, stuck } = setUp();
    peers.send([1, 2], ACCEPT);
    expect([dropped('membership'), stuck]).toEqual([1, [2]]);
  });

  it('is left to whoever sent it when it is the copy of an item', () => {
    const { peers, dropped, stuck } = setUp();
    expect(peers.send([1, 2], PING, { itemId: 'id', sendClass: 'push' })).toEqual([2]);
    expect([dropped('control'), dropped('push'), stuck]).toEqual([0, 0, []]);
  });
});
