/** A transcript as a page: what it shows, its picture, the same for forges in Mermaid, the text. */
import { formatState, type TraceLine } from '../runtime/trace.js';
import { participants } from './sequence-svg.js';

/** What stands above a transcript. */
export type Heading = {
  /** Names the files. */
  readonly name: string;
  readonly title: string;
  readonly about: string;
};

const COLUMNS = 100;

/** The page in Markdown; its picture is `NAME.svg` beside it. */
export const sequencePage = (
  { name, title, about }: Heading,
  lines: readonly TraceLine[],
  text: string,
): string =>
  [
    `# ${title}`,
    wrapped(about),
    `![${title}](${name}.svg)`,
    'The same as text, which `test/simulation/golden.test.ts` compares:',
    '```text\n' + text + '```',
    'And for whoever reads this where Mermaid is drawn:',
    '```mermaid\n' + sequenceMermaid(lines) + '```\n',
  ].join('\n\n');

/** A list of all pages. */
export const sequenceIndex = (headings: readonly Heading[]): string =>
  [
    '# Conversations',
    wrapped(
      'What daemons say to each other, played in the simulator: the same machines, a virtual ' +
        'network. A test plays each again and compares; `npm run golden` writes them anew.',
    ),
    headings.map(({ name, title }) => `- [${title}](${name}.md)\n`).join(''),
  ].join('\n\n');

/** A sequence diagram in Mermaid. */
export const sequenceMermaid = (lines: readonly TraceLine[]): string => {
  const who = participants(lines);
  const idOf = (name: string): string => `p${who.indexOf(name)}`;
  const [first, last] = [who[0] ?? '', who.at(-1) ?? ''];
  const drawn = lines.map((line): string => {
    switch (line.kind) {
      case 'message':
        return `${idOf(line.from)}->>${idOf(line.to)}: ${safe(`${line.name} ${line.detail}`)}`;
      case 'note':
        return `Note over ${idOf(first)},${idOf(last)}: ${safe(line.detail)}`;
      case 'item':
        return `Note over ${idOf(line.node)}: ${safe(`${line.item} ${line.detail}`)}`;
      case 'state':
        return `Note over ${idOf(line.node)}: ${safe(`${line.actor} ${formatState(line)}`)}`;
    }
  });
  const heads = who.map((name) => `participant ${idOf(name)} as ${name}`);
  return ['sequenceDiagram', ...[...heads, ...drawn].map((line) => `  ${line}\n`)]
    .join('\n')
    .replaceAll('\n\n', '\n');
};

/** Mermaid takes `;` for the end of a line and `#` for the beginning of an entity. */
const safe = (text: string): string =>
  text.replaceAll('#', 'no. ').replaceAll(';', ',').replaceAll('->', '→');

const wrapped = (text: string): string => {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + word.length < COLUMNS) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
};
