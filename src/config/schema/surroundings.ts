import type {
  IdentityConfig,
  InspectorConfig,
  LogConfig,
  MetricsConfig,
  RpsConfig,
} from '../config.js';
import { address, boolean, oneOf, path, token, wholeNumber } from '../kinds.js';
import { absent, type SettingsOf } from '../setting.js';

/** The key of who the daemon is. */
export const identitySettings: SettingsOf<IdentityConfig> = {
  hostkey: {
    section: '',
    key: 'hostkey',
    kind: path,
    default: 'config/hostkey.pem',
    effect:
      'PEM file with the host key (RSA, Ed25519 or P-256), which only its owner may read; made ' +
      'on first start when absent.',
    provenance: 'course configuration',
  },
};

/** The key of the RPS module. */
export const rpsSettings: SettingsOf<RpsConfig> = {
  rpsAddress: {
    section: 'rps',
    key: 'rps_address',
    kind: address(1),
    otherwise: absent({ host: '127.0.0.1', port: 7101 }, 'none: no RPS module is asked'),
    effect: 'The local RPS module, asked for random peers.',
    provenance: 'module API page',
  },
};

/** The key of the figures. */
export const metricsSettings: SettingsOf<MetricsConfig> = {
  address: {
    section: 'metrics',
    key: 'address',
    kind: address(0),
    otherwise: absent({ host: '127.0.0.1', port: 9101 }, 'none: no figures are served'),
    effect: 'Where the figures are served over HTTP; with port 0 the system picks one.',
    provenance: 'module API page',
  },
};

/** Keys of the live inspector. */
export const inspectorSettings: SettingsOf<InspectorConfig> = {
  address: {
    section: 'inspector',
    key: 'address',
    kind: address(0),
    otherwise: absent({ host: '127.0.0.1', port: 8011 }, 'none: the inspector is off'),
    effect: 'Where the live inspector is served over HTTP; with port 0 the system picks one.',
    provenance: 'our guess',
  },
  token: {
    section: 'inspector',
    key: 'token',
    kind: token,
    otherwise: absent(
      'a-long-word-hard-to-guess',
      'none: free on loopback; elsewhere that of the host key, which `hearsay inspect -c` prints',
    ),
    effect: 'What a page must carry in its address (?token=) to be shown anything.',
    provenance: 'our guess',
  },
  control: {
    section: 'inspector',
    key: 'control',
    kind: boolean,
    default: false,
    effect: 'Lets a person at the page send events to actors, close links, cut and heal them.',
    provenance: 'our guess',
  },
  ring: {
    section: 'inspector',
    key: 'ring',
    kind: wholeNumber('records', 100, 1_000_000),
    default: 20_000,
    effect: 'Records kept for time travel while a page is open; about 1 KB each.',
    provenance: 'our guess',
  },
};

/** Keys of the log. */
export const logSettings: SettingsOf<LogConfig> = {
  level: {
    section: 'log',
    key: 'level',
    kind: oneOf('error', 'warn', 'info', 'debug'),
    default: 'info',
    effect: 'The least grave lines that are logged.',
    provenance: 'module API page',
  },
  file: {
    section: 'log',
    key: 'file',
    kind: path,
    otherwise: absent('hearsay.log', 'none: no log file is written'),
    effect: 'File that the log is appended to.',
    provenance: 'module API page',
  },
};
