/** Attacks of modules on the same host. */
import { announce, notify } from '../api/frames.js';
import { openListener } from '../harness/modules.js';
import { rawModule } from '../harness/raw-module.js';
import type { Attack } from './attack.js';
import { HONEST_TYPE } from './scene.js';

const LARGE_TYPE = 720;
const LARGE_BYTES = 60_000;
/** The message cache keeps 32 MiB (docs/LIMITS.md), and as much waits for the collector. */
const KEPT_MIB = 64;

export const neverReads: Attack = {
  name: 'module-never-reads',
  about: 'a module that wants everything and reads nothing, beside one that announces 60 KB items',
  keepsMib: KEPT_MIB,
  run: async (scene, force) => {
    const deaf = await rawModule(scene.victim.api);
    await deaf.write(Buffer.concat([notify(HONEST_TYPE), notify(LARGE_TYPE)]));
    deaf.socket.pause();
    const loud = await rawModule(scene.victim.api);
    await loud.write(notify(LARGE_TYPE));
    loud.socket.resume();
    for (let count = 0; count < (force === 'full' ? 2_000 : 200); count += 1) {
      await loud.write(announce(LARGE_TYPE, Buffer.alloc(LARGE_BYTES, count), 1));
      if (count % 20 === 0) await scene.items(2);
    }
    deaf.socket.destroy();
    loud.socket.destroy();
  },
};

export const allInvalid: Attack = {
  name: 'module-all-invalid',
  about: 'a module that calls every item invalid, at a daemon that others go around',
  run: async (scene, force) => {
    const spoiler = await openListener(scene.victim, HONEST_TYPE, 'reject');
    await scene.items(force === 'full' ? 400 : 60);
    if (spoiler.heard.length === 0) throw new Error('the module was asked nothing');
    await spoiler.client.close();
  },
};
