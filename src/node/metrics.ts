import { createServer, type Server } from 'node:http';
import type { DialAddress } from '../common/address.js';
import type { Counters } from '../core/counters.js';
import { listen } from './listen.js';

/** A running metrics page. */
export type MetricsServer = {
  /** Where it really listens: the port that the system picked, when 0 was asked for. */
  readonly address: DialAddress;
  close(): Promise<void>;
};

const PREFIX = 'hearsay_';
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Serves `GET /metrics` in the Prometheus text format, and 404 for anything else. Nothing secret is
 * in it and nothing can be changed through it, so the Host header is not checked; meant for
 * loopback.
 *
 * @throws ListenError when the address is taken or not ours.
 */
export const serveMetrics = async (
  address: DialAddress,
  counters: Counters,
): Promise<MetricsServer> => {
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0];
    if (request.method === 'GET' && path === '/metrics') {
      response.writeHead(200, { 'content-type': CONTENT_TYPE }).end(prometheusText(counters));
    } else {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
    }
  });
  return { address: await listen(server, address), close: () => closeServer(server) };
};

/**
 * All counters and gauges as Prometheus text, format 0.0.4: one `# TYPE` line per name, followed by
 * all its labelled values, which the format wants together.
 */
export const prometheusText = (counters: Counters): string => {
  const families = new Map<string, string[]>();
  for (const { name, kind, value } of counters.entries()) {
    const family = `${PREFIX}${name.split('{', 1)[0] ?? name}`;
    const lines = families.get(family) ?? [`# TYPE ${family} ${kind}`];
    lines.push(`${PREFIX}${name} ${formatValue(value)}`);
    families.set(family, lines);
  }
  return [...families.values()]
    .flat()
    .map((line) => `${line}\n`)
    .join('');
};

/** Prometheus has its own words for what is not finite. */
const formatValue = (value: number): string =>
  value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value);

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
