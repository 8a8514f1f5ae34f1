import { readFileSync } from 'node:fs';
import { systemReason } from '../client/errors.js';
import { formatMistakes, parseConfig, type Overrides } from '../config/parse.js';
import { CommandError } from './command.js';
import { EXIT } from './exit-codes.js';

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
    text = readFileSync(path, 'utf8');
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
