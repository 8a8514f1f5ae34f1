/** Who plays a scenario, by what its nodes speak. Baselines stand beside the daemon here. */
import type { ProtocolName } from '../scenario/protocol-names.js';
import { runHearsay } from './hearsay.js';
import type { RunHooks, RunPlan, RunResult } from './result.js';

/** Plays a scenario once: the same plan gives the same result. */
export type Player = (plan: RunPlan, hooks: RunHooks) => RunResult;

const PLAYERS: Readonly<Record<ProtocolName, Player>> = {
  hearsay: runHearsay,
};

/** Plays a scenario once. */
export const runScenario = (plan: RunPlan, hooks: RunHooks = {}): RunResult =>
  PLAYERS[plan.scenario.protocol](plan, hooks);
