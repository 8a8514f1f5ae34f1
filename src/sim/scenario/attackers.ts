/**
 * Where attackers plug in: a scenario names them in its `attackers`, each with the parameters that
 * it takes. An attacker starts hostile hosts in the world, or turns nodes of the swarm into its own
 * (`Swarm.corrupt`); hosts that it starts it names to the swarm (`Swarm.hostile`).
 */
import type { Random } from '../../core/prng.js';
import type { Swarm } from '../run/swarm.js';
import type { Fields, Read } from './checks.js';

/** What an attacker acts on, when the measuring begins. Its chance is its own. */
export type AttackStage = {
  readonly swarm: Swarm;
  readonly random: Random;
  after(delayMs: number, act: () => void): void;
  /** Writes into the trace what was done. */
  note(text: string): void;
};

/** One entry of the table. */
export type Attacker<Some extends Fields = Fields> = {
  readonly name: string;
  /** One sentence: what it does, and to what end. */
  readonly doc: string;
  /** Its parameters; `share` or `count` where it has several heads. */
  readonly fields: Some;
  act(params: Read<Some>, stage: AttackStage): void;
};

/** Keeps the types of the parameters together with the act. */
export const attacker = <Some extends Fields>(entry: Attacker<Some>): Attacker =>
  entry as unknown as Attacker;

/** Every attacker that a scenario may name. */
export const ATTACKERS: ReadonlyMap<string, Attacker> = new Map(
  ([] as readonly Attacker[]).map((entry) => [entry.name, entry]),
);
