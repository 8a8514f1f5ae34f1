/**
 * Text to lines of INI. Quotes, escapes and comments are those of the `ini` package; the lines are
 * ours, since its `parse` drops the lines it cannot read, throws on some (`'null' = 1`), loses
 * `[gossip]` behind a key of that name, and says neither where a key stood nor that it stood twice.
 */
import ini from 'ini';

/** One line that says something; `line` counts from 1. */
export type IniLine =
  | { readonly kind: 'section'; readonly line: number; readonly section: string }
  | {
      readonly kind: 'setting';
      readonly line: number;
      readonly section: string;
      readonly key: string;
      readonly text: string;
    }
  | {
      readonly kind: 'unreadable';
      readonly line: number;
      readonly section: string;
      readonly text: string;
    };

const EMPTY = /^\s*(?:[;#]|$)/;
const HEADER = /^\s*\[([^\]]*)\]\s*(?:[;#]|$)/;
const SETTING = /^([^=;#]+)=(.*)$/s;
const QUOTED = /^("(?:[^"\\]|\\.)*"|'[^']*')\s*(?:[;#]|$)/s;

/**
 * Reads the lines of an INI text. Comments begin at `;` or `#`, also behind a section or a value;
 * where one of them belongs to a value it is quoted ("a;b") or escaped (a\;b). A total function.
 */
export const readIniLines = (text: string): IniLine[] => {
  const lines: IniLine[] = [];
  let section = '';
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = index + 1;
    if (EMPTY.test(raw)) continue;
    const header = HEADER.exec(raw)?.[1];
    const setting = SETTING.exec(raw);
    if (header !== undefined) {
      section = unquote(header);
      lines.push({ kind: 'section', line, section });
    } else if (setting === null || setting[1]?.trim() === '') {
      lines.push({ kind: 'unreadable', line, section, text: raw.trim() });
    } else {
      const [, key = '', value = ''] = setting;
      lines.push({ kind: 'setting', line, section, key: unquote(key), text: unquote(value) });
    }
  }
  return lines;
};

/** What stands between quotes is always text, though `unsafe` makes null or an object of some. */
const unquote = (raw: string): string => {
  const text = raw.trim();
  const quoted = QUOTED.exec(text)?.[1];
  if (quoted === undefined) return ini.unsafe(text);
  const inside: unknown = ini.unsafe(quoted);
  return typeof inside === 'string' && inside !== quoted ? inside : quoted.slice(1, -1);
};
