/** Every key of the configuration, once: parser, default.ini and docs/CONFIG.md come from it. */
import type { Config } from './config.js';
import { apiSettings } from './schema/api.js';
import { handshakeSettings } from './schema/handshake.js';
import { itemSettings } from './schema/items.js';
import { peerSettings } from './schema/peers.js';
import {
  identitySettings,
  inspectorSettings,
  logSettings,
  metricsSettings,
  rpsSettings,
} from './schema/surroundings.js';
import type { AnySetting, Read, Setting, SettingsOf } from './setting.js';

/** The settings behind each group of `Config`. */
export const settings: { readonly [Group in keyof Config]: SettingsOf<Config[Group]> } = {
  identity: identitySettings,
  peers: peerSettings,
  handshake: handshakeSettings,
  items: itemSettings,
  api: apiSettings,
  rps: rpsSettings,
  metrics: metricsSettings,
  inspector: inspectorSettings,
  log: logSettings,
};

/** The same as lists under headings, in the order of default.ini. */
export const chapters: readonly {
  readonly heading: string;
  readonly settings: readonly AnySetting[];
}[] = [
  { heading: 'Identity', settings: Object.values<AnySetting>(settings.identity) },
  { heading: 'Peers', settings: Object.values<AnySetting>(settings.peers) },
  { heading: 'Handshake', settings: Object.values<AnySetting>(settings.handshake) },
  { heading: 'Items', settings: Object.values<AnySetting>(settings.items) },
  { heading: 'Module API', settings: Object.values<AnySetting>(settings.api) },
  { heading: 'RPS module', settings: Object.values<AnySetting>(settings.rps) },
  { heading: 'Metrics', settings: Object.values<AnySetting>(settings.metrics) },
  { heading: 'Inspector', settings: Object.values<AnySetting>(settings.inspector) },
  { heading: 'Log', settings: Object.values<AnySetting>(settings.log) },
];

/** The same as one list. */
export const schema: readonly AnySetting[] = chapters.flatMap((chapter) => chapter.settings);

/** Finds the setting of a key. */
export const findSetting = (section: string, key: string): AnySetting | undefined =>
  schema.find((setting) => setting.section === section && setting.key === key);

/**
 * A reader of settings: gives what `given` holds, else the default. `given` holds under a setting
 * only what the kind of that setting has read, which is what makes the assertion below true.
 */
export const reader = (given: ReadonlyMap<AnySetting, unknown>): Read => {
  const read: Read = <Value>(setting: Setting<Value>): Value => {
    const value = given.get(setting) as Value | undefined;
    if (value !== undefined) return value;
    return setting.otherwise === undefined ? setting.default : setting.otherwise.value(read);
  };
  return read;
};

/** Reads every setting. */
export const readConfig = (read: Read): Config => ({
  identity: readGroup(settings.identity, read),
  items: readGroup(settings.items, read),
  peers: readGroup(settings.peers, read),
  handshake: readGroup(settings.handshake, read),
  api: readGroup(settings.api, read),
  rps: readGroup(settings.rps, read),
  metrics: readGroup(settings.metrics, read),
  inspector: readGroup(settings.inspector, read),
  log: readGroup(settings.log, read),
});

/** `SettingsOf` pairs every property with a setting of its type, so the result is a `Group`. */
const readGroup = <Group extends object>(group: SettingsOf<Group>, read: Read): Group =>
  Object.fromEntries(
    Object.entries<AnySetting>(group).map(([property, setting]) => [property, read(setting)]),
  ) as Group;
