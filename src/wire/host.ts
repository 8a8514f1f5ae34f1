/**
 * IP hosts as text and as bytes. One host has one text here: IPv4 in dotted decimal, IPv6 as
 * RFC 5952 writes it, and an IPv4-mapped IPv6 host (::ffff:a.b.c.d) as the IPv4 host that it is.
 */
import { isIP } from 'node:net';
import type { PeerAddress } from './messages.js';

export const IPV4_BYTES = 4;
export const IPV6_BYTES = 16;
const GROUPS = 8;
const MAPPED_PREFIX = Buffer.from('00000000000000000000ffff', 'hex');

/**
 * A literal host as 4 or 16 bytes; undefined for names, zone ids (`fe80::1%eth0`) and nonsense.
 * An IPv4-mapped IPv6 host gives 4 bytes.
 */
export const hostToBytes = (host: string): Buffer | undefined => {
  if (host.includes('%')) return undefined;
  switch (isIP(host)) {
    case 4:
      return Buffer.from(host.split('.').map(Number));
    case 6:
      return unmapped(ipv6Bytes(host));
    default:
      return undefined;
  }
};

/** The canonical text of a host of 4 or 16 bytes. @throws RangeError on any other length. */
export const bytesToHost = (bytes: Buffer): string => {
  const host = unmapped(bytes);
  if (host.length === IPV4_BYTES) return host.join('.');
  if (host.length === IPV6_BYTES) return ipv6Text(host);
  throw new RangeError(`a host has ${IPV4_BYTES} or ${IPV6_BYTES} bytes, not ${host.length}`);
};

/** An address with its host made canonical; undefined unless `host` is an IP literal. */
export const canonicalAddress = (host: string, port: number): PeerAddress | undefined => {
  const bytes = hostToBytes(host);
  if (bytes === undefined) return undefined;
  return { family: bytes.length === IPV4_BYTES ? 4 : 6, host: bytesToHost(bytes), port };
};

const unmapped = (bytes: Buffer): Buffer =>
  bytes.length === IPV6_BYTES && bytes.subarray(0, MAPPED_PREFIX.length).equals(MAPPED_PREFIX)
    ? bytes.subarray(MAPPED_PREFIX.length)
    : bytes;

/** The 16 bytes of text that `isIP` has found to be IPv6. */
const ipv6Bytes = (host: string): Buffer => {
  const [before = [], after = []] = host.split('::').map(groupsOf);
  const bytes = Buffer.alloc(IPV6_BYTES);
  before.forEach((group, index) => bytes.writeUInt16BE(group, 2 * index));
  after.forEach((group, index) => bytes.writeUInt16BE(group, 2 * (GROUPS - after.length + index)));
  return bytes;
};

/** `1:2:3.4.5.6` as [1, 2, 0x304, 0x506]. */
const groupsOf = (text: string): number[] =>
  text
    .split(':')
    .filter((group) => group !== '')
    .flatMap((group) => {
      if (!group.includes('.')) return [parseInt(group, 16)];
      const quad = Buffer.from(group.split('.').map(Number));
      return [quad.readUInt16BE(0), quad.readUInt16BE(2)];
    });

/** RFC 5952: lower case, no leading zeros, `::` for the first longest run of two or more zeros. */
const ipv6Text = (bytes: Buffer): string => {
  const groups = Array.from({ length: GROUPS }, (_, index) => bytes.readUInt16BE(2 * index));
  let longest = { from: 0, length: 1 };
  for (let from = 0; from < GROUPS; from += 1) {
    const end = groups.findIndex((group, index) => index >= from && group !== 0);
    const length = (end === -1 ? GROUPS : end) - from;
    if (length > longest.length) longest = { from, length };
  }
  const hex = groups.map((group) => group.toString(16));
  if (longest.length === 1) return hex.join(':');
  return `${hex.slice(0, longest.from).join(':')}::${hex
    .slice(longest.from + longest.length)
    .join(':')}`;
};
