import { chapters } from './schema.js';
import { allowedText, defaultText, type AnySetting } from './setting.js';

const COLUMNS = 98;

const HEAD = `Configuration of hearsay, with every key at its default. It is written by
src/tools/write-config.ts from src/config/schema: copy it, change the copy.
A line "; key = value" is commented out: the key is optional and absent by default.
Comments begin at ; or #; a value that holds one of them stands in "quotes".`;

/** Text of config/default.ini: each key with what it does, its unit, range and default. */
export const defaultIni = (): string => {
  const lines = comment(HEAD);
  let section = '';
  for (const { heading, settings } of chapters) {
    const next = settings[0]?.section ?? section;
    lines.push('');
    if (next !== section) lines.push(`[${next}]`);
    section = next;
    lines.push(`; ---- ${heading}`.padEnd(COLUMNS, ' -').trimEnd());
    for (const setting of settings) lines.push('', ...describe(setting));
  }
  return `${lines.join('\n')}\n`;
};

const describe = (setting: AnySetting): string[] => {
  const { kind, otherwise, key } = setting;
  const line =
    otherwise === undefined
      ? `${key} = ${kind.write(setting.default)}`.trimEnd()
      : `; ${key} = ${kind.write(otherwise.example)}`;
  return [
    ...comment(setting.effect),
    ...comment(`Allowed: ${allowedText(setting)}.`),
    ...comment(`Default: ${defaultText(setting)} (${setting.provenance}).`),
    line,
  ];
};

const comment = (text: string): string[] =>
  text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = ';';
    for (const word of paragraph.split(' ')) {
      if (line.length + 1 + word.length > COLUMNS) {
        lines.push(line);
        line = ';';
      }
      line += ` ${word}`;
    }
    return [...lines, line];
  });
