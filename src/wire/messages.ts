/**
 * What is said: the messages of both protocols as plain data. `docs/PROTOCOL.md` gives the bytes.
 *
 * Binary fields are `Buffer`s. A decoded message may share memory with the frame that it came in;
 * whoever keeps one longer than the event that brought it copies what it keeps.
 */

/** Sizes in bytes of the fixed fields, in one place. */
export const IDENTITY_BYTES = 32;
export const COMMITMENT_BYTES = 32;
export const CHALLENGE_BYTES = 16;
export const SALT_BYTES = 16;
export const NONCE_BYTES = 8;
export const ITEM_ID_BYTES = 20;
export const ITEM_SALT_BYTES = 8;
export const TRANSCRIPT_BYTES = 32;
export const PING_BYTES = 8;

// ---------------------------------------------------------------- module API (16-bit size header)

/** 500: a local module has something to spread. `ttl` 0 is unlimited, n reaches n hops. */
export type GossipAnnounce = {
  readonly type: 'ANNOUNCE';
  readonly ttl: number;
  readonly dataType: number;
  readonly data: Buffer;
};
/** 501: a local module wants items of this type, until its connection ends. */
export type GossipNotify = { readonly type: 'NOTIFY'; readonly dataType: number };
/** 502: an item for a subscriber, to be answered with VALIDATION. */
export type GossipNotification = {
  readonly type: 'NOTIFICATION';
  readonly messageId: number;
  readonly dataType: number;
  readonly data: Buffer;
};
/** 503: the verdict of a subscriber on a NOTIFICATION. */
export type GossipValidation = {
  readonly type: 'VALIDATION';
  readonly messageId: number;
  readonly valid: boolean;
};
/** 540: asks the RPS module for a random peer. */
export type RpsQuery = { readonly type: 'RPS_QUERY' };
/** 541: a random peer, as the RPS module knows it. */
export type RpsPeer = {
  readonly type: 'RPS_PEER';
  readonly address: PeerAddress;
  readonly portMap: readonly { readonly app: number; readonly port: number }[];
  /** DER, SubjectPublicKeyInfo. */
  readonly hostKey: Buffer;
};

/** What a module may say to us. */
export type ApiRequest = GossipAnnounce | GossipNotify | GossipValidation;
/** Every message of the module API, in either direction. */
export type ApiMessage = ApiRequest | GossipNotification | RpsQuery | RpsPeer;

/**
 * Most bytes of data an item can have: 65,535 - 4 (header) - 4 (rest of ANNOUNCE or NOTIFICATION).
 */
export const ITEM_DATA_BYTES_MAX = 65_527;

// ------------------------------------------------------------- peer protocol (32-bit size header)

/** Where a peer listens. `host` is a canonical IPv4 or IPv6 literal, never a name. */
export type PeerAddress = {
  readonly family: 4 | 6;
  readonly host: string;
  readonly port: number;
};

/** A peer as told to others: family, address, port, identity, age. */
export type PeerRecord = {
  readonly address: PeerAddress;
  /** SHA-256 of the host key's SubjectPublicKeyInfo, 32 B. */
  readonly identity: Buffer;
  /** Seconds since somebody last spoke with it, at most 65,535. */
  readonly ageSeconds: number;
};

