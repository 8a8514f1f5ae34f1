import { formatAddress, type DialAddress } from '../common/address.js';
import { LOW_WATER_BYTES, type ApiHandler, type ApiPort, type LogPort } from '../runtime/ports.js';
import { encodeApi } from '../wire/api-codec.js';
import { apiRequestFramer } from '../wire/framing.js';
import type { ApiRequest } from '../wire/messages.js';
import type { Listening } from './peers.js';
import type { ConnectionLimits, Sending } from './tcp-connection.js';
import { TcpEndpoint } from './tcp-endpoint.js';

/**
 * The two deadlines are the module API page's; the rest are our guesses. The daemon itself skips a
 * slow subscriber's items long before the bound, which is only there for what is never skipped.
 */
export const API_LIMITS: ConnectionLimits = {
  messageTimeoutMs: 30_000,
  stallTimeoutMs: 30_000,
  closeGraceMs: 1_000,
  lowWaterBytes: LOW_WATER_BYTES,
  unsentBytesMax: 16 * 1_024 * 1_024,
};

/** All that modules are sent is of one kind; how much may wait is `unsentBytesMax`. */
const NOTIFICATIONS: Sending = { sendClass: 'push' };

/** Where to listen for local modules, and limits that differ from `API_LIMITS`. */
export type ApiOptions = { readonly address: DialAddress } & Partial<ConnectionLimits>;

/** Why a module is closed that has not read for too long. */
const STALL_REASON = 'reads nothing';

/**
 * Listens for local modules.
 *
 * @throws ListenError when the address is taken, not ours or not allowed.
 */
export const listenApi = async (
  { address, ...changes }: ApiOptions,
  handler: ApiHandler,
  log: LogPort,
): Promise<Listening<ApiPort>> => {
  const endpoint = new TcpEndpoint<ApiRequest>(
    {
      name: 'api',
      limits: { ...API_LIMITS, ...changes },
      stallReason: STALL_REASON,
      boundsClasses: false,
      endInsideMessageIsMalformed: true,
      makeFramer: apiRequestFramer,
    },
    {
      accepted: () => handler.accepted(),
      opened: (connection, remote) => handler.opened(connection, formatAddress(remote)),
      received: (connection, messages) => handler.received(connection, messages),
      malformed: (connection, error, dump) => handler.malformed(connection, error, dump),
      closed: (connection, reason) => {
        if (reason === STALL_REASON) {
          log('warn', 'module closed', { module: `api-connection.${connection}`, reason });
        }
        handler.closed(connection, reason);
      },
      connected: () => undefined,
      drained: (connection) => handler.drained(connection),
    },
    log,
  );
  const port: ApiPort = {
    send: (connection, message) =>
      void endpoint.send([connection], () => encodeApi(message), NOTIFICATIONS),
    unsentBytes: (connection) => endpoint.get(connection)?.unsentBytes ?? 0,
    close: (connection) => endpoint.get(connection)?.close('closed by us'),
  };
  return {
    port,
    address: await endpoint.listen(address),
    stopAccepting: () => endpoint.stopAccepting(),
    close: () => endpoint.close(),
  };
};
