/**
 * The peer protocol as bytes (`docs/PROTOCOL.md`, from the protocol design page; what that page
 * leaves open is decided here and written there). Reserved bits are 0 when written and ignored
 * when read.
 */
import { assertAtMost } from './bytes.js';
import type { Decoded } from './decoded.js';
import {
  ADDRESS_BYTES,
  addressExtra,
  idList,
  readAddress,
  readRecord,
  RECORD_BYTES,
  recordExtra,
  recordsExtra,
  readRecords,
  readTypes,
  writeAddress,
  writeRecord,
  writeRecords,
  writeTypes,
} from './peer-fields.js';
import {
  encodeFrame,
  frameBytes,
  FrameReader,
  PEER_HEADER,
  type ByType,
  type FrameSize,
  type Layout,
} from './layout.js';
import {
  AGENT_BYTES_MAX,
  CHALLENGE_BYTES,
  COMMITMENT_BYTES,
  ERROR_TEXT_BYTES_MAX,
  IDENTITY_BYTES,
  INTEREST_TYPES_MAX,
  ITEM_DATA_BYTES_MAX,
  LACKING_TYPES_MAX,
  ITEM_SALT_BYTES,
  NEIGHBOR_WORDS,
  NONCE_BYTES,
  PEER_RECORDS_MAX,
  PING_BYTES,
  SALT_BYTES,
  TRANSCRIPT_BYTES,
  type PeerMessage,
  type Spread,
} from './messages.js';

type PeerMessages = ByType<PeerMessage>;
type Layouts<Type extends keyof PeerMessages> = { readonly [T in Type]: Layout<PeerMessages[T]> };

const TLS_FLAG = 1;
const BLAKE3_FLAG = 2;
const ALL_FLAG = 1;
const STEM_FLAG = 1;
const CHALLENGE_MIN = 4 + CHALLENGE_BYTES + COMMITMENT_BYTES;
const VERIFY_MIN = COMMITMENT_BYTES + NONCE_BYTES + 1 + CHALLENGE_BYTES;
const HELLO_MIN = IDENTITY_BYTES + SALT_BYTES + TRANSCRIPT_BYTES + ADDRESS_BYTES.min + 4 + 1;
const HELLO_MAX = HELLO_MIN + (ADDRESS_BYTES.max - ADDRESS_BYTES.min) + AGENT_BYTES_MAX;
const INTEREST_MIN = 1 + 2 + 2;
const SPREAD_MIN = 1 + 1 + 2 + 8 + ITEM_SALT_BYTES;

const handshakeLayouts: Layouts<'CHALLENGE' | 'VERIFY' | 'OK' | 'ERROR' | 'HELLO'> = {
  // version u8, difficulty u8, flags u16, challenge 16, commitment 32
  CHALLENGE: {
    number: 504,
    payload: [CHALLENGE_MIN, CHALLENGE_MIN],
    write: (writer, message) => {
      writer.u8(message.version);
      writer.u8(message.difficulty);
      writer.u16((message.tls ? TLS_FLAG : 0) | (message.blake3 ? BLAKE3_FLAG : 0));
      writer.fixed(message.challenge, CHALLENGE_BYTES);
      writer.fixed(message.commitment, COMMITMENT_BYTES);
    },
    read: (reader) => {
      const version = reader.u8();
      const difficulty = reader.u8();
      const flags = reader.u16();
      return {
        type: 'CHALLENGE',
        version,
        difficulty,
        tls: (flags & TLS_FLAG) !== 0,
        blake3: (flags & BLAKE3_FLAG) !== 0,
        challenge: reader.bytes(CHALLENGE_BYTES),
        commitment: reader.bytes(COMMITMENT_BYTES),
      };
    },
  },
  // commitment 32, nonce 8, difficulty u8, challenge 16
  VERIFY: {
    number: 505,
    payload: [VERIFY_MIN, VERIFY_MIN],
    write: (writer, { commitment, nonce, difficulty, challenge }) => {
      writer.fixed(commitment, COMMITMENT_BYTES);
      writer.fixed(nonce, NONCE_BYTES);
      writer.u8(difficulty);
      writer.fixed(challenge, CHALLENGE_BYTES);
    },
    read: (reader) => ({
      type: 'VERIFY',
      commitment: reader.bytes(COMMITMENT_BYTES),
      nonce: reader.bytes(NONCE_BYTES),
      difficulty: reader.u8(),
      challenge: reader.bytes(CHALLENGE_BYTES),
    }),
  },
  // nothing, or nonce 8
  OK: {
    number: 506,
    payload: [0, NONCE_BYTES],
    extra: ({ nonce }) => (nonce === undefined ? 0 : NONCE_BYTES),
    write: (writer, { nonce }) => {
      if (nonce !== undefined) writer.fixed(nonce, NONCE_BYTES);
    },
    read: (reader) => ({
      type: 'OK',
      nonce: reader.left === 0 ? undefined : reader.bytes(NONCE_BYTES),
    }),
  },
  // code u16, text to the end
  ERROR: {
    number: 507,
    payload: [2, 2 + ERROR_TEXT_BYTES_MAX],
    extra: ({ text }) => Buffer.byteLength(text),
    write: (writer, { code, text }) => {
      writer.u16(code);
      writer.bytes(Buffer.from(text));
    },
    read: (reader) => ({
      type: 'ERROR',
      code: reader.u16(),
      text: reader.text(reader.left, ERROR_TEXT_BYTES_MAX),
    }),
  },
  // identity 32, salt 16, transcript 32, address, features u32, agent length u8, agent
  HELLO: {
    number: 508,
    payload: [HELLO_MIN, HELLO_MAX],
    extra: ({ address, agent }) => addressExtra(address) + Buffer.byteLength(agent),
    write: (writer, { identity, salt, transcript, address, features, agent }) => {
      const agentBytes = Buffer.from(agent);
      assertAtMost('bytes of agent', agentBytes.length, AGENT_BYTES_MAX);
      writer.fixed(identity, IDENTITY_BYTES);
      writer.fixed(salt, SALT_BYTES);
      writer.fixed(transcript, TRANSCRIPT_BYTES);
      writeAddress(writer, address);
      writer.u32(features);
      writer.u8(agentBytes.length);
      writer.bytes(agentBytes);
    },
    read: (reader) => ({
      type: 'HELLO',
      identity: reader.bytes(IDENTITY_BYTES),
      salt: reader.bytes(SALT_BYTES),
      transcript: reader.bytes(TRANSCRIPT_BYTES),
      address: readAddress(reader),
      features: reader.u32(),
      agent: reader.text(reader.u8(), AGENT_BYTES_MAX),
    }),
  },
};

