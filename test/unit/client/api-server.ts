import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { encodeApi } from '../../../src/wire/api-codec.js';
import { apiRequestFramer } from '../../../src/wire/framing.js';
import type { ApiRequest } from '../../../src/wire/messages.js';

/** A stand-in for the daemon: reads requests, and writes what the test says. */
export class ApiServer {
  readonly #server: Server;
  readonly #requests: ApiRequest[] = [];
  readonly #readers: ((request: ApiRequest) => void)[] = [];
  readonly #sockets: Socket[] = [];
  readonly #arrivals: ((socket: Socket) => void)[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#accept(socket));
  }

  /** Listens on a port that the system picks. `allowHalfOpen`: never closes its own end. */
  static async listen(options: { readonly allowHalfOpen?: boolean } = {}): Promise<ApiServer> {
    const server = createServer(options);
    const apiServer = new ApiServer(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return apiServer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** The next request, past or to come. */
  request(): Promise<ApiRequest> {
    const request = this.#requests.shift();
    if (request !== undefined) return Promise.resolve(request);
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** The next `count` requests. */
  async requests(count: number): Promise<ApiRequest[]> {
    const requests: ApiRequest[] = [];
    while (requests.length < count) requests.push(await this.request());
    return requests;
  }

  /** The latest connection, past or to come. */
  connection(): Promise<Socket> {
    const socket = this.#sockets.at(-1);
    if (socket !== undefined) return Promise.resolve(socket);
    return new Promise((resolve) => this.#arrivals.push(resolve));
  }

  async notify(messageId: number, dataType: number, data: Buffer | string): Promise<void> {
    const socket = await this.connection();
    const bytes = Buffer.from(data);
    socket.write(encodeApi({ type: 'NOTIFICATION', messageId, dataType, data: bytes }));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: Socket): void {
    const framer = apiRequestFramer();
    this.#sockets.push(socket);
    for (const arrived of this.#arrivals.splice(0)) arrived(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const request of framer.push(chunk).messages) {
        const reader = this.#readers.shift();
        if (reader === undefined) this.#requests.push(request);
        else reader(request);
      }
    });
  }
}
