/** Cuts a broken run down, playing each candidate in a process of its own. */
import type { Violation } from '../../sim/invariants/invariant.js';
import { shrink, type Case, type ScenarioJson } from '../../sim/run/shrink.js';
import { parseScenario } from '../../sim/scenario/schema.js';
import type { Terminal } from '../terminal.js';
import { playAll } from './pool.js';

/** Candidates that are played at most. Our guess: more than a scenario has parts. */
const TRIES_MAX = 200;
const MEMORY_MIB = 4_096;

/** The smallest case that breaks the same invariant with the same seed. */
export const shrinkBroken = (
  json: string,
  { invariant, seed, nodes }: Violation,
  { terminal, signal }: { readonly terminal: Terminal; readonly signal: AbortSignal },
): Promise<Case> => {
  const breaks = async (candidate: Case): Promise<boolean> => {
    const text = JSON.stringify(candidate.scenario);
    if (!parseScenario(text).ok) return false;
    const [result] = await playAll(
      [{ json: text, nodes: candidate.nodes, seed, trace: undefined }],
      {
        jobs: 1,
        memoryMib: MEMORY_MIB,
        onProgress: () => undefined,
        onNote: () => undefined,
        signal,
      },
    );
    return result?.violations.some((violation) => violation.invariant === invariant) === true;
  };
  const tell = ({ scenario, nodes: fewer }: Case): void => {
    const items = scenario.items.reduce((sum, { count }) => sum + count, 0);
    const faults = scenario.faults?.length ?? 0;
    terminal.status(`still broken with ${fewer} nodes, ${items} items, ${faults} faults`);
  };
  const found = { scenario: JSON.parse(json) as ScenarioJson, nodes };
  return shrink(found, { breaks, triesMax: TRIES_MAX, onSmaller: tell }).finally(() =>
    terminal.status(''),
  );
};
