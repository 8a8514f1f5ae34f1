import { systemReason } from '../client/errors.js';
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
  if (parsed.ok) return parsed;
  const warnings = parsed.warnings.map((warning) => `${path}: warning: ${warning}`);
  throw new CommandError(
    EXIT.badConfig,
    [formatMistakes(path, parsed.mistakes), ...warnings].join('\n'),
  );
};
