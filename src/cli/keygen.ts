import {
  generateHostKey,
  HOST_KEY_KINDS,
  HostKeyError,
  loadHostKey,
  type HostKeyKind,
} from '../node/host-key.js';
import { parseFlags } from './arguments.js';
import { CommandError, UsageError, type Command } from './command.js';
import { EXIT } from './exit-codes.js';

const help = `usage: hearsay keygen [--type ed25519|p256|rsa] [--force] -o FILE

Makes a host key, writes it as PEM, readable by nobody else, and prints its identity.

  -o, --output FILE   where to write it
  -t, --type KIND     ed25519 (default), p256, or rsa (4096 bits, as VoidPhone has them)
      --force         replace a file that is there
  -h, --help          this text`;

const options = {
  output: { type: 'string', short: 'o' },
  type: { type: 'string', short: 't', default: 'ed25519' },
  force: { type: 'boolean', default: false },
} as const;

const isKind = (text: string): text is HostKeyKind =>
  (HOST_KEY_KINDS as readonly string[]).includes(text);

const makeKey = (kind: HostKeyKind, path: string, force: boolean): Buffer => {
  try {
    generateHostKey(kind, path, { force });
    return loadHostKey(path, () => {}).identity;
  } catch (error) {
    if (!(error instanceof HostKeyError)) throw error;
    throw new CommandError(EXIT.badKey, error.message);
  }
};

/** `hearsay keygen`: makes a host key. */
export const command: Command = {
  help,
  async run(args, terminal) {
    const { values } = parseFlags({ args, options });
    const { type: kind, output: path, force } = values;
    if (path === undefined) throw new UsageError('-o FILE is needed');
    if (!isKind(kind)) {
      throw new UsageError(`--type is one of ${HOST_KEY_KINDS.join(', ')}, not "${kind}"`);
    }
    const identity = makeKey(kind, path, force);
    await terminal.out(`${path}: new ${kind} host key, identity ${identity.toString('hex')}\n`);
    return EXIT.ok;
  },
};
