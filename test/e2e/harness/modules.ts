import { connect, type GossipClient } from '../../../src/client/gossip-client.js';
import type { Notification } from '../../../src/client/notification-stream.js';
import { onStopAll } from './cleanup.js';
import { WAIT_MS, within } from './wait.js';

/** A client of the daemon whose API listens at `api`; `stopAll` closes it. */
export const openModule = async ({ api }: { readonly api: string }): Promise<GossipClient> => {
  const client = await connect(api, { closeTimeoutMs: 1_000 });
  onStopAll(() => client.close());
  return client;
};

/** How a listener answers its notifications. */
export type Verdict = 'accept' | 'reject' | 'abstain';

/** A module that subscribed to a data type and keeps what it was notified of. */
export type Listener = {
  readonly client: GossipClient;
  /** What came so far. */
  readonly heard: readonly Notification[];
  /** The first notification with this data, past or to come; rejects after 10 s. */
  hears(data: string | Uint8Array): Promise<Notification>;
  /** Resolves when so many notifications came; rejects after 10 s. */
  hearsCount(count: number): Promise<readonly Notification[]>;
};

/** Keeps what came, and wakes whoever waits for more. */
class Inbox {
  readonly heard: Notification[] = [];
  readonly #watchers = new Set<() => void>();

  add(notification: Notification): void {
    this.heard.push(notification);
    for (const look of this.#watchers) look();
  }

  /** What `find` finds in what came, now or later; rejects after 10 s. */
  async until<Value>(find: () => Value | undefined, what: string): Promise<Value> {
    const found = find();
    if (found !== undefined) return found;
    let look = (): void => {};
    const coming = new Promise<Value>((resolve) => {
      look = () => {
        const value = find();
        if (value !== undefined) resolve(value);
      };
    });
    this.#watchers.add(look);
    try {
      return await within(coming, WAIT_MS, () => `${what}; ${this.heard.length} came`);
    } finally {
      this.#watchers.delete(look);
    }
  }
}

/**
 * Subscribes a module to a data type and answers whatever comes. The daemon does not confirm a
 * subscription: wait for a metric or a log line where the order of things matters.
 */
export const openListener = async (
  daemon: { readonly api: string },
  dataType: number,
  verdict: Verdict = 'accept',
): Promise<Listener> => {
  const client = await openModule(daemon);
  const inbox = new Inbox();
  await client.subscribe(dataType);
  const listening = (async (): Promise<void> => {
    for await (const notification of client.notifications(dataType)) {
      inbox.add(notification);
      if (verdict === 'accept') notification.accept();
      if (verdict === 'reject') notification.reject();
    }
  })();
  // An ending by an error shows in `client.closed`; waiting for items then runs into its deadline.
  listening.catch(() => {});
  const { heard } = inbox;
  return {
    client,
    heard,
    hears: (data) => {
      const bytes = Buffer.from(data);
      const isIt = (notification: Notification): boolean => notification.data.equals(bytes);
      return inbox.until(() => heard.find(isIt), `the item "${bytes.toString('utf8', 0, 40)}"`);
    },
    hearsCount: (count) =>
      inbox.until(() => (heard.length >= count ? heard : undefined), `${count} notifications`),
  };
};
