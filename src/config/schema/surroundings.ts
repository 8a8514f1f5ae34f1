import type { IdentityConfig, LogConfig, MetricsConfig, RpsConfig } from '../config.js';
import { address, oneOf, path } from '../kinds.js';
import { absent, type SettingsOf } from '../setting.js';

/** The key of who the daemon is. */
export const identitySettings: SettingsOf<IdentityConfig> = {
  hostkey: {
    section: '',
    key: 'hostkey',
    kind: path,
    default: 'config/hostkey.pem',
    effect: 'PEM file with the host key (RSA, Ed25519 or P-256); made on first start when absent.',
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
