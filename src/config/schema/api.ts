import type { ApiConfig } from '../config.js';
import {
  GIB,
  KIB,
  MIB,
  address,
  boolean,
  byteSize,
  oneOf,
  seconds,
  wholeNumber,
} from '../kinds.js';
import type { SettingsOf } from '../setting.js';

/** Keys of how local modules are served. */
export const apiSettings: SettingsOf<ApiConfig> = {
  apiAddress: {
    section: 'gossip',
    key: 'api_address',
    kind: address(0),
    default: { host: '127.0.0.1', port: 7001 },
    effect: 'Where this daemon listens for local modules; with port 0 the system picks one.',
    provenance: 'course configuration',
  },
  validationTimeoutMs: {
    section: 'gossip',
    key: 'validation_timeout',
    kind: seconds(0.05, 3_600),
    default: 5_000,
    effect: 'How long the verdicts of local modules on an item are waited for.',
    provenance: 'module API page',
  },
  validationPolicy: {
    section: 'gossip',
    key: 'validation_policy',
    kind: oneOf('any', 'all'),
    default: 'any',
    effect:
      'Whether an item needs one valid verdict at the deadline, or one of every subscriber; one ' +
      'invalid verdict stops it at once, either way.',
    provenance: 'module API page',
  },
  strictApi: {
    section: 'gossip',
    key: 'strict_api',
    kind: boolean,
    default: false,
    effect: 'Closes the connection of a module that announces a type it did not subscribe to.',
    provenance: 'module API page',
  },
  apiConnectionsMax: {
    section: 'gossip',
    key: 'api_connections_max',
    kind: wholeNumber('connections', 1, 65_535),
    default: 1_024,
    effect: 'Most modules connected at once; the newest is refused.',
    provenance: 'our guess',
  },
  outstandingMax: {
    section: 'gossip',
    key: 'outstanding_max',
    // Ids have 16 bits and rest for two deadlines after use: half of them may be out at once.
    kind: wholeNumber('notifications', 1, 32_768),
    default: 1_024,
    effect: 'Most notifications that one module has yet to answer; its oldest are given up.',
    provenance: 'module API page',
  },
  unsentBytesMax: {
    section: 'gossip',
    key: 'unsent_bytes_max',
    kind: byteSize(128 * KIB, GIB),
    default: 8 * MIB,
    effect: 'Most bytes that one module has yet to read; what is older is skipped.',
    provenance: 'module API page',
  },
};
