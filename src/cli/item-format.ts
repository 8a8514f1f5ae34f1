import { isUtf8 } from 'node:buffer';
import type { Notification } from '../client/notification-stream.js';

/** Control characters that text has; any other makes the data binary. */
const TEXT_CONTROLS: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);
const CONTROL = /\p{Cc}/gu;
/** What a terminal would obey or hide: controls, invisible and direction marks, line separators. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\]/gu;

const escapeCharacter = (character: string): string =>
  TEXT_CONTROLS.get(character) ??
  (character === '\\' ? '\\\\' : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);

const textOf = (data: Buffer): string | undefined => {
  if (!isUtf8(data)) return undefined;
  const text = data.toString('utf8');
  const binary = [...text.matchAll(CONTROL)].some(([control]) => !TEXT_CONTROLS.has(control));
  return binary ? undefined : text;
};

/**
 * The data of an item on one line that is safe to print: text in quotes, with `\n`, `\r`, `\t`,
 * backslashes and invisible characters escaped; anything that is not text as `0x` and hex digits.
 */
export const formatData = (data: Buffer): string => {
  const text = textOf(data);
  return text === undefined
    ? `0x${data.toString('hex')}`
    : `"${text.replace(UNSAFE, escapeCharacter)}"`;
};

type Item = Pick<Notification, 'dataType' | 'data' | 'messageId'>;

/** Time (ISO 8601), data type, size in bytes, data. */
export const formatItem = (time: Date, { dataType, data }: Item): string =>
  `${time.toISOString()} ${dataType} ${data.length} ${formatData(data)}`;

/** One JSON object: the data as base64, and as `text` where it is text. */
export const formatItemJson = (time: Date, { dataType, data, messageId }: Item): string =>
  JSON.stringify({
    time: time.toISOString(),
    type: dataType,
    size: data.length,
    messageId,
    text: textOf(data),
    base64: data.toString('base64'),
  });
