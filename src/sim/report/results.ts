/** The page of results: what was measured beside its target, with the command behind it. */
import { tableText } from '../../common/markdown.js';
import { figureText, markOf, rowsOf, widthText, type Outcome } from './rows.js';

/** Where the scenario files are, for the commands. */
const FOLDER = 'test/simulation/scenarios';

const HEAD = `# Results

What the command above each table printed: daemons in virtual time, beside what is to be reached
and the best figure that anybody has published. With \`--results\` that command writes its table
anew and leaves the others as they are; \`npm run sim:full\` writes all. Nothing is written by hand.
The command says of how many seeds a figure is the mean: of one there is no confidence interval, of
more it stands behind. What has no table here has not been played at its full size.

✓ reached, ✗ not reached, no mark where nothing is asked.
`;

/** A title of the page, its text, and its tables by the size that they are about. */
type Section = { readonly about: string; readonly tables: ReadonlyMap<number, string> };

const SECTION = /^## /m;
const TABLES = /^(?=`hearsay simulate )/m;
const TABLE_NODES = /^`hearsay simulate --full --nodes (\d+) /;

/** The whole page: what stood there before, with the tables of these outcomes in their places. */
export const resultsPage = (outcomes: readonly Outcome[], before = ''): string => {
  const sections = sectionsOf(before);
  for (const outcome of outcomes) {
    const { title, about } = outcome.scenario;
    const tables = new Map(sections.get(title)?.tables);
    tables.set(outcome.nodes, tableOf(outcome));
    sections.set(title, { about, tables });
  }
  return pageOf(sections);
};

/** The page with a section of another command's in its place, its text in Markdown. */
export const withSection = (before: string, title: string, about: string): string => {
  const sections = sectionsOf(before);
  sections.set(title, { about, tables: new Map() });
  return pageOf(sections);
};

const pageOf = (sections: ReadonlyMap<string, Section>): string =>
  [HEAD, ...[...sections].map(([title, section]) => sectionText(title, section))].join('\n');

const sectionsOf = (page: string): Map<string, Section> => {
  const [, ...texts] = page.split(SECTION);
  return new Map(
    texts.map((text) => {
      const [head = '', ...tables] = text.split(TABLES);
      const [title = '', ...about] = head.split('\n');
      const sized = tables.map(
        (table) => [Number(TABLE_NODES.exec(table)?.[1]), table.trim()] as const,
      );
      return [title.trim(), { about: about.join('\n').trim(), tables: new Map(sized) }];
    }),
  );
};

const sectionText = (title: string, { about, tables }: Section): string => {
  const sized = [...tables].sort(([one], [other]) => one - other);
  return [`## ${title}`, about, ...sized.map(([, table]) => table)].join('\n\n') + '\n';
};

const tableOf = (outcome: Outcome): string => {
  const broken = outcome.runs.flatMap(({ violations }) => violations);
  const rows = rowsOf(outcome, 'targets').map((row) => [
    row.label,
    row.anchor,
    row.target,
    [figureText(row.estimate.mean, row.unit), widthText(row.estimate, row.unit)]
      .filter((text) => text !== '')
      .join(' '),
    markOf(row),
  ]);
  const head = ['measure', 'best anchor', 'target', `${outcome.nodes} nodes`, ''];
  return [
    `\`${commandOf(outcome)}\``,
    '',
    tableText([head, ...rows]),
    ...broken.map(({ invariant, seed, detail }) => `Seed ${seed} broke ${invariant}: ${detail}\n`),
  ]
    .join('\n')
    .trim();
};

/** What makes the same table again. */
const commandOf = ({ file, nodes, runs }: Outcome): string => {
  const [first] = runs;
  const seeds =
    runs.length === 1 && first !== undefined && first.seed !== '1'
      ? `--seed ${first.seed}`
      : `--seeds ${runs.length}`;
  return `hearsay simulate --full --nodes ${nodes} ${seeds} ${FOLDER}/${file}`;
};
