import { randomBytes } from 'node:crypto';
import { isProofValid } from '../../../src/core/puzzle.js';
import { BATCH_NONCES, loadEngine, type SolverEngine } from '../../../src/node/nonce-search.js';
import { SolveLoop, type SolveJob } from '../../../src/node/solve-loop.js';
import { Recorder } from '../../contract/recorder.js';

const job = (serial: number, difficulty: number, binding = randomBytes(32)): SolveJob => ({
  serial,
  hash: 'sha256',
  binding,
  difficulty,
  cancelled: new Int32Array(new SharedArrayBuffer(4)),
});

const ENGINES = [
  ['hashtree', 'sha256', 'hashtree'],
  ['crypto', 'sha256', 'crypto'],
  ['hash-wasm', 'blake3', 'auto'],
] as const;

describe.each(ENGINES)('nonce search › %s', (name, hash, choice) => {
  const load = () => loadEngine(hash, choice);

  it('is done by it', async () => {
    expect((await load()).name).toBe(name);
  });

  it.each([0, 1, 7, 8, 9, 13, 16])('finds a proof of %i bits', async (difficulty) => {
    const engine = await load();
    const binding = randomBytes(32);
    const search = engine.search({ binding, difficulty }, randomBytes(8));
    let nonce: Buffer | undefined;
    while (nonce === undefined) nonce = search.tryBatch();
    expect(isProofValid({ hash, binding, difficulty }, nonce)).toBe(true);
  });

  it('tries other nonces in each batch, and goes on behind the largest', async () => {
    const engine = await load();
    const binding = Buffer.alloc(32, 5);
    const search = engine.search({ binding, difficulty: 6 }, Buffer.alloc(8, 0xff));
    const found = Array.from({ length: 50 }, () => search.tryBatch()?.toString('hex'));
    const nonces = found.filter((nonce) => nonce !== undefined);
    expect(new Set(nonces).size).toBeGreaterThan(40);
    for (const nonce of nonces) {
      expect(isProofValid({ hash, binding, difficulty: 6 }, Buffer.from(nonce, 'hex'))).toBe(true);
    }
  });

  it('begins where it is told', async () => {
    const engine = await load();
    const first = (start: Buffer): string | undefined =>
      engine
        .search({ binding: Buffer.alloc(32), difficulty: 0 }, start)
        .tryBatch()
        ?.toString('hex');
    expect(first(Buffer.from('0102030405060708', 'hex'))).toBe('0102030405060708');
  });
});

describe('loadEngine', () => {
  it('takes hashtree when it may choose', async () => {
    expect((await loadEngine('sha256', 'auto')).name).toBe('hashtree');
  });
});

describe('SolveLoop', () => {
  /** Finds the nonce of a job in its n-th batch, where n is the job's difficulty. */
  const counting: SolverEngine = {
    name: 'crypto',
    search: ({ difficulty }) => {
      let batches = 0;
      return {
        tryBatch: () => {
          batches += 1;
          return batches < difficulty ? undefined : Buffer.alloc(8, batches);
        },
      };
    },
  };
  const makeLoop = () => {
    const told = new Recorder<
      | { readonly type: 'solved'; readonly serial: number }
      | { readonly type: 'tried'; readonly nonces: number }
    >();
    const loop = new SolveLoop({
      solved: (serial) => told.note({ type: 'solved', serial }),
      tried: (nonces) => told.note({ type: 'tried', nonces }),
    });
    const solved = (): number[] => told.all('solved').map(({ serial }) => serial);
    return { loop, told, solved };
  };

  it('gives every job its turn, the hard one too', () => {
    const { loop, solved } = makeLoop();
    loop.add(job(1, Infinity), counting);
    loop.add(job(2, 2), counting);
    loop.add(job(3, 1), counting);
    loop.turn();
    loop.turn();
    loop.turn();
    expect(solved()).toEqual([2, 3]);
    expect(loop.isIdle).toBe(false);
  });

  it('forgets a cancelled job without another try', () => {
    const { loop, told, solved } = makeLoop();
    const cancelled = job(1, 1);
    loop.add(cancelled, counting);
    Atomics.store(cancelled.cancelled, 0, 1);
    loop.turn();
    expect([solved(), told.all('tried'), loop.isIdle]).toEqual([
      [],
      [{ type: 'tried', nonces: 0 }],
      true,
    ]);
  });

  it('counts what it has tried', () => {
    const { loop, told } = makeLoop();
    loop.add(job(1, 3), counting);
    loop.turn();
    expect(told.all('tried')).toEqual([{ type: 'tried', nonces: 3 * BATCH_NONCES }]);
  });

  it('does nothing when there is nothing to do', () => {
    const { loop, told } = makeLoop();
    loop.turn();
    expect(told.events).toEqual([]);
  });
});
