/** What a fault is, and what it may do with. */
import { shuffled, type Random } from '../../core/prng.js';
import {
  share,
  whole,
  type Check,
  type Field,
  type Fields,
  type Read,
} from '../scenario/checks.js';
import type { SimNode, Swarm } from '../run/swarm.js';

/** What a fault acts on. Its chance is its own: one fault does not move another's. */
export type FaultStage = {
  readonly swarm: Swarm;
  readonly random: Random;
  /** Has something done so many ms later, unless the run is over. */
  after(delayMs: number, act: () => void): void;
  /** Writes into the trace what was done to the world. */
  note(text: string): void;
  /** A round of the fault begins: items are judged by the round in which they were announced. */
  round(): void;
  /** From now on items are told by whether they came over the links that there are now. */
  markLinks(): void;
  /** A node is back from a time away: it has so long to catch up with what it missed. */
  returned(node: SimNode): void;
};

/** One entry of the catalogue: a fault that scenarios name. */
export type Fault<Some extends Fields = Fields> = {
  readonly name: string;
  /** One sentence: what happens to whom. */
  readonly doc: string;
  readonly fields: Some;
  act(params: Read<Some>, stage: FaultStage): void;
};

/** Keeps the types of the parameters together with the act. */
export const fault = <Some extends Fields>(entry: Fault<Some>): Fault => entry;

/** A field of a fault. */
export const field = <Value>(check: Check<Value>, doc: string, fallback?: Value): Field<Value> => ({
  check,
  doc,
  ...(fallback !== undefined && { fallback }),
});

/** Whom a fault strikes: a share of the honest nodes that run, or so many of them. */
export const victims = {
  share: field(share, 'share of the nodes, the bootstrappers aside', 0),
  count: field(whole(0, 100_000, 'nodes'), 'so many nodes more', 0),
};

/** Draws the victims. The first of the nodes, through which the others join, are spared. */
export const drawVictims = (
  { swarm, random }: Pick<FaultStage, 'swarm' | 'random'>,
  { share: part, count }: { readonly share: number; readonly count: number },
): SimNode[] => {
  const spared = new Set(swarm.bootstrappers());
  const nodes = swarm.up().filter((node) => !spared.has(node) && !node.isFrozen);
  return shuffled(nodes, random).slice(0, Math.round(part * nodes.length) + count);
};
