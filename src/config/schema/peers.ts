import type { PeersConfig } from '../config.js';
import { address, addresses, boolean, path, seconds, wholeNumber } from '../kinds.js';
import { absent, type SettingsOf } from '../setting.js';

const DEGREE = 20;
/** Callers nearly always find a place, and a proof is not in vain; decision 0026. */
const LINKS_PER_DEGREE = 4;
const MAX_CONNECTIONS_AT_LEAST = 40;
/** Links of the groups that we choose, and their shares of a degree that has no room for them. */
const SAMPLED_LINKS = 8;
const SAMPLED_SHARE = 0.4;
const NEAR_LINKS = 4;
const NEAR_SHARE = 0.2;
const ANCHOR_LINKS = 2;
const ANCHOR_SHARE = 0.1;

/** A share of `degree`, at most `most`. */
const shareOf = (degree: number, share: number, most: number): number =>
  Math.min(most, Math.floor(share * degree));

/** Keys of whom the daemon is linked to. */
const linkSettings: SettingsOf<
  Pick<
    PeersConfig,
    | 'p2pAddress'
    | 'bootstrapper'
    | 'knownPeers'
    | 'degree'
    | 'sampledLinks'
    | 'nearLinks'
    | 'anchorLinks'
    | 'minConnections'
    | 'maxConnections'
    | 'passiveView'
    | 'addressBook'
  >
> = {
  p2pAddress: {
    section: 'gossip',
    key: 'p2p_address',
    kind: address(0),
    default: { host: '127.0.0.1', port: 6001 },
    effect: 'Where this daemon listens for other daemons; with port 0 the system picks one.',
    provenance: 'course configuration',
  },
  bootstrapper: {
    section: 'gossip',
    key: 'bootstrapper',
    kind: address(1),
    otherwise: absent({ host: '127.0.0.1', port: 6001 }, 'none: this daemon starts a network'),
    effect: 'The daemon through which this one joins a network.',
    provenance: 'course configuration',
  },
  knownPeers: {
    section: 'gossip',
    key: 'known_peers',
    kind: addresses(64),
    default: [],
    effect: 'More daemons to join through, trusted as the bootstrapper is.',
    provenance: 'an earlier module',
  },
  degree: {
    section: 'gossip',
    key: 'degree',
    kind: wholeNumber('links', 1, 64),
    default: DEGREE,
    effect: 'Links to other daemons that this one keeps up.',
    provenance: 'course configuration',
  },
  sampledLinks: {
    section: 'gossip',
    key: 'sampled_links',
    kind: wholeNumber('links', 0, 64),
    otherwise: {
      says: 'two fifths of degree, but at most 8',
      example: SAMPLED_LINKS,
      value: (read) => shareOf(read(linkSettings.degree), SAMPLED_SHARE, SAMPLED_LINKS),
    },
    rule: {
      says: 'with near_links and anchor_links not more than degree',
      holds: (value, read) =>
        value + read(linkSettings.nearLinks) + read(linkSettings.anchorLinks) <=
        read(linkSettings.degree),
    },
    effect:
      'Links that this daemon draws at random, all addresses of a /24 (IPv6: /48) as one, ' +
      'so that nobody can surround it.',
    provenance: 'p2p protocol page',
  },
  nearLinks: {
    section: 'gossip',
    key: 'near_links',
    kind: wholeNumber('links', 0, 64),
    otherwise: {
      says: 'a fifth of degree, but at most 4',
      example: NEAR_LINKS,
      value: (read) => shareOf(read(linkSettings.degree), NEAR_SHARE, NEAR_LINKS),
    },
    rule: {
      says: 'not more than degree',
      holds: (value, read) => value <= read(linkSettings.degree),
    },
    effect: 'Links of the shortest round trips, so that items spread fast.',
    provenance: 'p2p protocol page',
  },
  anchorLinks: {
    section: 'gossip',
    key: 'anchor_links',
    kind: wholeNumber('links', 0, 64),
    otherwise: {
      says: 'a tenth of degree, but at most 2',
      example: ANCHOR_LINKS,
      value: (read) => shareOf(read(linkSettings.degree), ANCHOR_SHARE, ANCHOR_LINKS),
    },
    rule: {
      says: 'not more than degree',
      holds: (value, read) => value <= read(linkSettings.degree),
    },
    effect: 'Links held longest, never exchanged, and dialled first after a restart.',
    provenance: 'p2p protocol page',
  },
  minConnections: {
    section: 'gossip',
    key: 'min_connections',
    kind: wholeNumber('links', 1, 64),
    default: 3,
    effect: 'With fewer links than this, more are asked for with high priority.',
    provenance: 'p2p protocol page',
  },
  maxConnections: {
    section: 'gossip',
    key: 'max_connections',
    kind: wholeNumber('links', 1, 256),
    otherwise: {
      says: 'four times degree, but at least 40',
      example: LINKS_PER_DEGREE * DEGREE,
      value: (read) =>
        Math.max(MAX_CONNECTIONS_AT_LEAST, LINKS_PER_DEGREE * read(linkSettings.degree)),
    },
    rule: {
      says: 'not less than degree',
      holds: (value, read) => value >= read(linkSettings.degree),
    },
    effect: 'Most links, whoever dialled; callers beyond it are refused.',
    provenance: 'our measurement',
  },
  passiveView: {
    section: 'gossip',
    key: 'passive_view',
    kind: wholeNumber('addresses', 1, 4_096),
    default: 128,
    effect: 'Addresses of other daemons remembered beyond the links.',
    provenance: 'p2p protocol page',
  },
  addressBook: {
    section: 'gossip',
    key: 'address_book',
    kind: path,
    default: 'config/address-book.json',
    effect: 'File that keeps those addresses over a restart; made when absent.',
    provenance: 'our guess',
  },
};

