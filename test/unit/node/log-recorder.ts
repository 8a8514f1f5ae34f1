import type { LogLevel, LogPort } from '../../../src/runtime/ports.js';

/** Keeps level and text of what is logged. */
export class LogRecorder {
  readonly lines: [LogLevel, string][] = [];
  readonly log: LogPort = (level, what) => void this.lines.push([level, what]);
}
