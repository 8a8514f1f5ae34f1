import { CommandError, UsageError, type Command } from './command.js';
import { EXIT, exitCodeTable } from './exit-codes.js';
import type { Terminal } from './terminal.js';
import { version } from './version.js';

type Listed = { readonly summary: string; load(): Promise<{ readonly command: Command }> };

/** Loaded only when asked for, so that `hearsay announce` does not wait for a daemon's modules. */
const COMMANDS: ReadonlyMap<string, Listed> = new Map([
  ['run', { summary: 'run a daemon', load: () => import('./run-command.js') }],
  ['announce', { summary: 'ask a daemon to spread an item', load: () => import('./announce.js') }],
  ['notify', { summary: 'print the items of some data types', load: () => import('./notify.js') }],
  ['keygen', { summary: 'make a host key', load: () => import('./keygen.js') }],
  [
    'check-config',
    { summary: 'report the mistakes of a configuration', load: () => import('./check-config.js') },
  ],
  ['diagram', { summary: 'draw the state machines', load: () => import('./diagram.js') }],
  [
    'inspect',
    { summary: 'watch daemons at work, or open a trace', load: () => import('./inspect.js') },
  ],
  ['simulate', { summary: 'play scenarios in virtual time', load: () => import('./simulate.js') }],
  ['testnet', { summary: 'run a network on this host', load: () => import('./testnet.js') }],
]);

const USAGE = 'usage: hearsay [COMMAND] [FLAGS], see hearsay --help';

const overview = (): string => {
  const width = Math.max(...[...COMMANDS.keys()].map((name) => name.length)) + 2;
  const commands = [...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(width)}${summary}`);
  return `usage: hearsay [COMMAND] [FLAGS]

The gossip module of a VoidPhone peer.

${commands.join('\n')}

hearsay COMMAND --help explains one. Flags without a command are those of run: hearsay -c FILE.
hearsay --version prints the version.

Exit codes:
${exitCodeTable()}
`;
};

const usageLine = (command: Command): string => command.help.split('\n', 1).join();

/** Whether one of the flags stands among the arguments, not behind `--`. */
const asksFor = (args: readonly string[], ...flags: readonly string[]): boolean => {
  const end = args.indexOf('--');
  return args.slice(0, end === -1 ? undefined : end).some((arg) => flags.includes(arg));
};

const runCommand = async (
  name: string,
  command: Command,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> => {
  if (asksFor(args, '--help', '-h')) {
    await terminal.out(`${command.help}\n`);
    return EXIT.ok;
  }
  try {
    return await command.run(args, terminal);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    for (const line of message.split('\n')) terminal.err(`hearsay ${name}: ${line}`);
    if (error instanceof UsageError) terminal.err(usageLine(command));
    return error instanceof CommandError ? error.exitCode : EXIT.failed;
  }
};

/**
 * Runs what the command line asks for, without the program's name in front; returns the exit code.
 * What goes wrong is one line on stderr, and the usage line when it is the caller's mistake.
 */
export const dispatch = async (argv: readonly string[], terminal: Terminal): Promise<number> => {
  const [first, ...rest] = argv;
  if (first === '--help' || first === '-h') {
    await terminal.out(overview());
    return EXIT.ok;
  }
  if (first === '--version') {
    await terminal.out(`hearsay ${version()}\n`);
    return EXIT.ok;
  }
  if (first === undefined) {
    terminal.err(`hearsay: name a command, or a configuration with -c\n${USAGE}`);
    return EXIT.badUsage;
  }
  const [name, args] = first.startsWith('-') ? ['run', argv] : [first, rest];
  const listed = COMMANDS.get(name);
  if (listed === undefined) {
    const known = [...COMMANDS.keys()].join(', ');
    terminal.err(`hearsay: unknown command "${name}"; there are ${known}\n${USAGE}`);
    return EXIT.badUsage;
  }
  const { command } = await listed.load();
  return runCommand(name, command, args, terminal);
};
