/** What an attacker is, and what it may do with. */
import type { Random } from '../../core/prng.js';
import type { SimNode, Swarm } from '../run/swarm.js';
import {
  milliseconds,
  share,
  whole,
  type Check,
  type Field,
  type Fields,
  type Read,
} from '../scenario/checks.js';
import { drawVictims } from '../faults/fault.js';

/** What the network asks of those who shake hands in it. */
export type HandshakeTerms = {
  /** Leading zero bits of proofs. */
  readonly difficulty: number;
  readonly tls: boolean;
  readonly blake3: boolean;
};

/** What an attacker acts on, when the measuring begins. Its chance is its own. */
export type AttackStage = {
  readonly swarm: Swarm;
  readonly random: Random;
  readonly terms: HandshakeTerms;
  /** Has something done so many ms later, unless the run is over. */
  after(delayMs: number, act: () => void): void;
  /** Writes into the trace what was done. */
  note(text: string): void;
};

/** One entry of the catalogue: an attacker that scenarios name. */
export type Attacker<Some extends Fields = Fields> = {
  readonly name: string;
  /** One sentence: what it does, and to what end. */
  readonly doc: string;
  /** Its parameters; `share` or `count` where it has several heads. */
  readonly fields: Some;
  act(params: Read<Some>, stage: AttackStage): void;
};

/** Keeps the types of the parameters together with the act. */
export const attacker = <Some extends Fields>(entry: Attacker<Some>): Attacker => entry;

/** A field of an attacker. */
export const field = <Value>(check: Check<Value>, doc: string, fallback?: Value): Field<Value> => ({
  check,
  doc,
  ...(fallback !== undefined && { fallback }),
});

/** Which nodes are the attacker's: a share of those that run, or so many of them. */
export const turned = {
  share: field(share, 'share of the nodes that it has turned, the bootstrappers aside', 0),
  count: field(whole(0, 100_000, 'nodes'), 'so many nodes more', 0),
};

/** How often something is done. */
export const pace = (fallbackMs: number, what: string) => ({
  everyMs: field(milliseconds(60_000), `between two ${what}`, fallbackMs),
});

/** Draws the nodes that are the attacker's from now on: nothing is expected of them any more. */
export const drawTurned = (
  stage: AttackStage,
  params: { readonly share: number; readonly count: number },
): SimNode[] => {
  const nodes = drawVictims(stage, params);
  for (const node of nodes) stage.swarm.corrupt(node);
  return nodes;
};

/** Does something now and again and again, until the run is over. */
export const repeat = (stage: AttackStage, everyMs: number, act: () => void): void => {
  act();
  stage.after(everyMs, () => repeat(stage, everyMs, act));
};
