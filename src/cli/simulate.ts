import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { systemReason } from '../client/errors.js';
import { differenceText } from '../sim/report/difference.js';
import { reportPage } from '../sim/report/page.js';
import { resultsPage } from '../sim/report/results.js';
import type { Outcome, Standard } from '../sim/report/rows.js';
import { rowsOf } from '../sim/report/rows.js';
import { outcomeText, violationText } from '../sim/report/text.js';
import { formatJsonMistakes } from '../sim/scenario/checks.js';
import { NODES_MAX, parseScenario, type Scenario } from '../sim/scenario/schema.js';
import { textAtSize, type ScenarioSize } from '../sim/scenario/size.js';
import { parseFlags, wholeNumber } from './arguments.js';
import { CommandError, UsageError, type Command } from './command.js';
import { EXIT } from './exit-codes.js';
import { outcomeJson } from '../sim/report/json.js';
import { defaultJobs, JOBS_MAX, playAll } from './simulation/pool.js';
import { shrinkBroken } from './simulation/shrink-broken.js';
import { Gathered, type Batch, type ScenarioFile } from './simulation/batches.js';
import { outcomesOf, refuseNoRevision } from './simulation/compare.js';
import { ProgressBar } from './simulation/progress-bar.js';
import type { WorkerTask } from './simulation/worker.js';
import type { Terminal } from './terminal.js';

const SEEDS_MAX = 1_000;
/** MiB of the processes of one run of all at once; they share it. */
const MEMORY_MIB = 12_288;

const help = `usage: hearsay simulate [--full] [--seeds N | --seed S] [--nodes N] [--jobs N]
                        [--report OUT.html] [--results OUT.md] [--trace OUT] [--json] FILE ...

Plays scenarios in the simulator: daemons in virtual time, with what goes wrong. Prints a table with
mean and 95 % confidence interval over the seeds. Unless told otherwise a scenario is played small,
as its file says under quick, and held to its quick bounds.

      FILE              a scenario, as in test/simulation/scenarios
      --full            in the full sizes and with the full number of seeds, held to the targets
      --seeds N         seeds 1 to N instead
      --seed S          this seed alone: a number or a word
      --nodes N         this size instead
      --jobs N          processes at once, default: one a processor
      --report OUT.html writes the tables and plots as a page that needs nothing else
      --results OUT.md  writes the tables into a page of Markdown, each as soon as it is complete;
                        those of other scenarios and sizes stay as they are
      --trace OUT       writes a trace of the first run: hearsay inspect OUT
      --shrink OUT.json when an invariant is broken, writes a smaller scenario that breaks it too
      --compare REF     plays the same at a git revision, and prints what differs
      --json            prints the results as JSON instead of tables
  -h, --help            this text

Exit codes: 0 all was well; 1 an invariant was broken, or a quick bound did not hold; 2 a scenario
file has mistakes, all of which are told; 3 wrong usage.`;

const options = {
  full: { type: 'boolean', default: false },
  seeds: { type: 'string' },
  seed: { type: 'string' },
  nodes: { type: 'string' },
  jobs: { type: 'string' },
  report: { type: 'string' },
  results: { type: 'string' },
  trace: { type: 'string' },
  shrink: { type: 'string' },
  compare: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

type Flags = ReturnType<typeof parseFlags<{ options: typeof options; args: string[] }>>['values'];

/** @throws CommandError with exit code 2 when some are unreadable or mistaken, all of it told. */
const readScenarios = (paths: readonly string[], size: ScenarioSize): ScenarioFile[] => {
  const wrong: string[] = [];
  const files = paths.flatMap((path): ScenarioFile[] => {
    let json: string;
    try {
      json = textAtSize(readFileSync(path, 'utf8'), size);
    } catch (error) {
      wrong.push(`cannot read ${path}: ${systemReason(error)}`);
      return [];
    }
    const parsed = parseScenario(json);
    if (parsed.ok) return [{ file: basename(path), json, scenario: parsed.scenario }];
    wrong.push(formatJsonMistakes(path, parsed.mistakes));
    return [];
  });
  if (wrong.length > 0) throw new CommandError(EXIT.badConfig, wrong.join('\n'));
  return files;
};

const seedsOf = ({ seeds }: Scenario, flags: Flags): string[] => {
  if (flags.seed !== undefined) return [flags.seed];
  const count =
    flags.seeds === undefined
      ? flags.full
        ? seeds.full
        : seeds.quick
      : wholeNumber(flags.seeds, 'the number of seeds', 1, SEEDS_MAX);
  return Array.from({ length: count }, (_, at) => String(at + 1));
};

const sizesOf = ({ nodes }: Scenario, flags: Flags): readonly number[] => {
  if (flags.nodes !== undefined) {
    return [wholeNumber(flags.nodes, 'the number of nodes', 2, NODES_MAX)];
  }
  return flags.full ? nodes.full : [nodes.quick];
};

/** Plays all batches, each run a task of its own. */
const playBatches = async (
  batches: readonly Batch[],
  options: {
    readonly jobs: number;
    readonly trace: string | undefined;
    readonly signal: AbortSignal;
    /** Told of every batch once, when its last run is over. */
    readonly onOutcome?: (outcome: Outcome) => void;
  },
  terminal: Terminal,
): Promise<Outcome[]> => {
  const { jobs, trace, signal, onOutcome } = options;
  const tasks = batches.flatMap(({ json, nodes, seeds }) =>
    seeds.map((seed): WorkerTask => ({ json, nodes, seed, trace: undefined })),
  );
  const [first, ...others] = tasks;
  const traced = first === undefined ? [] : [{ ...first, trace }, ...others];
  const bar = new ProgressBar(terminal, tasks.length);
  const gathered = new Gathered(batches, onOutcome);
  try {
    await playAll(traced, {
      jobs,
      memoryMib: Math.floor(MEMORY_MIB / jobs),
      onProgress: (done) => bar.show(done),
      onResult: (at, result) => gathered.add(at, result),
      onNote: (note) => bar.above(() => terminal.err(note)),
      signal,
    });
    return gathered.outcomes();
  } finally {
    bar.end();
  }
};

const show = async (
  outcomes: readonly Outcome[],
  standard: Standard,
  flags: Flags,
  terminal: Terminal,
): Promise<void> => {
  if (flags.json) {
    const all = outcomes.map((outcome) => outcomeJson(outcome, standard));
    await terminal.out(`${JSON.stringify(all, undefined, 2)}\n`);
  } else {
    for (const outcome of outcomes) await terminal.out(`${outcomeText(outcome, standard)}\n\n`);
  }
  for (const violation of outcomes.flatMap(({ runs }) => runs.flatMap((run) => run.violations))) {
    terminal.err(violationText(violation));
  }
  if (flags.report !== undefined) writeFileSync(flags.report, reportPage(outcomes, standard));
};

/** Puts a table into the page of results, which may not be there yet. */
const record = (path: string, outcome: Outcome): void => {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  writeFileSync(path, resultsPage([outcome], before));
};

/** True when no invariant was broken and, in the quick simulation, every bound held. */
const isWell = (outcomes: readonly Outcome[], standard: Standard): boolean =>
  outcomes.every(
    (outcome) =>
      outcome.runs.every(({ violations }) => violations.length === 0) &&
      (standard === 'targets' ||
        rowsOf(outcome, standard).every(({ isReached }) => isReached !== false)),
  );

/** Said before the runs, which may take hours. @throws CommandError when no file can be there. */
const refuseNoFile = (path: string | undefined): void => {
  if (path === undefined) return;
  const refuse = (reason: string): never => {
    throw new CommandError(EXIT.failed, `cannot write ${path}: ${reason}`);
  };
  if (!existsSync(dirname(path))) refuse(`there is no folder ${dirname(path)}`);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) refuse('it is a folder');
};

