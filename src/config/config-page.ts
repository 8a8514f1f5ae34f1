import { chapters } from './schema.js';
import { allowedText, defaultText, nameOf, type AnySetting } from './setting.js';

const PAGE_HEAD = `# Configuration

Written by \`src/tools/write-config.ts\` from \`src/config/schema\`, as is \`config/default.ini\`.

The file is INI. Comments begin at \`;\` or \`#\`, also behind a value; a value that holds one of
them stands in quotes. Every key is optional. Durations are in seconds, sizes in bytes. Relative
paths start from the directory in which the daemon runs. An optional key left empty is as good as
absent. An unknown section or key is warned about; a mistake, or a key that stands twice, ends the
daemon with exit code 2 after all mistakes of the file have been listed. The command line beats the
file: \`-v\` validation_timeout, \`-s\` suppress_time, \`-l\` [log] file,
\`--log-level\` [log] level.

Example: \`config/local-1.ini\`, \`local-2.ini\` and \`local-3.ini\` are a network on loopback.
`;

/** Text of docs/CONFIG.md: a table of keys under each heading, as prettier would lay it out. */
export const configPage = (): string =>
  [
    PAGE_HEAD,
    ...chapters.map(({ heading, settings }) => `## ${heading}\n\n${table(settings)}\n`),
  ].join('\n');

const table = (settings: readonly AnySetting[]): string => {
  const rows = [
    ['key', 'effect', 'allowed', 'default', 'source'],
    ...settings.map((setting) => [
      `\`${nameOf(setting)}\``,
      setting.effect,
      allowedText(setting),
      defaultText(setting),
      setting.provenance,
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), rule, ...body.map(line)].join('\n');
};
