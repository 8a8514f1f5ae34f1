/** What a host can do to the daemon that runs on it. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../harness/cleanup.js';
import { openListener } from '../harness/modules.js';
import { joinDaemon } from '../harness/raw-peer.js';
import { waitUntil } from '../harness/wait.js';
import type { Attack } from './attack.js';
import { openSockets } from './on-sockets.js';

/** Starts what follows with a limit of the shell's. */
const limited = (limit: string): string[] => ['sh', '-c', `ulimit ${limit} && exec "$@"`, 'sh'];

const DESCRIPTORS = 80;

export const noDescriptors: Attack = {
  name: 'no-descriptors',
  about: `${DESCRIPTORS} file descriptors, and more connections than that on both ports`,
  victim: () => ({ launcher: limited(`-n ${DESCRIPTORS}`) }),
  run: async (scene, force) => {
    const [peers, modules] = await Promise.all([
      openSockets(scene.victim.p2p, 100),
      openSockets(scene.victim.api, 100),
    ]);
    await scene.items(force === 'full' ? 400 : 60);
    const { sockets } = scene.holdings();
    if (sockets < DESCRIPTORS / 2) throw new Error(`only ${sockets} sockets were taken`);
    for (const socket of [...peers, ...modules]) socket.destroy();
  },
  afterwards: async ({ victim }) => {
    const newcomer = await openListener(victim, 730);
    await newcomer.client.close();
  },
};

export const fullDisk: Attack = {
  name: 'full-disk',
  about: 'no file can grow beyond a few hundred bytes: neither the log nor the address book',
  victim: () => {
    const dir = temporaryFolder();
    return {
      dir,
      args: ['-l', join(dir, 'log'), '--log-level', 'debug'],
      launcher: limited('-f 1'),
    };
  },
  run: async (scene) => {
    for (let port = 1; port <= 6; port += 1) {
      const address = { family: 4, host: '127.0.0.1', port } as const;
      const { peer } = await joinDaemon(scene.victim, { address });
      await scene.items(10);
      peer.close();
    }
    await scene.victim.waitForLog(/log file not written/);
  },
  stopped: async ({ victim }) => {
    await victim.waitForLog(/address book not saved/);
  },
};

/** Has `Date` of the daemon an hour behind from the next SIGUSR2 on, and right after one more. */
const CLOCK_SHIFT = fileURLToPath(new URL('./clock-shift.mjs', import.meta.url));

export const clockBack: Attack = {
  name: 'clock-back',
  about: 'the clock of the host is set back an hour, and later put right',
  deafens: 'items that it takes for ones of the future are refused until its clock is right',
  victim: () => ({ launcher: ['env', `NODE_OPTIONS=--import=${CLOCK_SHIFT}`] }),
  run: async (scene, force) => {
    process.kill(scene.victim.pid, 'SIGUSR2');
    const tooNew = async (): Promise<boolean> =>
      ((await scene.victim.metrics()).get('items_too_new_total') ?? 0) > 0;
    await waitUntil(tooNew, { what: 'items are too new for it' });
    await scene.items(force === 'full' ? 400 : 60);
    process.kill(scene.victim.pid, 'SIGUSR2');
    await scene.items(20);
  },
};
