import { join } from 'node:path';
import { stringify } from 'ini';

type Value = string | number | boolean;

/** Keys of a configuration by section; keys at the top level stand for themselves. */
export type IniSections = Readonly<Record<string, Value | Readonly<Record<string, Value>>>>;

const isSection = (value: IniSections[string]): value is Readonly<Record<string, Value>> =>
  typeof value === 'object';

/** The sections of `over` laid over those of `under`, key by key. */
export const mergeSections = (under: IniSections, over: IniSections): IniSections => {
  const merged: Record<string, IniSections[string]> = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const below = merged[name];
    merged[name] =
      isSection(value) && below !== undefined && isSection(below) ? { ...below, ...value } : value;
  }
  return merged;
};

/**
 * A daemon for trying things out on this host: its files in one folder, ports picked by the system,
 * the limits per network lifted.
 */
export const labSections = (folder: string, difficulty: number): IniSections => ({
  hostkey: join(folder, 'hostkey.pem'),
  gossip: {
    p2p_address: '127.0.0.1:0',
    api_address: '127.0.0.1:0',
    address_book: join(folder, 'address-book.json'),
    lab: true,
    difficulty,
  },
});

/** The text of a configuration file. */
export const formatSections = (sections: IniSections): string => stringify(sections);
