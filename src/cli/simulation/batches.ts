/** The runs that a command asks for, and their results, sorted into what they are runs of. */
import type { Outcome } from '../../sim/report/rows.js';
import type { RunResult } from '../../sim/run/result.js';
import type { Scenario } from '../../sim/scenario/schema.js';

/** A scenario file, read. */
export type ScenarioFile = {
  readonly file: string;
  readonly json: string;
  readonly scenario: Scenario;
};

/** One scenario at one size, with its seeds. */
export type Batch = ScenarioFile & { readonly nodes: number; readonly seeds: readonly string[] };

/** Results of runs, which are numbered through all batches, as outcomes of the batches. */
export class Gathered {
  readonly #batches: readonly Batch[];
  readonly #onOutcome: ((outcome: Outcome) => void) | undefined;
  readonly #results = new Map<number, RunResult>();

  constructor(batches: readonly Batch[], onOutcome: ((outcome: Outcome) => void) | undefined) {
    this.#batches = batches;
    this.#onOutcome = onOutcome;
  }

  add(at: number, result: RunResult): void {
    this.#results.set(at, result);
    let begin = 0;
    for (const batch of this.#batches) {
      const end = begin + batch.seeds.length;
      if (at < end) {
        const outcome = this.#outcome(batch, begin);
        if (outcome.runs.length === batch.seeds.length) this.#onOutcome?.(outcome);
        return;
      }
      begin = end;
    }
  }

  outcomes(): Outcome[] {
    let begin = 0;
    return this.#batches.map((batch) => {
      const outcome = this.#outcome(batch, begin);
      begin += batch.seeds.length;
      return outcome;
    });
  }

  #outcome({ file, scenario, nodes, seeds }: Batch, begin: number): Outcome {
    const runs = seeds.flatMap((_, at) => this.#results.get(begin + at) ?? []);
    return { file, scenario, nodes, runs };
  }
}
