import type { GossipClient } from '../../../src/client/gossip-client.js';
import { openListener, openModule, type Listener } from '../harness/modules.js';
import type { RawModule } from '../harness/raw-module.js';
import { waitUntil } from '../harness/wait.js';
import type { Daemon } from '../harness/daemon.js';
import { announce } from './frames.js';

const TOKEN_TYPE = 65_000;

let numbers = 0;
const next = (): number => (numbers += 1);

/** A data type that no other test of this file uses. */
export const freshType = (): number => 1_000 + next();

/** Data that no other item of this file has. */
export const freshData = (): string => `item ${next()}`;

/**
 * Tells when a daemon has dealt with what a module said, since it confirms nothing: the module
 * announces a token behind it, and a listener hears that. With the listener at the next daemon, it
 * has also dealt with what the module's daemon told it: the interest in a new type, for instance.
 */
export type Checkpoint = { passedBy(module: GossipClient | RawModule): Promise<void> };

/** A checkpoint whose listener sits at this daemon. */
export const openCheckpoint = async (daemon: Daemon): Promise<Checkpoint> => {
  const announced = async (): Promise<number> =>
    (await daemon.metrics()).get('items_announced_total') ?? 0;
  const before = await announced();
  const listener = await openListener(daemon, TOKEN_TYPE);
  // Its own token is not told to it, but is counted when its subscription has been dealt with.
  await listener.client.announce(TOKEN_TYPE, 'open', { ttl: 1 });
  await waitUntil(async () => (await announced()) > before, { what: 'the checkpoint opens' });
  return {
    passedBy: async (module) => {
      const token = `token ${next()}`;
      if ('write' in module) await module.write(announce(TOKEN_TYPE, token, 1));
      else await module.announce(TOKEN_TYPE, token, { ttl: 1 });
      await listener.hears(token);
    },
  };
};

/** A listener whose subscription is in force, for the neighbours of its daemon too. */
export const settledListener = async (
  daemon: Daemon,
  dataType: number,
  { at, verdict = 'accept' }: { readonly at: Checkpoint; readonly verdict?: 'accept' | 'abstain' },
): Promise<Listener> => {
  const listener = await openListener(daemon, dataType, verdict);
  await at.passedBy(listener.client);
  return listener;
};

/**
 * What a listener has not heard when everything before a marker has been told: the marker is
 * announced at `from` and takes the same way.
 */
export const heardUntilMarker = async (
  listener: Listener,
  from: Daemon,
  dataType: number,
): Promise<readonly string[]> => {
  const marker = `marker ${next()}`;
  const announcer = await openModule(from);
  await announcer.announce(dataType, marker);
  await listener.hears(marker);
  return listener.heard.map(({ data }) => data.toString()).filter((data) => data !== marker);
};
