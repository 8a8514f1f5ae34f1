import { open, type FileHandle } from 'node:fs/promises';
import { systemReason } from '../client/errors.js';
import { ITEM_DATA_BYTES_MAX } from '../wire/messages.js';
import { apiAddress, connectTo, dataTypeArgument, parseFlags, wholeNumber } from './arguments.js';
import { CommandError, UsageError, type Command } from './command.js';
import { EXIT } from './exit-codes.js';
import type { Terminal } from './terminal.js';

const help = `\
usage: hearsay announce [-a HOST:PORT | -c FILE] [-t TYPE] [--ttl N] [DATA | - | --file F]

Asks a daemon to spread an item. There is no answer: success means that the bytes have left.

  DATA                      the item, as UTF-8 text
  -                         the item is what stdin brings (also when no DATA is given)
  -f, --file F              the item is what the file holds
  -t, --type TYPE           its data type, 0 to 65535 (default 1)
      --ttl N               hops it may travel, 1 to 255; 0, the default, is unlimited
  -a, --address HOST:PORT   the daemon's API address (default 127.0.0.1:7001)
  -c, --config FILE         take the API address from the daemon's configuration
  -h, --help                this text

An item has 1 to ${ITEM_DATA_BYTES_MAX} bytes.`;

const options = {
  address: { type: 'string', short: 'a' },
  config: { type: 'string', short: 'c' },
  type: { type: 'string', short: 't', default: '1' },
  ttl: { type: 'string', default: '0' },
  file: { type: 'string', short: 'f' },
} as const;

const readWhole = async (source: AsyncIterable<Uint8Array | string>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    // An endless source must not fill the memory before it is refused.
    if (bytes > ITEM_DATA_BYTES_MAX) break;
  }
  return Buffer.concat(chunks);
};

const readFile = async (path: string): Promise<Buffer> => {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    return await readWhole(file.createReadStream({ autoClose: false }));
  } catch (error) {
    throw new CommandError(EXIT.failed, `cannot read ${path}: ${systemReason(error)}`);
  } finally {
    await file?.close();
  }
};

const readData = async (
  positionals: readonly string[],
  file: string | undefined,
  terminal: Terminal,
): Promise<Buffer> => {
  const [text, superfluous] = positionals;
  if (superfluous !== undefined) {
    throw new UsageError(`one item at a time, "${superfluous}" is too many (quote the DATA)`);
  }
  if (file !== undefined) {
    if (text !== undefined) throw new UsageError('give DATA or --file, not both');
    return readFile(file);
  }
  return text === undefined || text === '-' ? readWhole(terminal.stdin) : Buffer.from(text);
};

/** `hearsay announce`: spreads one item. */
export const command: Command = {
  help,
  async run(args, terminal) {
    const { values, positionals } = parseFlags({ args, options, allowPositionals: true });
    const dataType = dataTypeArgument(values.type);
    const ttl = wholeNumber(values.ttl, '--ttl', 0, 255);
    const address = await apiAddress(values);
    const data = await readData(positionals, values.file, terminal);
    if (data.length === 0) throw new UsageError('there is no data to announce');
    if (data.length > ITEM_DATA_BYTES_MAX) {
      throw new UsageError(`an item has at most ${ITEM_DATA_BYTES_MAX} bytes, this one has more`);
    }
    const client = await connectTo(address);
    await client.announce(dataType, data, { ttl });
    await client.close();
    return EXIT.ok;
  },
};
