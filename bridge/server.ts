/**
 * Where receivers connect: a WebSocket on loopback. A web page may connect to loopback as well,
 * whichever it is; its browser says from where it comes, and a page that was not allowed is refused
 * before it is a receiver. A program on this host sends no origin and is let in, as it would be by
 * the inspector; where that one asks for a token, so do we.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { formatAddress, type DialAddress } from '../src/common/address.js';
import { checkToken } from '../src/inspector/access.js';
import { listen } from '../src/node/listen.js';

/** Receivers at once; each may hold `UNSENT_BYTES_MAX`. Our guess. */
export const RECEIVERS_MAX = 8;
/** Connections of any kind, while they say what they want. Our guess. */
const CONNECTIONS_MAX = 32;
/** Bytes of a frame from a receiver: what the inspector takes of a command. */
const FRAME_BYTES_MAX = 65_536;
const HEADERS_TIMEOUT_MS = 10_000;
/** Where we listen, and never elsewhere. */
const HOST = '127.0.0.1';

export type GateOptions = {
  /** 0 lets the system pick one. */
  readonly port: number;
  /** Origins of pages that may connect, beside our own. */
  readonly allowedOrigins: readonly string[];
  /** Required of every receiver, as `?token=`; undefined: none is. */
  readonly token: string | undefined;
};

type Refusal = { readonly status: number; readonly message: string };

/**
 * Listens for receivers, and tells where.
 *
 * @throws ListenError when the port is taken.
 */
export const serveReceivers = async (
  { port, allowedOrigins, token }: GateOptions,
  serve: (socket: WebSocket) => void,
): Promise<DialAddress> => {
  const server = createServer((_, response) => {
    response.writeHead(426, { 'content-type': 'text/plain; charset=utf-8', upgrade: 'websocket' });
    response.end('receivers of @xstate/inspect connect here by WebSocket\n');
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = HEADERS_TIMEOUT_MS;
  const address = await listen(server, { host: HOST, port });
  const origins = new Set([...ownOrigins(address.port), ...allowedOrigins]);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: FRAME_BYTES_MAX,
    perMessageDeflate: false,
  });
  const refusalOf = (request: IncomingMessage): Refusal | undefined => {
    const { origin } = request.headers;
    if (origin !== undefined && !origins.has(origin)) {
      return { status: 403, message: 'pages of this origin are refused: see --allow-origin' };
    }
    if (sockets.clients.size >= RECEIVERS_MAX) {
      return { status: 503, message: `${RECEIVERS_MAX} receivers are connected already` };
    }
    return tokenRefusal(request, address, token);
  };
  sockets.on('connection', serve);
  acceptUpgrades(server, sockets, refusalOf);
  return address;
};

const acceptUpgrades = (
  server: Server,
  sockets: WebSocketServer,
  refusalOf: (request: IncomingMessage) => Refusal | undefined,
): void => {
  // From now on nothing that a connection does may reach the process as an error.
  server.on('error', () => {});
  server.on('clientError', (_, socket) => socket.destroy());
  sockets.on('wsClientError', (_, socket) => socket.destroy());
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => {});
    const refusal = refusalOf(request);
    if (refusal !== undefined) return refuse(socket, refusal.status, refusal.message);
    sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened));
  });
};

const ownOrigins = (port: number): string[] =>
  [HOST, 'localhost'].map((host) => `http://${formatAddress({ host, port })}`);

const tokenRefusal = (
  request: IncomingMessage,
  address: DialAddress,
  token: string | undefined,
): Refusal | undefined => {
  const { url = '' } = request;
  if (!URL.canParse(url, 'http://bridge')) return { status: 403, message: 'no proper address' };
  return checkToken({ address, name: HOST, token }, request, new URL(url, 'http://bridge'));
};

const REASONS: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  503: 'Service Unavailable',
};

const refuse = (socket: Duplex, status: number, message: string): void => {
  const body = `${message}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Refused'}\r\nconnection: close\r\n` +
      `content-type: text/plain; charset=utf-8\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
};
