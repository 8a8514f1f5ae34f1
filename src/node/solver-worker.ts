/** The thread that `solver.ts` starts: a solve loop between two message ports. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ProofHash } from '../core/puzzle.js';
import { loadEngine, type SolverEngine } from './nonce-search.js';
import { SolveLoop, type SolveJob } from './solve-loop.js';
import type { SolverReport, SolverSetup } from './solver.js';

const port = parentPort;
if (port === null) throw new Error('solver-worker.js runs as a worker thread only');

// Only `solver.ts` starts this file; nothing from outside comes through here.
const { engine: choice, hashes } = workerData as SolverSetup;
const report = (message: SolverReport): void => port.postMessage(message);

/** One for each hash, loaded when the first job wants it. */
const engines = new Map<ProofHash, Promise<SolverEngine>>();
const engineFor = (hash: ProofHash): Promise<SolverEngine> => {
  const known = engines.get(hash);
  if (known !== undefined) return known;
  const engine = loadEngine(hash, choice);
  engines.set(hash, engine);
  void engine.then(({ name }) => report({ type: 'ready', engine: name }));
  return engine;
};

const loop = new SolveLoop({
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

/** What cannot be loaded ends the thread, and `solver.ts` hears of it. */
const take = async (job: SolveJob): Promise<void> => {
  loop.add(job, await engineFor(job.hash));
  if (!running) run();
};

port.on('message', (job: SolveJob) => void take(job));
