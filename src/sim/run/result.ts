/** What a run leaves behind: plain data, so that it passes between processes and into files. */
import type { SpreadProfile } from '../../core/spread-profile.js';
import type { Violation } from '../invariants/invariant.js';
import type { Bin } from '../measures/histogram.js';
import type { Health } from '../measures/health.js';
import type { Scenario } from '../scenario/schema.js';
import type { WorldNode } from '../world.js';

/** What is to be run. */
export type RunPlan = {
  readonly scenario: Scenario;
  readonly nodes: number;
  readonly seed: string;
  /** In place of the one that the scenario's configuration names: for trials of others. */
  readonly profile?: SpreadProfile | undefined;
};

export type RunResult = {
  readonly seed: string;
  readonly nodes: number;
  /** In the order of the scenario's measures; NaN where there was nothing to measure. */
  readonly measures: readonly number[];
  readonly violations: readonly Violation[];
  /** Latencies of all deliveries, for the plots. */
  readonly latency: readonly Bin[];
  /** Deliveries that were expected, and those of them that did not happen. */
  readonly expected: number;
  readonly missing: number;
  /** How many expected deliveries came in so many copies: the index is the number of copies. */
  readonly copies: readonly number[];
  /** The overlay over time. */
  readonly health: readonly Health[];
  /** What was done to the world: virtual ms since the measuring began. */
  readonly notes: readonly { readonly atMs: number; readonly text: string }[];
  /** Timers that fired, and how long the world has lasted. */
  readonly events: number;
  readonly virtualMs: number;
};

/** What whoever runs a scenario may want to know meanwhile. */
export type RunHooks = {
  /** How far it is, 0 to 1; about once a virtual second. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** Shown every daemon before it has run, if the nodes are daemons. */
  readonly onDaemon?: ((node: WorldNode) => void) | undefined;
};