const itemLayouts: Layouts<
  'INTEREST' | 'SPREAD' | 'HAVE' | 'WANT' | 'DONT_WANT' | 'GRAFT' | 'PRUNE'
> = {
  // flags u8, add count u16, types u16 each, remove count u16, types u16 each
  INTEREST: {
    number: 509,
    payload: [INTEREST_MIN, INTEREST_MIN + 2 * 2 * INTEREST_TYPES_MAX],
    extra: ({ add, remove }) => 2 * (add.length + remove.length),
    write: (writer, { all, add, remove }) => {
      writer.u8(all ? ALL_FLAG : 0);
      writeTypes(writer, add);
      writeTypes(writer, remove);
    },
    read: (reader) => ({
      type: 'INTEREST',
      all: (reader.u8() & ALL_FLAG) !== 0,
      add: readTypes(reader),
      remove: readTypes(reader),
    }),
  },
  // ttl u8, flags u8, data type u16, expiry u64, salt 8, data
  SPREAD: {
    number: 510,
    payload: [SPREAD_MIN, SPREAD_MIN + ITEM_DATA_BYTES_MAX],
    needsData: true,
    extra: ({ data }) => data.length,
    write: (writer, { ttl, stem, dataType, expiryMs, salt, data }) => {
      writer.u8(ttl);
      writer.u8(stem === true ? STEM_FLAG : 0);
      writer.u16(dataType);
      writer.u64(expiryMs);
      writer.fixed(salt, ITEM_SALT_BYTES);
      writer.bytes(data);
    },
    read: (reader) => {
      const ttl = reader.u8();
      const flags = reader.u8();
      const spread: Spread = {
        type: 'SPREAD',
        ttl,
        dataType: reader.u16(),
        expiryMs: reader.u64(),
        salt: reader.bytes(ITEM_SALT_BYTES),
        data: reader.rest(),
      };
      return (flags & STEM_FLAG) === 0 ? spread : { ...spread, stem: true };
    },
  },
  HAVE: idList(511, 'HAVE'),
  WANT: idList(512, 'WANT'),
  // data type u16
  GRAFT: {
    number: 513,
    payload: [2, 2],
    write: (writer, { dataType }) => writer.u16(dataType),
    read: (reader) => ({ type: 'GRAFT', dataType: reader.u16() }),
  },
  // data type u16, back-off u16 s
  PRUNE: {
    number: 514,
    payload: [4, 4],
    write: (writer, { dataType, backOffSeconds }) => {
      writer.u16(dataType);
      writer.u16(backOffSeconds);
    },
    read: (reader) => ({
      type: 'PRUNE',
      dataType: reader.u16(),
      backOffSeconds: reader.u16(),
    }),
  },
  DONT_WANT: idList(515, 'DONT_WANT'),
};

const viewLayouts: Layouts<
  'PEER_REQUEST' | 'PEER_RESPONSE' | 'PEER_JOIN' | 'PEER_LEAVE' | 'NEIGHBOR' | 'PING' | 'PONG'
