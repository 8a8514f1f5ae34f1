/** The page of results: what was measured beside its target, with the command behind it. */
import { tableText } from './markdown.js';
import { figureText, markOf, rowsOf, widthText, type Outcome } from './rows.js';

/** Where the scenario files are, for the commands. */
const FOLDER = 'test/simulation/scenarios';

const HEAD = `# Results

What \`npm run sim:full\` printed: daemons in virtual time, mean and 95 % confidence interval over
the seeds, beside what is to be reached and the best figure that anybody has published. The page is
written by that command and by nothing else; each table says how to make it alone.

✓ reached, ✗ not reached, no mark where nothing is asked.
`;

/** The whole page. */
export const resultsPage = (outcomes: readonly Outcome[]): string => {
  const files = [...new Set(outcomes.map(({ file }) => file))];
  const sections = files.map((file) => sectionOf(outcomes.filter((one) => one.file === file)));
  return [HEAD, ...sections].join('\n');
};

const sectionOf = (outcomes: readonly Outcome[]): string => {
  const [first] = outcomes;
  if (first === undefined) return '';
  const { scenario } = first;
  return `## ${scenario.title}\n\n${scenario.about}\n\n${outcomes.map(tableOf).join('\n')}`;
};

const tableOf = (outcome: Outcome): string => {
  const { file, nodes, runs } = outcome;
  const command = `hearsay simulate --full --nodes ${nodes} ${FOLDER}/${file}`;
  const broken = runs.flatMap(({ violations }) => violations);
  const rows = rowsOf(outcome, 'targets').map((row) => [
    row.label,
    row.anchor,
    row.target,
    [figureText(row.estimate.mean, row.unit), widthText(row.estimate, row.unit)]
      .filter((text) => text !== '')
      .join(' '),
    markOf(row),
  ]);
  const head = ['measure', 'best anchor', 'target', `${nodes} nodes`, ''];
  return [
    `\`${command}\`: ${runs.length} ${runs.length === 1 ? 'seed' : 'seeds'}`,
    '',
    tableText([head, ...rows]),
    ...broken.map(({ invariant, seed, detail }) => `Seed ${seed} broke ${invariant}: ${detail}\n`),
  ].join('\n');
};
