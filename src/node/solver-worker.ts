/** The thread that `solver.ts` starts: a solve loop between two message ports. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadEngine } from './nonce-search.js';
import { SolveLoop, type SolveJob } from './solve-loop.js';
import type { SolverReport, SolverSetup } from './solver.js';

const port = parentPort;
if (port === null) throw new Error('solver-worker.js runs as a worker thread only');

// Only `solver.ts` starts this file; nothing from outside comes through here.
const { engine: choice, hashes } = workerData as SolverSetup;
const report = (message: SolverReport): void => port.postMessage(message);

const engine = await loadEngine(choice);
const loop = new SolveLoop(engine, {
  solved: (serial, nonce) => report({ type: 'solved', serial, nonce: Uint8Array.from(nonce) }),
  tried: (nonces) => void Atomics.add(hashes, 0, BigInt(nonces)),
});

let running = false;
/** One turn per turn of the event loop, so that new jobs get in between. */
const run = (): void => {
  running = !loop.isIdle;
  if (!running) return;
  loop.turn();
  setImmediate(run);
};

port.on('message', (job: SolveJob) => {
  loop.add(job);
  if (!running) run();
});
report({ type: 'ready', engine: engine.name });
