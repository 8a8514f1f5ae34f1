/**
 * A log that hostile connections cannot fill: of each kind of line so many at once, then one a
 * second; the next that passes says how many were left out. Debug lines pass: who asks for them
 * wants them all.
 */
import { TokenBucket } from '../core/token-bucket.js';
import type { ClockPort, LogPort } from './ports.js';

/** Lines of one kind at once, and then per second; our guess: 16 MB a day at the worst. */
export const LOG_BURST = 200;
export const LOG_LINES_PER_SECOND = 1;

type Kind = { readonly bucket: TokenBucket; leftOut: number };

export const limitLog = (log: LogPort, clock: ClockPort): LogPort => {
  const kinds = new Map<string, Kind>();
  const kindOf = (what: string): Kind => {
    const known = kinds.get(what);
    if (known !== undefined) return known;
    const kind = { bucket: new TokenBucket(LOG_LINES_PER_SECOND, LOG_BURST), leftOut: 0 };
    kinds.set(what, kind);
    return kind;
  };
  return (level, what, fields) => {
    if (level === 'debug') return log(level, what, fields);
    const kind = kindOf(what);
    if (!kind.bucket.take(1, clock.monotonicMs())) {
      kind.leftOut += 1;
      return;
    }
    const more = kind.leftOut === 0 ? undefined : kind.leftOut;
    kind.leftOut = 0;
    log(level, what, { ...fields, ...(more !== undefined && { leftOut: more }) });
  };
};