/** Flags that another revision's command is given too. */
const passedOn = ({ full, seeds, seed, nodes }: Flags, jobs: number): string[] => [
  ...(full ? ['--full'] : []),
  ...(seeds === undefined ? [] : ['--seeds', seeds]),
  ...(seed === undefined ? [] : ['--seed', seed]),
  ...(nodes === undefined ? [] : ['--nodes', nodes]),
  ...['--jobs', String(jobs)],
];

/** Looks for a small scenario that breaks what the first broken run has broken. */
const cutDown = async (
  outcomes: readonly Outcome[],
  batches: readonly Batch[],
  { path, signal }: { readonly path: string; readonly signal: AbortSignal },
  terminal: Terminal,
): Promise<void> => {
  const at = outcomes.findIndex(({ runs }) => runs.some((run) => run.violations.length > 0));
  const [violation] = outcomes[at]?.runs.flatMap((run) => run.violations) ?? [];
  const json = batches[at]?.json;
  if (violation === undefined || json === undefined) return;
  const smallest = await shrinkBroken(json, violation, { terminal, signal });
  const scenario = { ...smallest.scenario, nodes: { quick: smallest.nodes } };
  writeFileSync(path, `${JSON.stringify(scenario, undefined, 2)}\n`);
  terminal.err(
    `${path}: breaks ${violation.invariant} too: hearsay simulate --seed ${violation.seed} ${path}`,
  );
};

/** `hearsay simulate`: plays scenarios. */
export const command: Command = {
  help,
  async run(args, terminal) {
    const parsed = parseFlags({ args: [...args], options, allowPositionals: true });
    const { values: flags, positionals } = parsed;
    if (positionals.length === 0) throw new UsageError('name a scenario FILE');
    if (flags.seed !== undefined && flags.seeds !== undefined) {
      throw new UsageError('give --seed or --seeds, not both');
    }
    const jobs =
      flags.jobs === undefined
        ? defaultJobs()
        : wholeNumber(flags.jobs, 'the number of processes', 1, JOBS_MAX);
    const { report, results, trace, shrink, compare } = flags;
    for (const path of [report, results, trace, shrink]) refuseNoFile(path);
    if (compare !== undefined) await refuseNoRevision(compare);
    const batches = readScenarios(positionals, flags.full ? 'full' : 'quick').flatMap(
      (file): Batch[] =>
        sizesOf(file.scenario, flags).map((nodes) => ({
          ...file,
          nodes,
          seeds: seedsOf(file.scenario, flags),
        })),
    );
    const standard = flags.full ? 'targets' : 'quick';
    const signal = terminal.interrupted();
    const onOutcome = (outcome: Outcome): void => {
      if (results !== undefined) record(results, outcome);
    };
    const outcomes = await playBatches(batches, { jobs, trace, signal, onOutcome }, terminal);
    await show(outcomes, standard, flags, terminal);
    if (compare !== undefined) {
      const files = [...new Set(batches.map(({ file }) => file))];
      const before = await outcomesOf(compare, files, passedOn(flags, jobs), signal);
      const after = outcomes.map((outcome) => outcomeJson(outcome, standard));
      const head = `${compare} -> this tree`;
      await terminal.out(`${head}\n${differenceText(before, after)}\n`);
    }
    if (shrink !== undefined) {
      await cutDown(outcomes, batches, { path: shrink, signal }, terminal);
    }
    return isWell(outcomes, standard) ? EXIT.ok : EXIT.failed;
  },
};
