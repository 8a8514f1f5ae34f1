/**
 * The settings of a daemon as the program sees them. A property is the key of the file in
 * camelCase; durations are whole milliseconds and end in `Ms`. What may be written, the defaults
 * and where they come from stand in `schema/`, once, and in docs/CONFIG.md.
 */
import type { DialAddress } from '../common/address.js';

/** Who the daemon is. */
export type IdentityConfig = {
  /** Path of the PEM file with the host key. */
  readonly hostkey: string;
};

/** What is spread, and how long it is kept. */
export type ItemsConfig = {
  /** How items are spread: what is traded for what. */
  readonly profile: 'balanced' | 'lean';
  /** Own announces travel a few hops in private before they are spread. */
  readonly stem: boolean;
  /** Validated items kept in the knowledge base. */
  readonly cacheSize: number;
  /** Hops given to an item that a module announced with ttl 0; 0 is unlimited. */
  readonly p2pTtl: number;
  /** From the announce of an item to its expiry. */
  readonly itemLifetimeMs: number;
  /** How long the id of an item is remembered. */
  readonly suppressTimeMs: number;
  /** Bytes of data in the knowledge base. */
  readonly knowledgeBytesMax: number;
  /** Items that wait for validation at once. */
  readonly pendingItemsMax: number;
  /** Item ids remembered at once. */
  readonly seenIdsMax: number;
  /** Bytes of items a second that one peer may send unasked. */
  readonly peerDataRate: number;
  /** Bytes of items a second that one peer is sent because it asked. */
  readonly peerWantRate: number;
};

/** Whom the daemon is linked to, and how it finds them. */
export type PeersConfig = {
  /** Where other daemons connect; port 0 lets the system pick. */
  readonly p2pAddress: DialAddress;
  /** Dialled to join a network; undefined: this daemon starts one of its own. */
  readonly bootstrapper: DialAddress | undefined;
  /** Dialled as the bootstrapper is. */
  readonly knownPeers: readonly DialAddress[];
  /** Links to keep. */
  readonly degree: number;
  /** Of those that we dial: drawn at random, network by network. */
  readonly sampledLinks: number;
  /** Links of the shortest round trips. */
  readonly nearLinks: number;
  /** Links held longest, and dialled first after a restart. */
  readonly anchorLinks: number;
  /** Below so many links, more are asked for with high priority. */
  readonly minConnections: number;
  /** Links of any direction. */
  readonly maxConnections: number;
  /** Addresses known beyond the links. */
  readonly passiveView: number;
  /** Path of the file that keeps the addresses over a restart. */
  readonly addressBook: string;
  /** Pause between rounds of dialling. */
  readonly searchCooldownMs: number;
  /** Longest back-off of a daemon without links. */
  readonly retryMaxMs: number;
  /** Between two exchanges of addresses with a random peer. */
  readonly shuffleIntervalMs: number;
  /** Between two signs of life on a quiet link; the end that was called waits a quarter longer. */
  readonly pingIntervalMs: number;
  /** Silence after a PING that makes a peer suspect. */
  readonly pingTimeoutMs: number;
  /** Between two trial calls to addresses that nobody here has tried. */
  readonly feelerIntervalMs: number;
  /** Between two links that are given up for one drawn anew. */
  readonly rotationIntervalMs: number;
  /** Loopback and private ranges are exempt from the limits per network. */
  readonly lab: boolean;
  /** Only `knownPeers` are dialled, and no address is learned or handed out. */
  readonly labLinksOnly: boolean;
};

/** What runs on an established connection. */
export type Transport = 'tls' | 'plain';

/** What a stranger must do before it is served. */
export type HandshakeConfig = {
  readonly transport: Transport;
  /** How long a certificate for links is valid; a new one is made in half of that. */
  readonly certificateLifetimeMs: number;
  /** What proofs of work are made with. */
  readonly hash: 'sha256' | 'blake3';
  /** Leading zero bits asked of a caller at rest. */
  readonly difficulty: number;
  /** Between two changes of what is asked, by the share of half-open slots that is taken. */
  readonly difficultyIntervalMs: number;
  /** Most leading zero bits that this daemon works for. */
  readonly difficultyMax: number;
  /** From CHALLENGE to VERIFY. */
  readonly proofTimeoutMs: number;
  /** Threads that solve puzzles. */
  readonly solverWorkers: number;
  /** Connections before the end of the handshake. */
  readonly halfOpenMax: number;
  /** The same, from one /24 (IPv6: /48). */
  readonly halfOpenPerNetworkMax: number;
  /** How long an address is put aside, at first, after a failed handshake. */
  readonly challengeCooldownMs: number;
};

/** Whether one valid verdict is enough when other subscribers are silent at the deadline. */
export type ValidationPolicy = 'any' | 'all';

/** How local modules are served. */
export type ApiConfig = {
  /** Where local modules connect; port 0 lets the system pick. */
  readonly apiAddress: DialAddress;
  /** How long the verdicts on an item are waited for. */
  readonly validationTimeoutMs: number;
  readonly validationPolicy: ValidationPolicy;
  /** A module that announces a type it did not subscribe to is hung up on. */
  readonly strictApi: boolean;
  /** Modules connected at once. */
  readonly apiConnectionsMax: number;
  /** Notifications without a verdict, of one module. */
  readonly outstandingMax: number;
  /** Bytes that one module has yet to read. */
  readonly unsentBytesMax: number;
};

/** The local RPS module, a source of random peers. */
export type RpsConfig = { readonly rpsAddress: DialAddress | undefined };

/** Where the figures are served over HTTP, if at all; port 0 lets the system pick. */
export type MetricsConfig = { readonly address: DialAddress | undefined };

/** The live inspector: a page that shows the actors while they work. */
export type InspectorConfig = {
  /** Where it is served, if at all; port 0 lets the system pick. */
  readonly address: DialAddress | undefined;
  /** What requests must carry; undefined: nothing on loopback, elsewhere one is made at start. */
  readonly token: string | undefined;
  /** A person at the page may send events, close links and cut them. */
  readonly control: boolean;
  /** Records kept for time travel while a page is open. */
  readonly ring: number;
};

/** From the gravest to the most talkative; each includes those before it. */
export type ConfigLogLevel = 'error' | 'warn' | 'info' | 'debug';

/** What is logged, and where. */
export type LogConfig = {
  readonly level: ConfigLogLevel;
  /** Path of a file that gets the log too. */
  readonly file: string | undefined;
};

/** Every setting of a daemon. */
export type Config = {
  readonly identity: IdentityConfig;
  readonly items: ItemsConfig;
  readonly peers: PeersConfig;
  readonly handshake: HandshakeConfig;
  readonly api: ApiConfig;
  readonly rps: RpsConfig;
  readonly metrics: MetricsConfig;
  readonly inspector: InspectorConfig;
  readonly log: LogConfig;
};