> = {
  // max u8, count u8, records, count u8, types u16
  PEER_REQUEST: {
    number: 516,
    payload: [3, 3 + PEER_RECORDS_MAX * RECORD_BYTES.max + 2 * LACKING_TYPES_MAX],
    extra: ({ sample, types }) => recordsExtra(sample) + 2 * types.length,
    write: (writer, { max, sample, types }) => {
      writer.u8(max);
      writeRecords(writer, sample);
      assertAtMost('lacking types', types.length, LACKING_TYPES_MAX);
      writer.u8(types.length);
      for (const dataType of types) writer.u16(dataType);
    },
    read: (reader) => ({
      type: 'PEER_REQUEST',
      max: reader.u8(),
      sample: readRecords(reader),
      types: reader.list(reader.u8(), LACKING_TYPES_MAX, () => reader.u16()),
    }),
  },
  // count u8, records, sharing u8
  PEER_RESPONSE: {
    number: 517,
    payload: [2, 2 + PEER_RECORDS_MAX * RECORD_BYTES.max],
    extra: ({ peers }) => recordsExtra(peers),
    write: (writer, { peers, sharing }) => {
      assertAtMost('sharing peers', sharing, peers.length);
      writeRecords(writer, peers);
      writer.u8(sharing);
    },
    read: (reader) => {
      const peers = readRecords(reader);
      const sharing = reader.u8();
      if (sharing > peers.length) {
        reader.refuse('bad field', `${sharing} of ${peers.length} peers share`);
      }
      return { type: 'PEER_RESPONSE', peers, sharing };
    },
  },
  // record, hops left u8
  PEER_JOIN: {
    number: 518,
    payload: [RECORD_BYTES.min + 1, RECORD_BYTES.max + 1],
    extra: ({ peer }) => recordExtra(peer),
    write: (writer, { peer, hopsLeft }) => {
      writeRecord(writer, peer);
      writer.u8(hopsLeft);
    },
    read: (reader) => ({ type: 'PEER_JOIN', peer: readRecord(reader), hopsLeft: reader.u8() }),
  },
  // reason u16
  PEER_LEAVE: {
    number: 519,
    payload: [2, 2],
    write: (writer, { reason }) => writer.u16(reason),
    read: (reader) => ({ type: 'PEER_LEAVE', reason: reader.u16() }),
  },
  // word u8
  NEIGHBOR: {
    number: 520,
    payload: [1, 1],
    write: (writer, { word }) => writer.u8(NEIGHBOR_WORDS.indexOf(word)),
    read: (reader) => {
      const number = reader.u8();
      const word = NEIGHBOR_WORDS[number];
      if (word === undefined) reader.refuse('bad field', `word ${number}`);
      return { type: 'NEIGHBOR', word: word ?? 'refuse' };
    },
  },
  // 8 bytes to echo
  PING: {
    number: 521,
    payload: [PING_BYTES, PING_BYTES],
    write: (writer, { echo }) => writer.fixed(echo, PING_BYTES),
    read: (reader) => ({ type: 'PING', echo: reader.bytes(PING_BYTES) }),
  },
  PONG: {
    number: 522,
    payload: [PING_BYTES, PING_BYTES],
    write: (writer, { echo }) => writer.fixed(echo, PING_BYTES),
    read: (reader) => ({ type: 'PONG', echo: reader.bytes(PING_BYTES) }),
  },
};

const layouts: Layouts<keyof PeerMessages> = {
  ...handshakeLayouts,
  ...itemLayouts,
  ...viewLayouts,
};

/** The reading half of the peer protocol, for the framer. */
export const peerFrames = new FrameReader<PeerMessage>(PEER_HEADER, layouts);

/** Every message type of the peer protocol with its number and frame sizes. */
export const PEER_FRAME_SIZES: readonly FrameSize[] = peerFrames.sizes;

const encodeAs = <Type extends keyof PeerMessages>(
  type: Type,
  message: PeerMessages[Type],
): Buffer => encodeFrame(PEER_HEADER, layouts[type], message);

/**
 * One message of the peer protocol as a frame, header included.
 * @throws RangeError when a field does not fit; that is the caller's mistake.
 */
export const encodePeer = (message: PeerMessage): Buffer => encodeAs(message.type, message);

const bytesAs = <Type extends keyof PeerMessages>(
  type: Type,
  message: PeerMessages[Type],
): number => frameBytes(PEER_HEADER, layouts[type], message);

/**
 * Bytes of `encodePeer(message)`, without making them.
 * @throws RangeError when the message cannot be encoded.
 */
export const peerFrameBytes = (message: PeerMessage): number => bytesAs(message.type, message);

/**
 * The message in exactly one frame, header included. Total: never throws. Binary fields of the
 * message share memory with `frame`. An IPv4-mapped IPv6 address is given as IPv4.
 */
export const decodePeer = (frame: Buffer): Decoded<PeerMessage> => peerFrames.decode(frame);
