import type { DialAddress } from '../common/address.js';

/** A port as decimal digits, without a sign or leading zeros. */
const PORT = /^[1-9]\d{0,4}$/;
const BRACKETED = /^\[([0-9a-fA-F:.]+(?:%\w+)?)\]:(\d+)$/;
const PLAIN = /^([^\s:[\]]+):(\d+)$/;

/**
 * Reads `127.0.0.1:7001`, `[::1]:7001` or `gossip.example:7001`. Undefined for anything else, port
 * 0 and ports above 65,535 included: there is nothing to connect to.
 */
export const parseAddress = (text: string): DialAddress | undefined => {
  const [, host, digits] = BRACKETED.exec(text) ?? PLAIN.exec(text) ?? [];
  if (host === undefined || digits === undefined || !PORT.test(digits)) return undefined;
  const port = Number(digits);
  return port <= 65_535 ? { host, port } : undefined;
};
