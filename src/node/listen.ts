import type { Server } from 'node:net';
import { formatAddress, type DialAddress } from '../common/address.js';
import { describeFailure, failureCode } from './failure.js';

/** A server cannot listen where it was told to. The message is one line for the operator. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use',
  EADDRNOTAVAIL: 'this host does not have the address',
  EACCES: 'permission denied',
  ENOTFOUND: 'the host name is unknown',
};

/**
 * Starts to listen and returns the address that the server really has, since port 0 lets the system
 * pick one.
 *
 * @throws ListenError when the address is taken, not ours or not allowed.
 */
export const listen = (
  server: Server,
  address: DialAddress,
  backlog?: number,
): Promise<DialAddress> =>
  new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      const reason = REASONS[failureCode(error) ?? ''] ?? describeFailure(error);
      reject(
        new ListenError(`cannot listen on ${formatAddress(address)}: ${reason}`, { cause: error }),
      );
    };
    server.once('error', fail);
    server.listen({ host: address.host, port: address.port, backlog }, () => {
      server.off('error', fail);
      const bound = server.address();
      resolve(
        bound === null || typeof bound === 'string'
          ? address
          : { host: bound.address, port: bound.port },
      );
    });
  });
