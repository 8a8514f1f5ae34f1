/**
 * Where an attacker stands, and what it does there. The two are apart: the same conduct serves a
 * node of the network that was turned (`turn`) and a host that never was one (`HostilePeer`).
 */
import type { ConnectionId } from '../../runtime/ports.js';
import type { PeerMessage } from '../../wire/messages.js';

/** Links to honest daemons, over which an attacker says whatever it likes. */
export type Foothold = {
  /** Links that there are now. */
  links(): readonly ConnectionId[];
  say(to: readonly ConnectionId[], message: PeerMessage): void;
};

/** What an attacker does where it stands. What is absent it does as a daemon would. */
export type Conduct = {
  /** False: what a daemon would send at this moment does not leave. */
  readonly lets?: (message: PeerMessage, to: readonly ConnectionId[]) => boolean;
  /** Something has come; a daemon has not been told of it yet. */
  readonly heard?: (from: ConnectionId, message: PeerMessage) => void;
  /** True: a daemon is told nothing of what has come. */
  readonly hides?: (message: PeerMessage) => boolean;
};

/** Makes up a conduct for one foothold. */
export type Plot = (foothold: Foothold) => Conduct;

/** Says nothing about items that is worth anything: neither sends nor offers one. */
export const isItemTraffic = ({ type }: PeerMessage): boolean =>
  type === 'SPREAD' || type === 'HAVE';
