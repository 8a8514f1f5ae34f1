/**
 * The module API as bytes (VoidPhone specification, given from outside; `docs/PROTOCOL.md`).
 * Reserved bits are 0 when written and ignored when read.
 */
import { assertAtMost, type Reader, type Writer } from './bytes.js';
import { IPV4_BYTES } from './host.js';
import { addressExtra, readHost, writeHost } from './peer-fields.js';
import {
  API_HEADER,
  encodeFrame,
  FrameReader,
  type ByType,
  type FrameSize,
  type Layout,
} from './layout.js';
import type { Decoded } from './decoded.js';
import {
  ITEM_DATA_BYTES_MAX,
  type ApiMessage,
  type ApiRequest,
  type GossipNotification,
  type RpsPeer,
} from './messages.js';

type ApiMessages = ByType<ApiMessage>;

/** Most entries of a port map: its count is one byte. */
const PORT_MAP_MAX = 0xff;
const PORT_MAP_ENTRY_BYTES = 4;
const IPV6_FLAG = 1;
const VALID_FLAG = 1;
const PAYLOAD_BYTES_MAX = API_HEADER.sizeMax - API_HEADER.bytes;

const layouts: { readonly [Type in keyof ApiMessages]: Layout<ApiMessages[Type]> } = {
  // ttl u8, reserved u8, data type u16, data
  ANNOUNCE: {
    number: 500,
    payload: [4, 4 + ITEM_DATA_BYTES_MAX],
    needsData: true,
    extra: ({ data }) => data.length,
    write: (writer, { ttl, dataType, data }) => {
      writer.u8(ttl);
      writer.u8(0);
      writer.u16(dataType);
      writer.bytes(data);
    },
    read: (reader) => {
      const ttl = reader.u8();
      reader.u8();
      return { type: 'ANNOUNCE', ttl, dataType: reader.u16(), data: reader.rest() };
    },
  },
  // reserved u16, data type u16
  NOTIFY: {
    number: 501,
    payload: [4, 4],
    write: (writer, { dataType }) => {
      writer.u16(0);
      writer.u16(dataType);
    },
    read: (reader) => {
      reader.u16();
      return { type: 'NOTIFY', dataType: reader.u16() };
    },
  },
  // message id u16, data type u16, data
  NOTIFICATION: {
    number: 502,
    payload: [4, 4 + ITEM_DATA_BYTES_MAX],
    extra: ({ data }) => data.length,
    write: (writer, { messageId, dataType, data }) => {
      writer.u16(messageId);
      writer.u16(dataType);
      writer.bytes(data);
    },
    read: (reader) => ({
      type: 'NOTIFICATION',
      messageId: reader.u16(),
      dataType: reader.u16(),
      data: reader.rest(),
    }),
  },
  // message id u16, reserved 15 bits, V 1 bit
  VALIDATION: {
    number: 503,
    payload: [4, 4],
    write: (writer, { messageId, valid }) => {
      writer.u16(messageId);
      writer.u16(valid ? VALID_FLAG : 0);
    },
    read: (reader) => ({
      type: 'VALIDATION',
      messageId: reader.u16(),
      valid: (reader.u16() & VALID_FLAG) !== 0,
    }),
  },
  RPS_QUERY: {
    number: 540,
    payload: [0, 0],
    write: () => {},
    read: () => ({ type: 'RPS_QUERY' }),
  },
  // port u16, entries u8, flags u8, entries x (app u16, port u16), address 4 or 16, host key
  RPS_PEER: {
    number: 541,
    payload: [4 + IPV4_BYTES, PAYLOAD_BYTES_MAX],
    extra: ({ address, portMap, hostKey }) =>
      portMap.length * PORT_MAP_ENTRY_BYTES + addressExtra(address) + hostKey.length,
    write: (writer, message) => writeRpsPeer(writer, message),
    read: (reader) => readRpsPeer(reader),
  },
};

const writeRpsPeer = (writer: Writer, { address, portMap, hostKey }: RpsPeer): void => {
  if (hostKey.length === 0) throw new RangeError('RPS_PEER: a host key of no bytes');
  assertAtMost('port map entries', portMap.length, PORT_MAP_MAX);
  writer.u16(address.port);
  writer.u8(portMap.length);
  writer.u8(address.family === 6 ? IPV6_FLAG : 0);
  for (const { app, port } of portMap) {
    writer.u16(app);
    writer.u16(port);
  }
  writeHost(writer, address);
  writer.bytes(hostKey);
};

const readRpsPeer = (reader: Reader): RpsPeer => {
  const port = reader.u16();
  const entries = reader.u8();
  const family = (reader.u8() & IPV6_FLAG) === 0 ? 4 : 6;
  const portMap = reader.list(entries, PORT_MAP_MAX, () => ({
    app: reader.u16(),
    port: reader.u16(),
  }));
  const host = readHost(reader, family);
  const hostKey = reader.rest();
  if (hostKey.length === 0) reader.refuse('no data', 'a host key of no bytes');
  return { type: 'RPS_PEER', address: { ...host, port }, portMap, hostKey };
};

const frames = new FrameReader<ApiMessage>(API_HEADER, layouts);

/** Every message type of the module API with its number and frame sizes. */
export const API_FRAME_SIZES: readonly FrameSize[] = frames.sizes;

const { ANNOUNCE, NOTIFY, NOTIFICATION, VALIDATION, RPS_PEER } = layouts;

/** Reads what a module may send to us; the rest of the module API is `not for us`. */
export const apiRequestFrames = new FrameReader<ApiRequest>(
  API_HEADER,
  { ANNOUNCE, NOTIFY, VALIDATION },
  API_FRAME_SIZES,
);

/** Reads what we may send to a module: for clients of the daemon. */
export const apiNotificationFrames = new FrameReader<GossipNotification>(
  API_HEADER,
  { NOTIFICATION },
  API_FRAME_SIZES,
);

/** Reads what the RPS module may send to us. */
export const rpsFrames = new FrameReader<RpsPeer>(API_HEADER, { RPS_PEER }, API_FRAME_SIZES);

const encodeAs = <Type extends keyof ApiMessages>(type: Type, message: ApiMessages[Type]): Buffer =>
  encodeFrame(API_HEADER, layouts[type], message);

/**
 * One message of the module API as a frame, header included.
 * @throws RangeError when a field does not fit; that is the caller's mistake.
 */
export const encodeApi = (message: ApiMessage): Buffer => encodeAs(message.type, message);

/**
 * The message in exactly one frame, header included. Total: never throws. Binary fields of the
 * message share memory with `frame`. An IPv4-mapped IPv6 address is given as IPv4.
 */
export const decodeApi = (frame: Buffer): Decoded<ApiMessage> => frames.decode(frame);
