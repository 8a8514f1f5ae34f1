/** The data of an item for people: what it says, where it is text, beside its first bytes. */
import type { Plain } from './protocol.js';

/** Bytes of the data that are shown as hex, and bytes that are read as text. */
export const DATA_HEX_BYTES = 48;
export const DATA_TEXT_BYTES = 240;

/**
 * Text that shows as it is: no control but ends of lines and tabs, nothing that is unseen or turns
 * the direction of what stands around it, nothing unassigned or private.
 */
const PRINTABLE = /^[\P{C}\n\r\t]*$/u;

/** The text that the bytes begin with in UTF-8; undefined where they are none, or not printable. */
export const printableText = (bytes: Buffer, bytesMax = DATA_TEXT_BYTES): string | undefined => {
  if (bytes.length === 0) return undefined;
  const isCut = bytes.length > bytesMax;
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    // A character that was cut in two waits for its other half.
    const text = decoder.decode(bytes.subarray(0, bytesMax), { stream: isCut });
    return PRINTABLE.test(text) ? `${text}${isCut ? '…' : ''}` : undefined;
  } catch {
    return undefined;
  }
};

/** As other bytes, with the text if there is one; `guard` has the last word on it. */
export const plainData = (data: Buffer, guard: (text: string) => string): Plain => {
  const text = printableText(data);
  return {
    bytes: data.length,
    hex: data.toString('hex', 0, DATA_HEX_BYTES),
    ...(text !== undefined && { text: guard(text) }),
  };
};
