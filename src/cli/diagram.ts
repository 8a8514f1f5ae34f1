import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartOf, type Chart } from '../diagram/chart.js';
import { mermaidOf } from '../diagram/mermaid.js';
import { review } from '../diagram/review-page.js';
import { svgOf } from '../diagram/svg.js';
import { allMachines } from '../tools/machine-folder.js';
import {
  baseOf,
  chartsOfFolder,
  chartsOfRevision,
  repositoryOf,
  RevisionError,
} from '../tools/revision.js';
import { parseFlags } from './arguments.js';
import { CommandError, UsageError, type Command } from './command.js';
import { EXIT } from './exit-codes.js';
import type { Terminal } from './terminal.js';

const help = `usage: hearsay diagram [MACHINE] [--svg|--mermaid] [-o DIR] | --diff [REF] [-o FILE]

Draws the state machines of the protocol, or what has changed in them.

  MACHINE           one of them, such as challenger; all unless told
      --svg         as pictures; all of them only with -o
      --mermaid     as Mermaid text (default)
  -o, --output DIR  writes files there instead of printing
      --diff        compares the machines of this work tree with those of the git revision REF, by
                    default where this branch left the default one, else HEAD~1: prints what has
                    changed and draws it in a page of HTML, FILE (review.html unless told)
  -h, --help        this text`;

const options = {
  svg: { type: 'boolean', default: false },
  mermaid: { type: 'boolean', default: false },
  diff: { type: 'boolean', default: false },
  output: { type: 'string', short: 'o' },
} as const;

/** Says which machines there are, for whoever names another. */
const chosen = (charts: readonly Chart[], name: string | undefined): readonly Chart[] => {
  const found = charts.filter(({ machine }) => name === undefined || machine === name);
  if (found.length > 0) return found;
  const names = charts.map(({ machine }) => machine).join(', ');
  throw new UsageError(`there is no machine "${name ?? ''}"; there are ${names}`);
};

const draw = async (
  terminal: Terminal,
  name: string | undefined,
  { svg, output }: { readonly svg: boolean; readonly output: string | undefined },
): Promise<number> => {
  if (svg && output === undefined && name === undefined) {
    throw new UsageError('name one MACHINE to print its picture, or a folder with -o');
  }
  const charts = chosen((await allMachines()).map(chartOf), name);
  if (output !== undefined) mkdirSync(output, { recursive: true });
  for (const chart of charts) {
    const text = svg ? await svgOf(chart) : `%% ${chart.machine}\n${mermaidOf(chart)}`;
    if (output === undefined) {
      await terminal.out(text);
    } else {
      const path = join(output, `${chart.machine}.${svg ? 'svg' : 'mmd'}`);
      writeFileSync(path, text);
      await terminal.out(`${path}\n`);
    }
  }
  return EXIT.ok;
};

const compare = async (
  terminal: Terminal,
  given: string | undefined,
  file: string,
): Promise<number> => {
  try {
    const folder = await repositoryOf(process.cwd());
    const revision = given ?? (await baseOf(folder));
    const [before, after] = [
      await chartsOfRevision(folder, revision),
      await chartsOfFolder(folder),
    ];
    const { sentences, page } = await review(before, after, {
      before: revision,
      after: 'this work tree',
    });
    if (page === undefined) {
      await terminal.out('no protocol state changed\n');
      return EXIT.ok;
    }
    writeFileSync(file, page);
    await terminal.out(`${sentences.join('\n')}\n${file}: the same in pictures\n`);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof RevisionError)) throw error;
    throw new CommandError(EXIT.failed, error.message);
  }
};

/** `hearsay diagram`: draws the machines, or what changed in them since a revision. */
export const command: Command = {
  help,
  async run(args, terminal) {
    const { values, positionals } = parseFlags({ args, options, allowPositionals: true });
    const { svg, mermaid, diff, output } = values;
    const [name, ...rest] = positionals;
    if (rest.length > 0) throw new UsageError(`"${rest.join(' ')}" is too many`);
    if (svg && mermaid) throw new UsageError('give --svg or --mermaid, not both');
    if (diff && (svg || mermaid)) throw new UsageError('--diff writes HTML: leave the format out');
    return diff
      ? compare(terminal, name, output ?? 'review.html')
      : draw(terminal, name, { svg, output });
  },
};
