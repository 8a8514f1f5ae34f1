/** The inspector of a daemon, and the hub that shows several daemons in one page. */
import type { Server } from 'node:http';
import type { DialAddress } from '../common/address.js';
import type { InspectorConfig } from '../config/config.js';
import { pageUrl, requiredToken } from '../inspector/access.js';
import { chartsText } from '../inspector/charts.js';
import { numbered } from '../inspector/numbered.js';
import { Observer, type ObserverOptions } from '../inspector/observer.js';
import { serveInspector, type InspectorServer } from '../inspector/server.js';
import type { TraceSource } from '../inspector/source.js';
import { inspectorToken, type HostKey } from '../node/host-key.js';
import { listen } from '../node/listen.js';

/** A hub is for the person who started it. */
const HUB_ADDRESS: DialAddress = { host: '127.0.0.1', port: 0 };

const listenHttp = (server: Server, address: DialAddress): Promise<DialAddress> =>
  listen(server, address);

/** A running inspector. */
export type Inspector = Pick<InspectorServer, 'url' | 'close'>;

/**
 * Serves a daemon's own page. Until one is open, nobody watches the actors.
 *
 * @throws ListenError when the address is taken or not ours.
 */
export const inspectDaemon = async (
  address: DialAddress,
  { token: configured, control, ring }: InspectorConfig,
  hostKey: HostKey,
  observed: Omit<ObserverOptions, 'control' | 'ring'>,
): Promise<Inspector> => {
  const token = requiredToken(address.host, configured, () => inspectorToken(hostKey));
  const observer = new Observer({ ...observed, control, ring });
  const { log } = observed;
  const server = await serveInspector({
    ...{ address, token, log },
    sources: [observer],
    charts: chartsText,
    listen: listenHttp,
  });
  log('info', 'inspector served', {
    address: server.url,
    control,
    ...(token !== undefined && {
      token: configured === undefined ? 'of the host key: see hearsay inspect -c' : 'as configured',
    }),
  });
  return {
    url: server.url,
    close: async () => {
      observer.close();
      await server.close();
    },
  };
};

/**
 * Serves one page over several traces, in their order, on loopback, on a port that the system
 * picks.
 */
export const startHub = async (sources: readonly TraceSource[]): Promise<Inspector> =>
  serveInspector({
    address: HUB_ADDRESS,
    sources: sources.length === 1 ? sources : sources.map((source, at) => numbered(source, at + 1)),
    charts: chartsText,
    listen: listenHttp,
    log: () => {},
  });

const SERVED = /inspector served .*?address="?(http:\/\/[^\s"]+)/;

/** The address of the page in a log line of a daemon; undefined in any other line. */
export const servedUrl = (logLine: string): URL | undefined => {
  const [, url] = SERVED.exec(logLine) ?? [];
  return url !== undefined && URL.canParse(url) ? new URL(url) : undefined;
};

/** `http://HOST:PORT/`, with the token where there is one. */
export const inspectorUrl = (address: DialAddress, token: string | undefined): URL => {
  const url = pageUrl(address);
  if (token !== undefined) url.searchParams.set('token', token);
  return url;
};
