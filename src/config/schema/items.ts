import type { ItemsConfig } from '../config.js';
import { GIB, KIB, MIB, boolean, byteSize, oneOf, seconds, wholeNumber } from '../kinds.js';
import type { SettingsOf } from '../setting.js';

/** How far clocks may differ: an item may live that much longer elsewhere. As the p2p page says. */
const CLOCK_SKEW_MS = 120_000;
/** How much longer than an item its id is remembered by default. Source: p2p protocol page. */
const SUPPRESS_MARGIN_MS = 180_000;

/** Keys of what is spread, and how long it is kept. */
export const itemSettings: SettingsOf<ItemsConfig> = {
  profile: {
    section: 'gossip',
    key: 'profile',
    kind: oneOf('balanced', 'lean'),
    default: 'balanced',
    effect: 'How items are spread: balanced is fast, lean sends hardly any copy twice.',
    provenance: 'p2p protocol page',
  },
  stem: {
    section: 'gossip',
    key: 'stem',
    kind: boolean,
    default: false,
    effect:
      'Passes what modules here announce to one daemon, and on to another, before it is spread: ' +
      'who announced it is harder to tell, and it comes later.',
    provenance: 'our guess',
  },
  cacheSize: {
    section: 'gossip',
    key: 'cache_size',
    kind: wholeNumber('items', 1, 100_000),
    default: 50,
    effect: 'Validated items that the knowledge base keeps for peers that join later.',
    provenance: 'course configuration',
  },
  p2pTtl: {
    section: 'gossip',
    key: 'p2p_ttl',
    kind: wholeNumber('hops', 0, 255),
    default: 0,
    effect: 'Hops given to an item that a module announced with ttl 0; 0 keeps it unlimited.',
    provenance: 'an earlier module',
  },
  itemLifetimeMs: {
    section: 'gossip',
    key: 'item_lifetime',
    kind: seconds(1, 86_400),
    default: 600_000,
    effect: 'How long after its announce an item is still accepted and spread.',
    provenance: 'p2p protocol page',
  },
  suppressTimeMs: {
    section: 'gossip',
    key: 'suppress_time',
    kind: seconds(1, 172_800),
    otherwise: {
      says: 'item_lifetime + 180',
      example: 780_000,
      value: (read) => read(itemSettings.itemLifetimeMs) + SUPPRESS_MARGIN_MS,
    },
    rule: {
      says: 'more than item_lifetime + 120, so that no item outlives the memory of it',
      holds: (valueMs, read) => valueMs > read(itemSettings.itemLifetimeMs) + CLOCK_SKEW_MS,
    },
    effect: 'How long the id of an item is remembered, so that the item is not taken for new.',
    provenance: 'p2p protocol page',
  },
  knowledgeBytesMax: {
    section: 'gossip',
    key: 'knowledge_bytes_max',
    kind: byteSize(256 * KIB, 4 * GIB),
    default: 64 * MIB,
    effect: 'Most data that the knowledge base holds, whatever cache_size says.',
    provenance: 'p2p protocol page',
  },
  pendingItemsMax: {
    section: 'gossip',
    key: 'pending_items_max',
    kind: wholeNumber('items', 1, 1_000_000),
    default: 16_384,
    effect: 'Most items that wait for the verdicts of local modules at once.',
    provenance: 'our guess',
  },
  seenIdsMax: {
    section: 'gossip',
    key: 'seen_ids_max',
    kind: wholeNumber('ids', 1_000, 10_000_000),
    default: 500_000,
    effect: 'Most item ids remembered at once.',
    provenance: 'our guess',
  },
  peerDataRate: {
    section: 'gossip',
    key: 'peer_data_rate',
    kind: byteSize(64 * KIB, 4 * GIB),
    default: 16 * MIB,
    effect:
      'Bytes of items a second that one peer may send unasked, and four seconds of it at once; ' +
      'what is more is passed over.',
    provenance: 'our guess',
  },
  peerWantRate: {
    section: 'gossip',
    key: 'peer_want_rate',
    kind: byteSize(64 * KIB, 4 * GIB),
    default: 4 * MIB,
    effect:
      'Bytes of items a second that one peer is sent because it asked, and four seconds of it at ' +
      'once; then it has to ask another.',
    provenance: 'our guess',
  },
};
