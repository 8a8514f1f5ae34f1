import type { ExitCode } from './exit-codes.js';
import { EXIT } from './exit-codes.js';
import type { Terminal } from './terminal.js';

/** One subcommand. */
export type Command = {
  /** What `hearsay NAME --help` prints. Its first line is the usage line. */
  readonly help: string;
  /**
   * Runs with the arguments after the command's name.
   *
   * @throws CommandError to end with one line on stderr and an exit code.
   */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
};

/** Ends a command with one line on stderr. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  constructor(
    readonly exitCode: ExitCode,
    message: string,
  ) {
    super(message);
  }
}

/** Ends a command with one line on stderr and its usage line: the caller's mistake. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError';
  constructor(message: string) {
    super(EXIT.badUsage, message);
  }
}
