import type { Target } from './target.js';
import { actorTargets } from './targets/actors.js';
import { decoders } from './targets/decoders.js';
import { socketTargets } from './targets/sockets.js';
import { textTargets } from './targets/texts.js';

/** Everything that reads what comes from outside. */
export const TARGETS: readonly Target[] = [
  ...decoders,
  ...textTargets,
  ...actorTargets,
  ...socketTargets,
];
