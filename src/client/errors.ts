/**
 * What went wrong, for a program to tell apart:
 * - `unreachable`: no connection could be made;
 * - `closed`: the connection had ended, on purpose, before the bytes were handed to the system;
 * - `broken`: the connection ended by an error, or inside a message;
 * - `garbage`: the other end sent bytes that are no GOSSIP NOTIFICATION.
 */
export type GossipClientErrorCode = 'unreachable' | 'closed' | 'broken' | 'garbage';

/** Every failure of a client that is not a mistake of the caller (those are `RangeError`s). */
export class GossipClientError extends Error {
  override readonly name = 'GossipClientError';
  constructor(
    readonly code: GossipClientErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The shortest useful word for a system error: its code (`ECONNREFUSED`), else its message. */
export const systemReason = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'message' in error ? String(error.message) : String(error);
};
