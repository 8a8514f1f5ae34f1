/**
 * Who may talk to the inspector. It answers on a plain HTTP port, so every web page that a person
 * has open could try to: the Host header keeps out names that were bent to our address (DNS
 * rebinding), Origin and Sec-Fetch-Site other pages, the token other hosts.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import type { DialAddress } from '../common/address.js';
import { formatAddress } from '../common/address.js';

const HTTP_PORT = 80;
const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];
const UNSPECIFIED = ['0.0.0.0', '::'];

export type Access = {
  /** Where we listen, with the port that we really have. */
  readonly address: DialAddress;
  /** As it was configured, where that is a name. */
  readonly name: string;
  /** Undefined: none is required. */
  readonly token: string | undefined;
};

/** Why a request is turned away, as an HTTP status and a sentence; undefined: it is not. */
export type Refusal = { readonly status: 401 | 403; readonly message: string } | undefined;

/** True where only this host can connect. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);

/**
 * The token that requests must have: the configured one; where others can connect, else, the one
 * that is derived.
 */
export const requiredToken = (
  host: string,
  configured: string | undefined,
  derived: () => string,
): string | undefined => configured ?? (isLoopback(host) ? undefined : derived());

/** Host and origin, for every request. */
export const checkSite = (access: Access, request: IncomingMessage, isPage: boolean): Refusal => {
  const { host, origin } = request.headers;
  if (host === undefined || !isOurHost(access, host, request.socket.localAddress)) {
    return { status: 403, message: 'the Host header is not an address of this inspector' };
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    return { status: 403, message: 'requests from other origins are refused' };
  }
  const site = request.headers['sec-fetch-site'];
  // A link from elsewhere may lead to the page; nothing else may be fetched from elsewhere.
  if (!isPage && site !== undefined && site !== 'same-origin' && site !== 'none') {
    return { status: 403, message: 'requests from other sites are refused' };
  }
  return undefined;
};

/** `?token=`, or `Authorization: Bearer`. */
export const checkToken = ({ token }: Access, request: IncomingMessage, url: URL): Refusal => {
  if (token === undefined) return undefined;
  const [, bearer] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  const given = bearer ?? url.searchParams.get('token') ?? '';
  // Hashes are of one length, so that the comparison takes the same time for any guess.
  const isRight = timingSafeEqual(digest(given), digest(token));
  return isRight ? undefined : { status: 401, message: 'the token is missing or wrong' };
};

/** The page's address without a token, for a browser on this host. */
export const pageUrl = ({ host, port }: DialAddress): URL => {
  const here = UNSPECIFIED.includes(host) ? '127.0.0.1' : host;
  return new URL(`http://${formatAddress({ host: here, port })}/`);
};

const isOurHost = (
  { address, name }: Access,
  header: string,
  localAddress: string | undefined,
): boolean => {
  const names = [name, address.host, ...LOOPBACK];
  // Listening on every address, ours is the one that the caller reached: an address, not a name.
  if (UNSPECIFIED.includes(address.host) && localAddress !== undefined) {
    names.push(localAddress.replace(/^::ffff:/i, ''));
  }
  const given = header.toLowerCase();
  return names.some((host) => {
    const literal = isIPv6(host) ? `[${host}]` : host.toLowerCase();
    return (
      given === `${literal}:${address.port}` || (address.port === HTTP_PORT && given === literal)
    );
  });
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
