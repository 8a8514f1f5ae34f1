import type { Notification } from '../client/notification-stream.js';
import { apiAddress, connectTo, dataTypeArgument, parseFlags, wholeNumber } from './arguments.js';
import { CommandError, UsageError, type Command } from './command.js';
import { EXIT } from './exit-codes.js';
import { formatItem, formatItemJson } from './item-format.js';

const help = `\
usage: hearsay notify [-a HOST:PORT | -c FILE] [--reject | --silent] [--count N] TYPE...

Subscribes to data types and prints each item on a line: time, type, size, data. Text is quoted and
its control characters escaped; other data is printed in hex. Ctrl-C ends it.

      TYPE                  a data type, 0 to 65535
  -r, --reject              say that the items are not well-formed (default: that they are)
  -s, --silent              say nothing about the items
  -n, --count N             end after N items
  -j, --json                print one JSON object a line
      --raw                 print the bytes of the items and nothing else
  -a, --address HOST:PORT   the daemon's API address (default 127.0.0.1:7001)
  -c, --config FILE         take the API address from the daemon's configuration
  -h, --help                this text`;

const options = {
  address: { type: 'string', short: 'a' },
  config: { type: 'string', short: 'c' },
  reject: { type: 'boolean', short: 'r', default: false },
  silent: { type: 'boolean', short: 's', default: false },
  count: { type: 'string', short: 'n' },
  json: { type: 'boolean', short: 'j', default: false },
  raw: { type: 'boolean', default: false },
} as const;

const render = (
  item: Notification,
  { json, raw }: { readonly json: boolean; readonly raw: boolean },
): string | Buffer => {
  if (raw) return item.data;
  return `${(json ? formatItemJson : formatItem)(new Date(), item)}\n`;
};

/** `hearsay notify`: prints the items of some data types. */
export const command: Command = {
  help,
  async run(args, terminal) {
    const { values, positionals } = parseFlags({ args, options, allowPositionals: true });
    if (positionals.length === 0) throw new UsageError('name at least one data type');
    const dataTypes = positionals.map(dataTypeArgument);
    if (values.reject && values.silent) throw new UsageError('give --reject or --silent, not both');
    if (values.json && values.raw) throw new UsageError('give --json or --raw, not both');
    let left =
      values.count === undefined ? Infinity : wholeNumber(values.count, '--count', 1, 2 ** 32);
    const client = await connectTo(await apiAddress(values));
    const interrupted = terminal.interrupted();
    interrupted.addEventListener('abort', () => void client.close());
    try {
      for await (const item of client.notifications(...dataTypes)) {
        // Answered first: a terminal that stands still must not hold up the item.
        if (values.reject) item.reject();
        else if (!values.silent) item.accept();
        await terminal.out(render(item, values));
        left -= 1;
        if (left === 0) break;
      }
    } finally {
      await client.close();
    }
    if (left === 0 || interrupted.aborted) return EXIT.ok;
    throw new CommandError(EXIT.failed, 'the daemon closed the connection');
  },
};
