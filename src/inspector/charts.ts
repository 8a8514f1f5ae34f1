/** The charts of every machine, for the page: drawn once, when a page first asks. */
import type { AnyStateMachine } from 'xstate';
import { apiConnectionMachine } from '../../machines/api-connection.js';
import { challengerMachine } from '../../machines/challenger.js';
import { peerConnectionMachine } from '../../machines/peer-connection.js';
import { peerViewMachine } from '../../machines/peer-view.js';
import { proverMachine } from '../../machines/prover.js';
import { supervisorMachine } from '../../machines/supervisor.js';
import { validationMachine } from '../../machines/validation.js';
import { chartOf } from '../diagram/chart.js';

const MACHINES: readonly AnyStateMachine[] = [
  supervisorMachine,
  apiConnectionMachine,
  peerConnectionMachine,
  challengerMachine,
  proverMachine,
  validationMachine,
  peerViewMachine,
];

/**
 * The answer to `GET /charts`: by machine its chart, the drawing under `svg`. Takes a fifth of a
 * second; between two machines other work gets its turn.
 */
export const chartsText = async (): Promise<string> => {
  // The layout is a program of its own, which only a daemon with an open page needs.
  const { svgOf } = await import('../diagram/svg.js');
  const charts: Record<string, unknown> = {};
  for (const machine of MACHINES) {
    const chart = chartOf(machine);
    charts[machine.id] = { ...chart, svg: await svgOf(chart) };
    await new Promise((resolve) => setImmediate(resolve));
  }
  return JSON.stringify(charts);
};
