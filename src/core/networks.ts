/**
 * What an IP address says about who is behind it: whoever holds one address of a network can have
 * them all, so limits count networks. Hosts are IPv4 or IPv6 literals; an IPv4-mapped IPv6
 * address (`::ffff:1.2.3.4`) counts as the IPv4 address, and a zone (`%eth0`) is ignored.
 */

const V4_BYTES = 4;
const V6_BYTES = 16;
/** Bytes of an IPv6 address that name its site: /48. */
const V6_SITE_BYTES = 6;
const V4_MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

const v4Bytes = (text: string): number[] | undefined => {
  const parts = text.split('.');
  const plain = parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return parts.length === V4_BYTES && plain ? parts.map(Number) : undefined;
};

/** The bytes of `a:b:c`; only the end of an address may be a dotted IPv4 address. */
const groupBytes = (text: string, isEnd: boolean): number[] | undefined => {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [at, group] of groups.entries()) {
    const dotted = isEnd && at === groups.length - 1 ? v4Bytes(group) : undefined;
    if (dotted !== undefined) {
      bytes.push(...dotted);
    } else if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const word = Number.parseInt(group, 16);
      bytes.push(word >> 8, word & 0xff);
    } else {
      return undefined;
    }
  }
  return bytes;
};

const v6Bytes = (text: string): number[] | undefined => {
  const [head = '', tail, ...more] = text.split('::');
  const left = groupBytes(head, tail === undefined);
  const right = groupBytes(tail ?? '', true);
  if (left === undefined || right === undefined || more.length > 0) return undefined;
  const missing = V6_BYTES - left.length - right.length;
  // "::" stands for at least one group of two bytes.
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined;
  return [...left, ...new Array<number>(missing).fill(0), ...right];
};

const withoutZone = (host: string): string => host.split('%', 1)[0] ?? host;

const parsedBytes = (host: string): readonly number[] | undefined => {
  const text = withoutZone(host);
  if (!text.includes(':')) return v4Bytes(text);
  const bytes = v6Bytes(text);
  const isMapped = bytes !== undefined && V4_MAPPED_PREFIX.every((byte, at) => bytes[at] === byte);
  return isMapped ? bytes.slice(V4_MAPPED_PREFIX.length) : bytes;
};

/** What a host's text says, read once: each is asked about again and again. */
type HostFacts = {
  readonly bytes: readonly number[] | undefined;
  readonly network: string;
  readonly isLocal: boolean;
  readonly isDialable: boolean;
  /** Keys of its addresses by port: nearly always one. */
  readonly keys: Map<number, string>;
};

/**
 * Hosts whose facts are kept, about 500 B each; with one more all are forgotten. Our guess: the
 * hosts of the largest simulation.
 */
export const HOSTS_MAX = 16_384;
/** Longer texts are no literals, and keys of one host with more ports are not kept. */
const HOST_CHARACTERS_MAX = 64;
const KEYS_MAX = 8;

const knownHosts = new Map<string, HostFacts>();

const factsOf = (host: string): HostFacts => {
  const known = knownHosts.get(host);
  if (known !== undefined) return known;
  const bytes = parsedBytes(host);
  const facts = {
    bytes,
    network: networkOfBytes(host, bytes),
    isLocal: bytes !== undefined && isLocalBytes(bytes),
    isDialable: bytes !== undefined && !host.includes('%') && isDialableBytes(bytes),
    keys: new Map<number, string>(),
  };
  if (host.length > HOST_CHARACTERS_MAX) return facts;
  if (knownHosts.size >= HOSTS_MAX) knownHosts.clear();
  knownHosts.set(host, facts);
  return facts;
};

/**
 * The 4 or 16 bytes of an address literal, 4 for an IPv4-mapped one; undefined for any other text.
 * Two spellings of an address have the same bytes.
 */
export const hostBytes = (host: string): readonly number[] | undefined => factsOf(host).bytes;

/** An address as text to compare: two spellings of an address have one key. */
export const addressKey = (host: string, port: number): string => {
  const { bytes, keys } = factsOf(host);
  const known = keys.get(port);
  if (known !== undefined) return known;
  const key = `${bytes?.join('.') ?? host} ${port}`;
  if (keys.size < KEYS_MAX) keys.set(port, key);
  return key;
};

/** Whether two texts name one host, however each spells it. */
export const isSameHost = (one: string, other: string): boolean =>
  one === other || addressKey(one, 0) === addressKey(other, 0);

/**
 * The network of a host, as text to compare: its /24 for IPv4 (`10.1.2.0/24`), its /48 for IPv6
 * (`2001:db8:7::/48`; groups of zeros are written out). Any other text is a network of its own.
 * Source: p2p protocol page, "Handshake" and "The peer view".
 */
export const networkOf = (host: string): string => factsOf(host).network;

const networkOfBytes = (host: string, bytes: readonly number[] | undefined): string => {
  if (bytes === undefined) return host;
  if (bytes.length === V4_BYTES) return `${bytes.slice(0, 3).join('.')}.0/24`;
  const site = Buffer.from(bytes.slice(0, V6_SITE_BYTES));
  const groups = [0, 2, 4].map((at) => site.readUInt16BE(at).toString(16));
  return `${groups.join(':')}::/48`;
};

const isLocalV4 = (a: number, b: number): boolean =>
  a === 127 ||
  a === 10 ||
  (a === 172 && b >= 16 && b < 32) ||
  (a === 192 && b === 168) ||
  (a === 169 && b === 254);

/**
 * True for loopback (127/8, ::1), private (10/8, 172.16/12, 192.168/16, fc00::/7) and link-local
 * (169.254/16, fe80::/10) addresses; false for any other text.
 */
export const isLocalRange = (host: string): boolean => factsOf(host).isLocal;

const isLocalBytes = (bytes: readonly number[]): boolean => {
  const [a = 0, b = 0] = bytes;
  if (bytes.length === V4_BYTES) return isLocalV4(a, b);
  const isLoopback = bytes.every((byte, at) => byte === (at === V6_BYTES - 1 ? 1 : 0));
  return isLoopback || (a & 0xfe) === 0xfc || (a === 0xfe && (b & 0xc0) === 0x80);
};

/** True when the limits per network do not hold for `host`: a local range in a lab. */
export const exempt = (host: string, lab: boolean): boolean => lab && isLocalRange(host);

/**
 * True for a literal that one peer can be told to dial: no zone, which means nothing elsewhere,
 * not unspecified (0/8, ::), not multicast, reserved or broadcast (224/3, ff00::/8).
 */
export const isDialable = (host: string): boolean => factsOf(host).isDialable;

const isDialableBytes = (bytes: readonly number[]): boolean => {
  const [first = 0] = bytes;
  if (bytes.length === V4_BYTES) return first > 0 && first < 224;
  return first !== 0xff && bytes.some((byte) => byte !== 0);
};
