/** Runs targets for so many frames, and says what became of them. */
import { seededRandom } from '../../src/core/prng.js';
import type { Target } from './target.js';

export type FuzzOptions = {
  readonly seed: number;
  readonly frames: number;
  /** Stops a target after this, whatever it has done; in milliseconds. */
  readonly mostMs?: number;
};

export type FuzzResult = {
  readonly name: string;
  readonly frames: number;
  readonly framesPerSecond: number;
  /** What was thrown, with the round in which it was; the first few. */
  readonly findings: readonly string[];
  readonly errors: number;
  /** Live memory in MiB, after a collection where there is one to be had. */
  readonly heapBefore: number;
  readonly heapAfter: number;
};

const FINDINGS_SHOWN = 5;
/** After so many errors a target is given up. */
const ERRORS_MAX = 1_000;
/** Rounds before the heap is first measured: caches fill, code is compiled. */
const WARM_UP_ROUNDS = 50;
const MIB = 1_048_576;

const heap = (): number => {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / MIB;
};

/** Feeds one target. The same seed feeds it the same frames; a round depends on its number only. */
export const fuzz = async (
  target: Target,
  { seed, frames: wanted, mostMs = Infinity }: FuzzOptions,
): Promise<FuzzResult> => {
  const findings: string[] = [];
  let errors = 0;
  const note = (round: number | 'close', error: unknown): void => {
    errors += 1;
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    if (findings.length < FINDINGS_SHOWN) findings.push(`round ${round}: ${what}`);
  };
  const session = await target.open(seededRandom(`${seed}/${target.name}`));
  let frames = 0;
  let heapBefore = heap();
  const startMs = performance.now();
  for (let round = 0; frames < wanted && errors < ERRORS_MAX; round += 1) {
    if (round === WARM_UP_ROUNDS) heapBefore = heap();
    if (performance.now() - startMs > mostMs) break;
    try {
      frames += await session.round(seededRandom(`${seed}/${target.name}/${round}`));
    } catch (error) {
      note(round, error);
      frames += 1;
    }
  }
  const seconds = (performance.now() - startMs) / 1_000;
  const heapAfter = heap();
  try {
    await session.close();
  } catch (error) {
    note('close', error);
  }
  const { name } = target;
  const framesPerSecond = Math.round(frames / seconds);
  return { name, frames, framesPerSecond, findings, errors, heapBefore, heapAfter };
};
