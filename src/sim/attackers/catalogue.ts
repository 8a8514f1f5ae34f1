/** Every attacker that a scenario may name. */
import type { Attacker } from './attacker.js';
import { dropper } from './dropper.js';
import { junkSender } from './junk-sender.js';
import { haveLiar, idForger } from './liars.js';

export const ATTACKERS: ReadonlyMap<string, Attacker> = new Map(
  [dropper, junkSender, haveLiar, idForger].map((entry) => [entry.name, entry]),
);