/** Keys of how the view of the network is kept fresh. */
const upkeepSettings: SettingsOf<Omit<PeersConfig, keyof typeof linkSettings>> = {
  searchCooldownMs: {
    section: 'gossip',
    key: 'search_cooldown',
    kind: seconds(0.1, 3_600),
    default: 1_000,
    effect: 'Pause between two rounds of dialling while links are missing.',
    provenance: 'an earlier module',
  },
  retryMaxMs: {
    section: 'gossip',
    key: 'retry_max',
    kind: seconds(0.1, 86_400),
    default: 30_000,
    effect: 'Longest back-off between attempts of a daemon that has no link at all.',
    provenance: 'our guess',
  },
  shuffleIntervalMs: {
    section: 'gossip',
    key: 'shuffle_interval',
    kind: seconds(0.1, 3_600),
    default: 10_000,
    effect: 'How often addresses are exchanged with a random peer.',
    provenance: 'p2p protocol page',
  },
  pingIntervalMs: {
    section: 'gossip',
    key: 'ping_interval',
    kind: seconds(0.1, 3_600),
    default: 10_000,
    effect: 'How often a link is asked for a sign of life.',
    provenance: 'our guess',
  },
  pingTimeoutMs: {
    section: 'gossip',
    key: 'ping_timeout',
    kind: seconds(0.05, 600),
    default: 3_000,
    effect: 'Silence after a PING that makes a peer suspect and has a replacement dialled.',
    provenance: 'p2p protocol page',
  },
  feelerIntervalMs: {
    section: 'gossip',
    key: 'feeler_interval',
    kind: seconds(0.1, 86_400),
    default: 60_000,
    effect: 'How often an address that was only heard of is tried.',
    provenance: 'p2p protocol page',
  },
  rotationIntervalMs: {
    section: 'gossip',
    key: 'rotation_interval',
    kind: seconds(1, 86_400),
    default: 300_000,
    effect: 'How often one of the sampled links is given up for one drawn anew.',
    provenance: 'p2p protocol page',
  },
  lab: {
    section: 'gossip',
    key: 'lab',
    kind: boolean,
    default: false,
    effect: 'Exempts loopback and private ranges from the limits per network: for test networks.',
    provenance: 'p2p protocol page',
  },
  labLinksOnly: {
    section: 'gossip',
    key: 'lab_links_only',
    kind: boolean,
    default: false,
    rule: {
      says: 'true only together with lab = true',
      holds: (value, read) => !value || read(upkeepSettings.lab),
    },
    effect: 'Dials known_peers and nobody else, and neither learns nor hands out addresses.',
    provenance: 'our guess',
  },
};

/** Keys of whom the daemon is linked to, and how it finds them. */
export const peerSettings: SettingsOf<PeersConfig> = { ...linkSettings, ...upkeepSettings };
