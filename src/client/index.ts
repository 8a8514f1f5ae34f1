/**
 * A client of the VoidPhone gossip API (messages 500 to 503), for modules written in JavaScript or
 * TypeScript.
 *
 * @example
 * import { connect } from 'hearsay';
 *
 * const client = await connect('127.0.0.1:7001');
 * await client.announce(1337, 'hello, everybody', { ttl: 3 });
 *
 * for await (const notification of client.notifications(1337)) {
 *   if (isWellFormed(notification.data)) notification.accept();
 *   else notification.reject();
 * }
 *
 * await client.close();
 *
 * @module
 */
export { connect } from './gossip-client.js';
export type { AnnounceOptions, ConnectOptions, GossipClient } from './gossip-client.js';
export type { Notification } from './notification-stream.js';
export { GossipClientError } from './errors.js';
export type { GossipClientErrorCode } from './errors.js';
