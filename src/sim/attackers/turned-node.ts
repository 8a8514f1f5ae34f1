/**
 * A node of the network whose owner is an attacker: the same daemon, with its links, its addresses
 * and its good name, but for what leaves its sockets. That is what somebody has who patches the
 * program, and more than a stranger who has yet to be let in.
 */
import { itemId } from '../../wire/item-id.js';
import type { PeerMessage } from '../../wire/messages.js';
import type { SimNode, Swarm } from '../run/swarm.js';
import type { Foothold, Plot } from './foothold.js';

/** From now on a node does as the plot says. It must be known as hostile (`Swarm.corrupt`). */
export const turn = (swarm: Swarm, node: SimNode, plot: Plot): void => {
  const { daemon, endpoint } = swarm.worldNode(node);
  const foothold: Foothold = {
    links: () => daemon.view.active().map(({ connection }) => connection),
    say: (to, message) => endpoint.say(to, message),
  };
  const { lets, heard, hides } = plot(foothold);
  endpoint.intercept({
    lets: lets ?? (() => true),
    heard: (from, message) => {
      heard?.(from, message);
      return hides?.(message) !== true;
    },
  });
};

/** Ids of the items that a message is about, in hex. */
export const idsIn = (message: PeerMessage): string[] => {
  if (message.type === 'HAVE') return message.ids.map((id) => id.toString('hex'));
  if (message.type !== 'SPREAD') return [];
  const { dataType, expiryMs, salt, data } = message;
  return [itemId(dataType, expiryMs, salt, data)];
};
