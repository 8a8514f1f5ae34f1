import { parseFlags } from './arguments.js';
import { UsageError, type Command } from './command.js';

const help = `\
usage: hearsay [run] -c FILE [-v SECONDS] [-s SECONDS] [-l LOGFILE] [--log-level LEVEL]

Runs a daemon until SIGINT or SIGTERM; a second signal ends it at once. When it serves, it prints
"hearsay ready p2p=HOST:PORT api=HOST:PORT identity=HEX" on stdout; the log goes to stderr.

  -c, --config FILE            the configuration (config/default.ini explains every key)
  -v, --validation SECONDS     how long the verdicts of subscribers are waited for
  -s, --suppress SECONDS       how long the id of an item is remembered
  -l, --log-file FILE          write the log to this file too
      --log-level LEVEL        error, warn, info or debug
      --until-stdin-ends       stop as if by SIGTERM when stdin ends: a parent process that holds
                               the other end leaves no daemon behind, however it dies
  -h, --help                   this text

The flags stand above the configuration.`;

const options = {
  config: { type: 'string', short: 'c' },
  validation: { type: 'string', short: 'v' },
  suppress: { type: 'string', short: 's' },
  'log-file': { type: 'string', short: 'l' },
  'log-level': { type: 'string' },
  'until-stdin-ends': { type: 'boolean', default: false },
} as const;

/** While it starts, a daemon does not listen for signals yet: one would end it out of order. */
const START_POLL_MS = 20;

const stopSelf = (): void => {
  if (process.listenerCount('SIGTERM') > 0) process.kill(process.pid, 'SIGTERM');
  else setTimeout(stopSelf, START_POLL_MS).unref();
};

/** `hearsay run`, and `hearsay` with nothing but flags, as the course starts a daemon. */
export const command: Command = {
  help,
  async run(args, { stdin }) {
    const { values } = parseFlags({ args, options });
    const {
      config: configPath,
      validation: validationSeconds,
      suppress: suppressSeconds,
      'log-file': logFile,
      'log-level': logLevel,
      'until-stdin-ends': untilStdinEnds,
    } = values;
    if (configPath === undefined) throw new UsageError('-c FILE is needed');
    const { runDaemon } = await import('./run.js');
    // A pipe is closed; a file, or nothing, only ends. A second signal would end us at once.
    const stop = (): void => {
      stdin.off('end', stop).off('close', stop);
      stopSelf();
    };
    if (untilStdinEnds) stdin.once('end', stop).once('close', stop).resume();
    try {
      return await runDaemon({
        configPath,
        ...(validationSeconds !== undefined && { validationSeconds }),
        ...(suppressSeconds !== undefined && { suppressSeconds }),
        ...(logFile !== undefined && { logFile }),
        ...(logLevel !== undefined && { logLevel }),
      });
    } finally {
      // A stdin that is still read would keep the process alive.
      if (untilStdinEnds) stdin.off('end', stop).off('close', stop).destroy();
    }
  },
};
