import type { Config } from '../../../src/config/config.js';
import { parseConfig } from '../../../src/config/parse.js';

/** The embedded default, with some keys about peers changed. */
export const configWith = (peers: Partial<Config['peers']> = {}): Config => {
  const parsed = parseConfig('');
  if (!parsed.ok) throw new Error('the default is no configuration');
  return { ...parsed.config, peers: { ...parsed.config.peers, ...peers } };
};
