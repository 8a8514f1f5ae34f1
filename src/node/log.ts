import { appendFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import winston from 'winston';
import type { LogLevel, LogPort } from '../runtime/ports.js';
import { describeFailure } from './failure.js';

/** Where log lines go. */
export type LogOptions = {
  /** The least urgent level that is written. */
  readonly level: LogLevel;
  /** A file that lines are appended to, besides the console; it is made with mode 0600. */
  readonly file?: string | undefined;
  /** The console; default stderr, since stdout may belong to a pipeline. */
  readonly console?: Writable;
};

/** An open log. */
export type Log = {
  readonly log: LogPort;
  /** Resolves when every line has been written, or given up. */
  close(): Promise<void>;
};

/** Most urgent first: npm's order, without the levels that we do not use. */
const LEVELS: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 };
const LEVEL_WIDTH = 5;
/** A longer value is cut: whoever sends us text must not fill our disk with one line. */
const VALUE_CHARACTERS_MAX = 1_000;
/** Lines held while the disk is slow; more are dropped and counted. */
export const WAITING_LINES_MAX = 10_000;

/** A value that needs no quotes: printable ASCII without space, quote, backslash or equals sign. */
const PLAIN = /^[!#-<>-[\]-~]+$/;
/** What JSON leaves as it is and a terminal does not: C1 controls, invisible and bidirectional. */
const TREACHEROUS = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/**
 * Opens the log. One event is one line: `2026-01-01T12:00:00.000Z info  link established peer=…`.
 * Text from outside is quoted and escaped, so that it can neither forge a line nor speak to the
 * terminal. Logging never throws: a file that cannot be written is complained of on the console,
 * once per series of failures, and tried again with the next line.
 */
export const openLog = ({ level, file, console = process.stderr }: LogOptions): Log => {
  const complain = (reason: string): void => {
    if (file !== undefined)
      console.write(`${formatLine('warn', 'log file not written', { file, reason })}\n`);
  };
  // A closed pipe at the other end of stderr is no reason to stop.
  console.on('error', ignore);
  const sink = file === undefined ? undefined : new LogFile(file, complain);
  const logger = winston.createLogger({
    level,
    levels: LEVELS,
    format: winston.format.printf(({ message }) => String(message)),
    transports: [
      new winston.transports.Stream({ stream: console }),
      ...(sink === undefined ? [] : [new winston.transports.Stream({ stream: sink })]),
    ],
  });
  logger.on('error', ignore);
  const log: LogPort = (lineLevel, what, fields) => {
    if (LEVELS[lineLevel] > LEVELS[level]) return;
    logger.log(lineLevel, formatLine(lineLevel, what, fields));
  };
  return {
    log,
    close: async () => {
      const finished = new Promise((resolve) => logger.once('finish', resolve));
      logger.end();
      await finished;
      await new Promise<void>((resolve) => (sink === undefined ? resolve() : sink.end(resolve)));
      console.off('error', ignore);
    },
  };
};

const ignore = (): void => undefined;

/** One event as one line, without its end; `now` is its time in ms since 1970. */
export const formatLine = (
  level: LogLevel,
  what: string,
  fields: Parameters<LogPort>[2] = {},
  now = Date.now(),
): string =>
  [
    new Date(now).toISOString(),
    level.padEnd(LEVEL_WIDTH),
    escapeText(what),
    ...Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key}=${formatValue(String(value))}`),
  ].join(' ');

const formatValue = (value: string): string => {
  const cut =
    value.length > VALUE_CHARACTERS_MAX ? `${value.slice(0, VALUE_CHARACTERS_MAX)}…` : value;
  return PLAIN.test(cut) ? cut : `"${escapeText(cut)}"`;
};

const escapeText = (text: string): string =>
  JSON.stringify(text)
    .slice(1, -1)
    .replace(
      TREACHEROUS,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );

/**
 * Appends lines to a file, all that wait in one write. The file is opened for each, so it may be
 * moved away by a log rotation, and a disk that was full may be used again.
 */
class LogFile extends Writable {
  readonly #path: string;
  readonly #complain: (reason: string) => void;
  #waiting: string[] = [];
  #dropped = 0;
  #writing: Promise<void> | undefined;
  #failing = false;

  constructor(path: string, complain: (reason: string) => void) {
    super({ decodeStrings: false });
    this.#path = path;
    this.#complain = complain;
  }

  override _write(line: string, _encoding: BufferEncoding, next: () => void): void {
    if (this.#waiting.length < WAITING_LINES_MAX) this.#waiting.push(line);
    else this.#dropped += 1;
    this.#writing ??= this.#writeAll();
    next();
  }

  override _final(done: () => void): void {
    void Promise.resolve(this.#writing).then(done);
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting.splice(0);
      if (this.#dropped > 0) lines.push(this.#confess());
      try {
        await appendFile(this.#path, lines.join(''), { mode: 0o600 });
        this.#failing = false;
      } catch (error) {
        if (!this.#failing) this.#complain(describeFailure(error));
        this.#failing = true;
      }
    }
    this.#writing = undefined;
  }

  #confess(): string {
    const line = formatLine('warn', 'log lines dropped', { lines: this.#dropped });
    this.#dropped = 0;
    return `${line}\n`;
  }
}
