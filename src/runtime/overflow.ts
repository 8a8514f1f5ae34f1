/**
 * What becomes of what is to be sent and finds no room in its class. Items are `Links`' affair:
 * they become HAVEs. The rest of *control* is dropped: an item that was not offered or asked for
 * comes another way, a PING that was not sent makes the link suspect. Of *membership* nothing may
 * be lost, since it is said once: the connection ends.
 */
import type { Counters } from '../core/counters.js';
import { SEND_CLASSES, sendClassOf } from '../core/send-classes.js';
import type { ConnectionId, PeersPort, Ports } from './ports.js';

/** The same ports. `onStuck`: a connection does not even take what must not be lost. */
export const mindOverflow = (
  ports: Ports,
  counters: Counters,
  onStuck: (connection: ConnectionId) => void,
): Ports => {
  for (const sendClass of SEND_CLASSES) {
    counters.gauge(`peer_waiting_bytes{class="${sendClass}"}`, () =>
      ports.peers.waitingBytes(sendClass),
    );
  }
  const send: PeersPort['send'] = (connections, message, copy) => {
    const refused = ports.peers.send(connections, message, copy);
    if (refused.length === 0 || copy !== undefined) return refused;
    const sendClass = sendClassOf(message.type);
    counters.count(`peer_messages_dropped_total{class="${sendClass}"}`, refused.length);
    if (sendClass === 'membership') for (const connection of refused) onStuck(connection);
    return refused;
  };
  return { ...ports, peers: { ...ports.peers, send } };
};
