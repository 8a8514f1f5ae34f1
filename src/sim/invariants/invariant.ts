/** What must be true throughout a run, and what is noted when it is not. */
import type { ItemIndex } from '../measures/meter.js';
import type { SimNode, Swarm } from '../run/swarm.js';
import type { Scenario } from '../scenario/schema.js';
import type { WorldNode } from '../world.js';

/** Something that must not be. Everything in it is plain data. */
export type Violation = {
  /** Name of the invariant. */
  readonly invariant: string;
  /** Who, what, and how it should be. */
  readonly detail: string;
  readonly seed: string;
  readonly nodes: number;
  /** Virtual ms since the world began. */
  readonly atMs: number;
  /** Which event of the run it was: the same seed comes to it again. */
  readonly step: number;
  /** What happened just before, a line each. */
  readonly tail: readonly string[];
};

/** What an invariant looks at. */
export type InvariantStage = {
  readonly swarm: Swarm;
  readonly scenario: Scenario;
  /** How often `look` is asked. */
  readonly intervalMs: number;
  /** It does not hold: says so, and ends the run. */
  violate(detail: string): void;
};

/** One invariant at work: it is asked at certain moments, and says itself what it found. */
export type Watcher = {
  /** Asked again and again, every `intervalMs`. */
  look?(): void;
  /** Asked once, when everything has come to rest. */
  end?(): void;
  /** An honest node sends an item. */
  relay?(node: SimNode, item: ItemIndex): void;
  /** A module was notified of an item that it knew. */
  twice?(node: SimNode, item: ItemIndex): void;
  /** A daemon has ended in order; its clock still runs. */
  ended?(node: WorldNode): void;
};

export type Invariant = {
  readonly name: string;
  /** One sentence that is always true. */
  readonly doc: string;
  watch(stage: InvariantStage): Watcher;
};
