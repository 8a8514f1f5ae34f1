/** Fields that several messages of the peer protocol share. Layouts are in `docs/PROTOCOL.md`. */
import { assertAtMost, type Reader, type Writer } from './bytes.js';
import { bytesToHost, hostToBytes, IPV4_BYTES, IPV6_BYTES } from './host.js';
import type { Layout } from './layout.js';
import {
  IDENTITY_BYTES,
  IDS_MAX,
  INTEREST_TYPES_MAX,
  ITEM_ID_BYTES,
  PEER_RECORDS_MAX,
  type PeerAddress,
  type PeerRecord,
} from './messages.js';

const hostBytesOf = (family: 4 | 6): number => (family === 4 ? IPV4_BYTES : IPV6_BYTES);

/** Family u8, host 4 or 16, port u16. */
export const ADDRESS_BYTES = { min: 1 + IPV4_BYTES + 2, max: 1 + IPV6_BYTES + 2 } as const;

/** An address, identity 32, age u16 in seconds. */
export const RECORD_BYTES = {
  min: ADDRESS_BYTES.min + IDENTITY_BYTES + 2,
  max: ADDRESS_BYTES.max + IDENTITY_BYTES + 2,
} as const;

/** Bytes that an address has beyond the fewest. */
export const addressExtra = ({ family }: PeerAddress): number => hostBytesOf(family) - IPV4_BYTES;

/** Bytes that a record has beyond the fewest. */
export const recordExtra = ({ address }: PeerRecord): number => addressExtra(address);

/** Bytes that all records of a list have together. */
export const recordsExtra = (records: readonly PeerRecord[]): number =>
  records.reduce((bytes, record) => bytes + RECORD_BYTES.min + recordExtra(record), 0);

/**
 * Writes a host of `family` as 4 or 16 bytes.
 * @throws RangeError when the host is no literal of that family (an IPv4-mapped one is IPv4).
 */
export const writeHost = (writer: Writer, { family, host }: PeerAddress): void => {
  const bytes = hostToBytes(host);
  if (bytes?.length !== hostBytesOf(family)) {
    throw new RangeError(`"${host}" is no IPv${family} literal`);
  }
  writer.bytes(bytes);
};

/** Reads a host of `family`. An IPv4-mapped IPv6 host becomes the IPv4 host that it is. */
export const readHost = (reader: Reader, family: 4 | 6): Omit<PeerAddress, 'port'> => {
  const bytes = reader.bytes(hostBytesOf(family));
  if (reader.error !== undefined) return { family: 4, host: '0.0.0.0' };
  const host = bytesToHost(bytes);
  return { family: host.includes(':') ? 6 : 4, host };
};

/** Writes family u8, host, port u16. */
export const writeAddress = (writer: Writer, address: PeerAddress): void => {
  writer.u8(address.family);
  writeHost(writer, address);
  writer.u16(address.port);
};

/** Reads family u8, host, port u16. A family other than 4 and 6 is a `bad field`. */
export const readAddress = (reader: Reader): PeerAddress => {
  const family = reader.u8();
  if (family !== 4 && family !== 6) reader.refuse('bad field', `address family ${family}`);
  return { ...readHost(reader, family === 6 ? 6 : 4), port: reader.u16() };
};

/** Writes an address, identity 32, age u16. */
export const writeRecord = (
  writer: Writer,
  { address, identity, ageSeconds }: PeerRecord,
): void => {
  writeAddress(writer, address);
  writer.fixed(identity, IDENTITY_BYTES);
  writer.u16(ageSeconds);
};

/** Reads an address, identity 32, age u16. */
export const readRecord = (reader: Reader): PeerRecord => ({
  address: readAddress(reader),
  identity: reader.bytes(IDENTITY_BYTES),
  ageSeconds: reader.u16(),
});

/** Writes a count u8 and as many records, at most `PEER_RECORDS_MAX`. */
export const writeRecords = (writer: Writer, records: readonly PeerRecord[]): void => {
  assertAtMost('peer records', records.length, PEER_RECORDS_MAX);
  writer.u8(records.length);
  for (const record of records) writeRecord(writer, record);
};

/** Reads a count u8 and as many records, at most `PEER_RECORDS_MAX`. */
export const readRecords = (reader: Reader): PeerRecord[] =>
  reader.list(reader.u8(), PEER_RECORDS_MAX, readRecord);

/** Writes a count u16 and as many data types u16, at most `INTEREST_TYPES_MAX`. */
export const writeTypes = (writer: Writer, types: readonly number[]): void => {
  assertAtMost('data types', types.length, INTEREST_TYPES_MAX);
  writer.u16(types.length);
  for (const dataType of types) writer.u16(dataType);
};

/** Reads a count u16 and as many data types u16, at most `INTEREST_TYPES_MAX`. */
export const readTypes = (reader: Reader): number[] =>
  reader.list(reader.u16(), INTEREST_TYPES_MAX, () => reader.u16());

type IdList<Type extends string> = { readonly type: Type; readonly ids: readonly Buffer[] };

/** A message that is a count u16 and as many item ids of 20 B, at most `IDS_MAX`. */
export const idList = <Type extends string>(number: number, type: Type): Layout<IdList<Type>> => ({
  number,
  payload: [2, 2 + IDS_MAX * ITEM_ID_BYTES],
  extra: ({ ids }) => ids.length * ITEM_ID_BYTES,
  write: (writer, { ids }) => {
    writer.u16(ids.length);
    for (const id of ids) writer.fixed(id, ITEM_ID_BYTES);
  },
  read: (reader) => ({
    type,
    ids: reader.list(reader.u16(), IDS_MAX, () => reader.bytes(ITEM_ID_BYTES)),
  }),
});
