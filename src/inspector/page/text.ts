/**
 * How text from outside is shown: clipped, and with the characters that would turn or hide what
 * stands around them made visible. That it is never taken for markup is the page's doing.
 */
import type { Plain } from '../protocol.js';

/** Characters of a string that are shown before it is clipped. */
export const TEXT_CHARACTERS_MAX = 200;

/** Controls, zero-width characters, what overrides the direction of text, other line ends. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

const visible = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
};

/** A number for people: "10,000,000". */
export const grouped = (count: number): string =>
  String(Math.trunc(count)).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** The text with nothing unseen in it, at most about `max` characters. */
export const showText = (text: string, max = TEXT_CHARACTERS_MAX): string => {
  const clipped = text.length > max ? text.slice(0, max) : text;
  const seen = clipped.replace(UNSEEN, visible);
  return clipped === text ? seen : `${seen}… (${grouped(text.length)} characters)`;
};

/** A Buffer as `plain()` of the server left it: its length, its first bytes, maybe its text. */
export type ShownBytes = {
  readonly bytes: number;
  readonly hex: string;
  readonly text?: string;
};

export const isBytes = (value: Plain): value is ShownBytes =>
  isObject(value) &&
  Object.keys(value).length === ('text' in value ? 3 : 2) &&
  typeof value['bytes'] === 'number' &&
  typeof value['hex'] === 'string' &&
  ['string', 'undefined'].includes(typeof value['text']);

export const isObject = (value: Plain | undefined): value is { readonly [key: string]: Plain } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** "5 B 68656c6c6f", or what they say: "5 B “hello”". */
export const bytesText = ({ bytes, hex, text }: ShownBytes): string =>
  `${grouped(bytes)} B ${text === undefined ? showText(hex, 32) : `“${showText(text, 60)}”`}`;

/** A value in one line of at most about `max` characters; never walks more than it shows. */
export const brief = (value: Plain | undefined, max = 80): string => {
  if (value === undefined) return '';
  if (typeof value === 'string') return showText(value, max);
  if (typeof value !== 'object' || value === null) return String(value);
  if (isBytes(value)) return bytesText(value);
  const isList = Array.isArray(value);
  let text = isList ? '[' : '{';
  let isFirst = true;
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    if (text.length >= max) {
      text += ' …';
      break;
    }
    const inner = (value as { readonly [key: string]: Plain })[key];
    const room = Math.max(8, max - text.length);
    text += `${isFirst ? '' : ', '}${isList ? '' : `${showText(key, 40)}: `}${brief(inner, room)}`;
    isFirst = false;
  }
  return `${text}${isList ? ']' : '}'}`;
};

/** A span of time, in milliseconds, in its most telling units: "320 ms", "4.2 s", "3 min 5 s". */
export const spanText = (ms: number): string => {
  if (ms < 0) return `-${spanText(-ms)}`;
  if (ms < 1_000) return `${ms < 10 && ms % 1 !== 0 ? ms.toFixed(1) : Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.trunc(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 2_880) return `${Math.trunc(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.trunc(minutes / 1_440)} d`;
};

/** A moment of the wall clock to the millisecond, in the reader's time zone: "14:03:07.042". */
export const clockText = (atMs: number): string => {
  const date = new Date(atMs);
  if (Number.isNaN(date.getTime())) return '—';
  const two = (part: number): string => String(part).padStart(2, '0');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${time}.${String(date.getMilliseconds()).padStart(3, '0')}`;
};

/** "1.5 KiB". */
export const sizeText = (bytes: number): string => {
  if (bytes < 1_024) return `${bytes} B`;
  if (bytes < 1_048_576) return `${(bytes / 1_024).toFixed(1)} KiB`;
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
};

/** Events a second: "0.3/s", "1,200/s"; empty when there are next to none. */
export const rateText = (perSecond: number): string => {
  if (perSecond < 0.05) return '';
  return perSecond < 10 ? `${perSecond.toFixed(1)}/s` : `${grouped(Math.round(perSecond))}/s`;
};
