import type { Attack } from './attack.js';
import { allInvalid, neverReads } from './by-modules.js';
import { haveFlood, impostor, joinFlood, poison, replayed, wantFlood } from './by-peers.js';
import { clockBack, fullDisk, noDescriptors } from './by-the-host.js';
import { halfOpen, oversize, slowLorisModules, slowLorisPeers, trickled } from './on-sockets.js';

/** Every attack on a running daemon. */
export const ATTACKS: readonly Attack[] = [
  halfOpen,
  slowLorisPeers,
  slowLorisModules,
  trickled,
  oversize,
  wantFlood,
  haveFlood,
  joinFlood,
  replayed,
  poison,
  impostor,
  neverReads,
  allInvalid,
  noDescriptors,
  fullDisk,
  clockBack,
];
