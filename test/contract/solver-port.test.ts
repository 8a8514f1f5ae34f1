import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { isProofValid, type ProofHash, type Puzzle } from '../../src/core/puzzle.js';
import { startSolver, type Solver, type SolverOptions } from '../../src/node/solver.js';
import { LogRecorder } from '../unit/node/log-recorder.js';

/** Workers run what has been built: a thread knows nothing of this test's TypeScript loader. */
const BUILT = new URL('../../dist/src/node/', import.meta.url);
const WORKER = new URL('solver-worker.js', BUILT);
/** No proof of so many bits will ever be found. */
const HOPELESS = 200;

const puzzleOf = (difficulty: number, hash: ProofHash = 'sha256'): Puzzle => ({
  hash,
  binding: randomBytes(32),
  difficulty,
});

const solve = (
  { port }: Solver,
  job: number,
  difficulty: number,
  hash?: ProofHash,
): Promise<void> => {
  const puzzle = puzzleOf(difficulty, hash);
  return new Promise((resolve, reject) => {
    port.solve(job, puzzle, (nonce) => {
      if (isProofValid(puzzle, nonce)) resolve();
      else reject(new Error('no proof'));
    });
  });
};
const fail = (): never => {
  throw new Error('the answer of a cancelled job');
};

describe.each(['hashtree', 'crypto'] as const)('solver port › %s', (engine) => {
  let solver: Solver;
  let logged: LogRecorder;
  const start = (options: Partial<SolverOptions> = {}): Solver => {
    logged = new LogRecorder();
    return (solver = startSolver({
      workers: 1,
      log: logged.log,
      engine,
      workerUrl: WORKER,
      ...options,
    }));
  };
  afterEach(async () => {
    await solver.close();
    expect(logged.lines.filter(([level]) => level === 'error')).toEqual([]);
  });

  it('finds a proof', async () => {
    start();
    await solve(solver, 1, 14);
    expect(solver.hashes()).toBeGreaterThan(0);
  });

  it('finds many at once, on several threads', async () => {
    start({ workers: 2 });
    await Promise.all(Array.from({ length: 40 }, (_, job) => solve(solver, job, job % 13)));
    expect(solver.hashes()).toBeGreaterThanOrEqual(40 * 1_024);
  });

  it('finds proofs with BLAKE3 beside those with SHA-256', async () => {
    start();
    const hashes = ['sha256', 'blake3'] as const;
    await Promise.all(hashes.map((hash, job) => solve(solver, job, 12, hash)));
    expect(logged.lines).toEqual([
      ['debug', 'solver ready'],
      ['debug', 'solver ready'],
    ]);
  });

  it('finds an easy one beside hopeless ones', async () => {
    start();
    for (const job of [1, 2, 3]) solver.port.solve(job, puzzleOf(HOPELESS), fail);
    await solve(solver, 4, 10);
    expect(solver.hashes()).toBeGreaterThan(0);
  });

  it('stops working on a cancelled job', async () => {
    start();
    solver.port.solve(1, puzzleOf(HOPELESS), fail);
    await solve(solver, 2, 8);
    solver.port.cancel(1);
    solver.port.cancel(99);
    await solve(solver, 2, 0);
    await solve(solver, 2, 0);
    const before = solver.hashes();
    await solve(solver, 2, 0);
    await solve(solver, 2, 0);
    // Two batches were asked for; a slice of the cancelled job would have been many more.
    expect(solver.hashes() - before).toBeLessThanOrEqual(3 * 1_024);
  });

  it('answers a job under a used name, and not the one before', async () => {
    start();
    solver.port.solve(1, puzzleOf(0), fail);
    await solve(solver, 1, 8);
    await solve(solver, 2, 8);
    expect(solver.hashes()).toBeGreaterThan(0);
  });
});

describe('solver', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hearsay-solver-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('starts a crashed worker again and gives it its jobs back', async () => {
    const flag = JSON.stringify(join(folder, 'crashed'));
    const worker = join(folder, 'worker.mjs');
    writeFileSync(
      worker,
      `import { existsSync, writeFileSync } from 'node:fs';
       import { parentPort } from 'node:worker_threads';
       if (existsSync(${flag})) await import(${JSON.stringify(WORKER.href)});
       else parentPort.once('message', () => {
         writeFileSync(${flag}, '');
         throw new Error('crashed on purpose');
       });`,
    );
    const logged = new LogRecorder();
    const solver = startSolver({ workers: 1, log: logged.log, workerUrl: pathToFileURL(worker) });
    await solve(solver, 1, 8);
    await solve(solver, 2, 8);
    await solver.close();
    expect(logged.lines.filter(([level]) => level === 'error')).toEqual([
      ['error', 'solver failed'],
    ]);
  });

  it('ends a worker that has nothing to do, and starts it again when there is work', async () => {
    const logged = new LogRecorder();
    const solver = startSolver({ workers: 1, log: logged.log, workerUrl: WORKER, idleMs: 1 });
    const isReady = ([, what]: readonly string[]): boolean => what === 'solver ready';
    for (let job = 1; logged.lines.filter(isReady).length < 2; job += 1) {
      await solve(solver, job, 8);
      // Long enough for a worker that rests after 1 ms to go, however often it takes.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await solver.close();
    expect(logged.lines.every(([level]) => level === 'debug')).toBe(true);
  });

  it('does not keep the process alive', async () => {
    const script = join(folder, 'script.mjs');
    writeFileSync(
      script,
      `import { startSolver } from ${JSON.stringify(new URL('solver.js', BUILT).href)};
       const { port } = startSolver({ workers: 1, log: () => {} });
       const puzzle = { hash: 'sha256', binding: Buffer.alloc(32) };
       port.solve(1, { ...puzzle, difficulty: ${HOPELESS} }, () => {});
       port.solve(2, { ...puzzle, difficulty: 0 }, () => {});
       console.log('ran');`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 10_000 });
    expect(stdout).toBe('ran\n');
  });
});
