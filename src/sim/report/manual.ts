/** The manual of scenarios, made of the tables that the simulator itself reads. */
import { FAULTS } from '../faults/catalogue.js';
import { INVARIANTS } from '../invariants/catalogue.js';
import { MEASURES } from '../measures/catalogue.js';
import { ATTACKERS } from '../attackers/catalogue.js';
import type { Fields } from '../scenario/checks.js';
import { partFields, scenarioFields } from '../scenario/schema.js';
import { tableText } from '../../common/markdown.js';

/** A table's script column, and what each script does. */
const SCRIPTS: readonly (readonly [script: string, does: string])[] = [
  ['npm run sim', 'every scenario, small; part of the tests'],
  [
    'npm run sim:full',
    'every scenario at full size, which takes hours; writes its tables into `docs/RESULTS.md`',
  ],
  [
    'npm run sim:compare REF',
    'the quick simulation of this tree and of a git revision, and the difference',
  ],
  [
    'npm run sim:frontier',
    'settings of the spread against each other: latency, copies per delivery',
  ],
  [
    'npm run bench:baselines',
    'flooding, gossipsub, HyParView with Plumtree: their own rules in the same network',
  ],
];

const HEAD = `# Simulation

\`hearsay simulate FILE\` plays a scenario: the daemon's own machines by the hundred or thousand, in
virtual time, over a network of eight regions. The same seed gives the same run, to the last event.
What the seeds say together is printed as a table with mean and 95 % confidence interval;
\`--report OUT.html\` adds plots, \`--trace OUT\` writes the first run for \`hearsay inspect OUT\`,
its first 20 nodes. \`hearsay simulate --help\` lists the rest; what was measured at full size is in
[RESULTS](RESULTS.md).

${tableText([['script', 'what it does'], ...SCRIPTS.map(([name, does]) => [`\`${name}\``, does])])}
The scenarios stand in \`test/simulation/scenarios\`. This page is written by \`npm run golden\`.
`;

/** The whole page. */
export const manual = (): string =>
  [
    HEAD,
    '## A scenario file\n',
    'JSON. A field that is not listed is a mistake. All mistakes of all files are told at once, ' +
      'but what\nfits together is looked at only where each part is right. Any number but those ' +
      'of `nodes` and\n`seeds` may be `{ "quick": 10, "full": 250 }`: ' +
      'what it is without `--full`, and with it.\n',
    fieldTable(scenarioFields),
    'Fields of those that are objects, or lists of objects:\n',
    partTable(),
    '## Faults\n',
    'Each entry of `faults` has a `name`, a time `atMs` since the measuring began, and what it ' +
      'takes. Where the\nsame befalls a host again before it is over, the later takes over, and ' +
      'ends it.\n',
    catalogue([...FAULTS.values()]),
    '## Attackers\n',
    'Each entry of `attackers` has a `name` and what it takes; ' +
      'they act when the measuring begins.\n',
    catalogue([...ATTACKERS.values()]),
    '## Measures\n',
    [
      'Each entry of `measures` has a `name`, and may have a `label`, an `anchor` (the best',
      'figure published), `quick` (what must hold in the quick simulation) and `targets` (by',
      'size). A dash, `null` as JSON, means that there was nothing to measure, such as the',
      'latency of items that came to nobody; it reaches no bound. ∞ means that something was',
      'spent and nothing came of it. A target that is missed does not change the exit code; a',
      'quick bound that is missed does, and so does an invariant that is broken.\n',
    ].join('\n'),
    tableText([
      ['measure', 'unit', 'what it says', 'takes'],
      ...[...MEASURES.values()].map(({ name, unit, doc, fields }) => [
        `\`${name}\``,
        unit,
        doc,
        Object.keys(fields)
          .map((field) => `\`${field}\``)
          .join(', '),
      ]),
    ]),
    '## Invariants\n',
    'Asked of every run, whatever is done to it. What breaks one ends the run: seed, step ' +
      'and the last\nmessages are printed, and `--shrink OUT.json` looks for a smaller ' +
      'scenario that breaks it.\n',
    tableText([
      ['invariant', 'what always holds'],
      ...INVARIANTS.map(({ name, doc }) => [`\`${name}\``, doc]),
    ]),
  ].join('\n');

const catalogue = (
  entries: readonly { readonly name: string; readonly doc: string; readonly fields: Fields }[],
): string =>
  entries.length === 0
    ? 'None yet.\n'
    : tableText([
        ['name', 'what happens', 'takes'],
        ...entries.map(({ name, doc, fields }) => [
          `\`${name}\``,
          doc,
          Object.entries(fields)
            .map(([field, { doc: about, fallback }]) => {
              const otherwise = fallback === undefined ? '' : ` (${JSON.stringify(fallback)})`;
              return `\`${field}\`${otherwise}: ${about}`;
            })
            .join('; '),
        ]),
      ]);

const fieldTable = (fields: Fields): string =>
  tableText([
    ['field', 'what it says', 'allowed', 'default'],
    ...Object.entries(fields).map(([name, { doc, check, fallback }]) => [
      `\`${name}\``,
      doc,
      check.allowed,
      fallbackText(name, fallback),
    ]),
  ]);

const partTable = (): string =>
  tableText([
    ['field', 'what it says', 'allowed', 'default'],
    ...Object.entries(partFields).flatMap(([part, fields]) =>
      Object.entries(fields as Fields).map(([name, { doc, check, fallback }]) => [
        `\`${part}.${name}\``,
        doc,
        check.allowed,
        fallbackText(name, fallback),
      ]),
    ),
  ]);

const fallbackText = (name: string, fallback: unknown): string => {
  if (fallback === undefined) return 'must be given';
  if (name === 'config') return 'the defaults of [CONFIG](CONFIG.md), 4 bits of proof';
  return `\`${JSON.stringify(fallback)}\``;
};
