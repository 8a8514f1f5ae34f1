import { parseArgs, type ParseArgsConfig } from 'node:util';
import { parseAddress } from '../client/address.js';
import { GossipClientError } from '../client/errors.js';
import type { GossipClient } from '../client/gossip-client.js';
import { connect } from '../client/gossip-client.js';
import { formatAddress, type DialAddress } from '../common/address.js';
import { CommandError, UsageError } from './command.js';
import { EXIT } from './exit-codes.js';

/**
 * What `parseArgs` complains about, without its advice on quoting; undefined for another failure.
 */
const complaint = (error: unknown): string | undefined => {
  if (typeof error !== 'object' || error === null) return undefined;
  if (!('code' in error && 'message' in error)) return undefined;
  if (!String(error.code).startsWith('ERR_PARSE_ARGS_')) return undefined;
  return /^.*?(?=\. |\n|$)/.exec(String(error.message))?.[0];
};

/**
 * `parseArgs` whose complaints are usage errors.
 *
 * @throws UsageError for an unknown flag, a missing or superfluous value.
 */
export const parseFlags = <Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> => {
  try {
    return parseArgs(config);
  } catch (error) {
    const message = complaint(error);
    throw message === undefined ? error : new UsageError(message);
  }
};

const WHOLE_NUMBER = /^(?:\d{1,15}|0[xX][0-9a-fA-F]{1,8})$/;

/**
 * Reads a whole number, decimal or hexadecimal (`0x539`), within the bounds.
 *
 * @throws UsageError that names `what` and the bounds.
 */
export const wholeNumber = (text: string, what: string, min: number, max: number): number => {
  const value = WHOLE_NUMBER.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${what} is a whole number from ${min} to ${max}, not "${text}"`);
};

/** Reads a data type. @throws UsageError */
export const dataTypeArgument = (text: string): number =>
  wholeNumber(text, 'a data type', 0, 65_535);

/** Where a daemon listens for modules unless told otherwise (config/default.ini). */
const DEFAULT_API: DialAddress = { host: '127.0.0.1', port: 7_001 };

/**
 * The API address that the flags name: `-a`, else the one in the file of `-c`, else the default.
 *
 * @throws UsageError for a bad `-a`, or both flags.
 * @throws CommandError with exit code 2 for a bad file, or one that lets the system pick the port.
 */
export const apiAddress = async (flags: {
  readonly address?: string | undefined;
  readonly config?: string | undefined;
}): Promise<DialAddress> => {
  if (flags.address !== undefined) {
    if (flags.config !== undefined) throw new UsageError('give -a or -c, not both');
    const address = parseAddress(flags.address);
    if (address === undefined) throw new UsageError(`-a takes HOST:PORT, not "${flags.address}"`);
    return address;
  }
  if (flags.config === undefined) return DEFAULT_API;
  const { readConfig } = await import('./read-config.js');
  const { apiAddress: address } = readConfig(flags.config).config.api;
  if (address.port === 0) {
    throw new CommandError(
      EXIT.badConfig,
      `${flags.config} leaves the port to the system (${formatAddress(address)}): use -a`,
    );
  }
  return address;
};

/** Connects to a daemon. @throws CommandError with exit code 6 when nobody answers. */
export const connectTo = async (address: DialAddress): Promise<GossipClient> => {
  try {
    return await connect(address);
  } catch (error) {
    if (!(error instanceof GossipClientError)) throw error;
    throw new CommandError(EXIT.unreachable, error.message);
  }
};