/** 504, listener to caller: solve this before I spend anything on you. */
export type Challenge = {
  readonly type: 'CHALLENGE';
  readonly version: number;
  /** Leading zero bits asked for. */
  readonly difficulty: number;
  /** Bit 0: TLS follows OK. */
  readonly tls: boolean;
  /** Bit 1: BLAKE3 in place of SHA-256. */
  readonly blake3: boolean;
  readonly challenge: Buffer;
  /** Commitment of the listener to its identity, 32 B. */
  readonly commitment: Buffer;
};
/** 505, caller to listener: the proof, and a challenge in return. */
export type Verify = {
  readonly type: 'VERIFY';
  readonly commitment: Buffer;
  readonly nonce: Buffer;
  /** Leading zero bits asked of the listener; 0 asks for no proof. */
  readonly difficulty: number;
  readonly challenge: Buffer;
};
/** 506, listener to caller: accepted; the nonce answers the caller's challenge, if it asked. */
export type Ok = { readonly type: 'OK'; readonly nonce: Buffer | undefined };
/** 507: why the connection ends. */
export type PeerError = { readonly type: 'ERROR'; readonly code: number; readonly text: string };
/** 508: who I am, where I listen. */
export type Hello = {
  readonly type: 'HELLO';
  readonly identity: Buffer;
  readonly salt: Buffer;
  /** SHA-256 of the canonical bytes of CHALLENGE, VERIFY and OK, 32 B. */
  readonly transcript: Buffer;
  /** An unspecified host (0.0.0.0 or ::) means: the address that you see me call from. */
  readonly address: PeerAddress;
  readonly features: number;
  readonly agent: string;
};
/** 509: what my modules subscribed to, as a change to what I said before. */
export type Interest = {
  readonly type: 'INTEREST';
  /** True: everything, whatever the lists say. */
  readonly all: boolean;
  readonly add: readonly number[];
  readonly remove: readonly number[];
};
/** 510: an item. */
export type Spread = {
  readonly type: 'SPREAD';
  /** Hops left, the receiver's included: 0 is unlimited, 1 is not forwarded. */
  readonly ttl: number;
  /** On the stem: to be passed to one link, not to be spread yet (`core/stem.ts`). */
  readonly stem?: true;
  readonly dataType: number;
  /** Milliseconds since 1970, when the item is worth nothing any more. */
  readonly expiryMs: number;
  readonly salt: Buffer;
  readonly data: Buffer;
};
/** 511: I hold these items; ask if you lack them. */
export type Have = { readonly type: 'HAVE'; readonly ids: readonly Buffer[] };
/** 512: send me these items. */
export type Want = { readonly type: 'WANT'; readonly ids: readonly Buffer[] };
/** 513: make this link eager for a data type. */
export type Graft = { readonly type: 'GRAFT'; readonly dataType: number };
/** 514: make this link lazy for a data type, and do not graft it for a while. */
export type Prune = {
  readonly type: 'PRUNE';
  readonly dataType: number;
  readonly backOffSeconds: number;
};
/** 515: I have these already; cancel queued copies. */
export type DontWant = { readonly type: 'DONT_WANT'; readonly ids: readonly Buffer[] };
/** 516: a shuffle: a sample of my view, and how many records I would like back. */
export type PeerRequest = {
  readonly type: 'PEER_REQUEST';
  readonly max: number;
  readonly sample: readonly PeerRecord[];
  /** Data types for which the sender lacks links that want them too. */
  readonly types: readonly number[];
};
/** 517: the answer to a PEER_REQUEST, never sent unasked. */
export type PeerResponse = {
  readonly type: 'PEER_RESPONSE';
  readonly peers: readonly PeerRecord[];
  /** So many of them, the first, want one of the types that were asked for. */
  readonly sharing: number;
};
/** 518: a new peer walks the overlay. */
export type PeerJoin = {
  readonly type: 'PEER_JOIN';
  readonly peer: PeerRecord;
  readonly hopsLeft: number;
};
/** 519: I leave on purpose. */
export type PeerLeave = { readonly type: 'PEER_LEAVE'; readonly reason: number };
/** What NEIGHBOR says, by its number on the wire. */
export const NEIGHBOR_WORDS = ['low', 'high', 'accept', 'refuse'] as const;
export type NeighborWord = (typeof NEIGHBOR_WORDS)[number];
/** 520: an active link is asked for with low or high priority, or the answer to that. */
export type Neighbor = { readonly type: 'NEIGHBOR'; readonly word: NeighborWord };
/** 521 and 522: keepalive and round-trip time; 8 B are echoed. */
export type Ping = { readonly type: 'PING'; readonly echo: Buffer };
export type Pong = { readonly type: 'PONG'; readonly echo: Buffer };

/** What belongs to the handshake proper: challenge -> verify -> ok. */
export type HandshakeMessage = Challenge | Verify | Ok | PeerError;

export type PeerMessage =
  | HandshakeMessage
  | Hello
  | Interest
  | Spread
  | Have
  | Want
  | Graft
  | Prune
  | DontWant
  | PeerRequest
  | PeerResponse
  | PeerJoin
  | PeerLeave
  | Neighbor
  | Ping
  | Pong;

/**
 * Most ids in a HAVE, WANT or DONT_WANT; most types in an INTEREST list (design page, "Messages").
 */
export const IDS_MAX = 256;
export const INTEREST_TYPES_MAX = 256;
/** Most data types in PEER_REQUEST; our guess. */
export const LACKING_TYPES_MAX = 32;
/** Most records in PEER_REQUEST and PEER_RESPONSE. */
export const PEER_RECORDS_MAX = 32;
/** Most bytes of an agent string and of an ERROR's text, in UTF-8. */
export const AGENT_BYTES_MAX = 64;
export const ERROR_TEXT_BYTES_MAX = 256;

/** Codes of ERROR by what they mean; the numbers are on the wire. */
export const ERROR_CODES = {
  undefined: 0,
  invalidRequest: 1,
  badProof: 2,
  timeout: 3,
  busy: 4,
  version: 5,
  difficultyRefused: 6,
  selfOrDuplicate: 7,
  protocolViolation: 8,
  shuttingDown: 9,
  identityMismatch: 10,
  rateExceeded: 11,
} as const;
export type ErrorName = keyof typeof ERROR_CODES;

/** The version of the peer protocol that this code speaks. */
export const PROTOCOL_VERSION = 1;

/**
 * Largest frame accepted in each phase of a peer connection, header included (our guess: room to
 * spare).
 */
export const FRAME_LIMITS = { unproven: 512, unestablished: 4_096, established: 71_680 } as const;
