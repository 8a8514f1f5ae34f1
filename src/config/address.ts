import type { DialAddress } from '../common/address.js';

const HOST_NAME_CHARS_MAX = 253;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const HOST_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/**
 * Reads `127.0.0.1:6011`, `[::1]:6011` or `host.name:6011`; the host is kept as it was written.
 * Port 0 is let through: whether it means anything is for the setting to say. Undefined when the
 * text is none of the three. Source: module API page.
 */
export const parseAddress = (text: string): DialAddress | undefined => {
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*)):(0|[1-9]\d{0,4})$/.exec(text);
  if (parts === null) return undefined;
  const [, bracketed, bare, digits] = parts;
  const port = Number(digits);
  if (port > 65_535) return undefined;
  if (bracketed !== undefined) return isIpv6(bracketed) ? { host: bracketed, port } : undefined;
  return bare !== undefined && isIpv4OrName(bare) ? { host: bare, port } : undefined;
};

/** The URL parser knows the grammar of IPv6; the characters are checked so that it sees no more. */
const isIpv6 = (host: string): boolean =>
  /^[\da-f:.]{2,45}$/i.test(host) && URL.canParse(`http://[${host}]/`);

/** A name whose last label is a number would be an IPv4 literal with a slip in it. */
const isIpv4OrName = (host: string): boolean => {
  const labels = host.replace(/\.$/, '').split('.');
  const isName =
    host.length <= HOST_NAME_CHARS_MAX &&
    labels.every((label) => HOST_LABEL.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? '');
  return isName || IPV4.test(host);
};
