import { parseFlags } from './arguments.js';
import { UsageError, type Command } from './command.js';
import { EXIT } from './exit-codes.js';
import { readConfig } from './read-config.js';

const help = `usage: hearsay check-config -c FILE

Reads a configuration as the daemon would and reports all its mistakes; exit code 2 if there are
any. Unknown keys are warned about.

  -c, --config FILE   the file
  -h, --help          this text`;

const options = { config: { type: 'string', short: 'c' } } as const;

/** `hearsay check-config`: reports the mistakes of a configuration file. */
export const command: Command = {
  help,
  async run(args, terminal) {
    const { config: path } = parseFlags({ args, options }).values;
    if (path === undefined) throw new UsageError('-c FILE is needed');
    const { warnings } = readConfig(path);
    for (const warning of warnings) terminal.err(`${path}: warning: ${warning}`);
    await terminal.out(`${path}: no mistakes\n`);
    return EXIT.ok;
  },
};
