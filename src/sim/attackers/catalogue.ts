/** Every attacker that a scenario may name. */
import type { Attacker } from './attacker.js';
import { dropper } from './dropper.js';
import { eclipse } from './eclipse.js';
import { junkSender } from './junk-sender.js';
import { haveLiar, idForger } from './liars.js';
import { poisoner } from './poisoner.js';
import { proofRelayer } from './proof-relayer.js';
import { slowLoris } from './slow-loris.js';
import { sybils } from './sybils.js';
import { wantFlooder } from './want-flooder.js';

/** Those that turn nodes, and those that bring hosts of their own. */
export const ATTACKERS: ReadonlyMap<string, Attacker> = new Map(
  [
    ...[dropper, junkSender, haveLiar, idForger, wantFlooder, poisoner],
    ...[sybils, slowLoris, proofRelayer, eclipse],
  ].map((entry) => [entry.name, entry]),
);
