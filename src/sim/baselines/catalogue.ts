/** The baselines by name, for scenarios and benchmarks. */
import type { BaselineProtocol } from './baseline.js';
import { flooding } from './flooding.js';
import { gossipsub, gossipsubIdontwant, gossipsubInStep } from './gossipsub.js';
import { hyparviewPlumtree, hyparviewPlumtreeWide } from './hyparview-plumtree.js';

export const BASELINES: readonly BaselineProtocol[] = [
  flooding,
  gossipsub,
  gossipsubIdontwant,
  gossipsubInStep,
  hyparviewPlumtree,
  hyparviewPlumtreeWide,
];

/** @throws RangeError when there is no baseline of that name; the message lists those that are. */
export const baselineNamed = (name: string): BaselineProtocol => {
  const found = BASELINES.find((baseline) => baseline.name === name);
  if (found !== undefined) return found;
  const names = BASELINES.map((baseline) => baseline.name).join(', ');
  throw new RangeError(`no baseline ${name}; there are ${names}`);
};
