import { resolve } from 'node:path';
import { systemReason } from '../client/errors.js';
import type { Config } from '../config/config.js';
import { formatMistakes, parseConfig, type Overrides } from '../config/parse.js';
import { readBoundedFile } from '../node/bounded-file.js';
import { CommandError } from './command.js';
import { EXIT } from './exit-codes.js';

/** Far above any configuration. Our guess. */
const CONFIG_BYTES_MAX = 1_048_576;

type Parsed = Extract<ReturnType<typeof parseConfig>, { readonly ok: true }>;

/**
 * Reads a configuration file; flags of the command line stand above it.
 *
 * @throws CommandError with exit code 2 when it cannot be read or has mistakes, all of them told.
 */
export const readConfig = (
  path: string,
  overrides: Overrides = {},
): Pick<Parsed, 'config' | 'warnings'> => {
  let text: string;
  try {
    text = readBoundedFile(path, CONFIG_BYTES_MAX).content.toString('utf8');
  } catch (error) {
    throw new CommandError(EXIT.badConfig, `cannot read ${path}: ${systemReason(error)}`);
  }
  const parsed = parseConfig(text, overrides);
  if (parsed.ok) {
    refuseItself(path, parsed.config);
    return parsed;
  }
  const warnings = parsed.warnings.map((warning) => `${path}: warning: ${warning}`);
  throw new CommandError(
    EXIT.badConfig,
    [formatMistakes(path, parsed.mistakes), ...warnings].join('\n'),
  );
};

/** The daemon writes these files: none of them may be the configuration. */
const refuseItself = (path: string, { identity, peers, log }: Config): void => {
  const written = { hostkey: identity.hostkey, address_book: peers.addressBook, file: log.file };
  for (const [key, file] of Object.entries(written)) {
    if (file === undefined || resolve(file) !== resolve(path)) continue;
    const reason = `${key} = ${file}; allowed: another file than the configuration itself`;
    throw new CommandError(EXIT.badConfig, `${path}: ${reason}`);
  }
};
