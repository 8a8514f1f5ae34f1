import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { DialAddress } from '../../src/common/address.js';
import type { ModuleClient } from './api-port.suite.js';

/** A client that knows nothing of messages. */
export class RawSocket implements ModuleClient {
  readonly socket: Socket;
  readonly chunks: Buffer[] = [];
  #ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => this.chunks.push(chunk));
    socket.on('end', () => (this.#ended = true));
    socket.on('close', () => (this.#ended = true));
    socket.on('error', () => undefined);
  }

  static async open({ host, port }: DialAddress): Promise<RawSocket> {
    const raw = new RawSocket(connect({ host, port, noDelay: true, allowHalfOpen: true }));
    await once(raw.socket, 'connect');
    return raw;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }
  end(): void {
    this.socket.end();
  }
  async destroy(): Promise<void> {
    this.socket.destroy();
    await this.#until(() => this.socket.closed);
  }
  /** Writes each byte on its own, the next when the system has taken the last; until destroyed. */
  async writeByteByByte(bytes: Buffer): Promise<void> {
    for (const byte of bytes) {
      if (this.socket.destroyed) return;
      await new Promise<void>((resolve) => {
        this.socket.write(Buffer.of(byte), () => setImmediate(resolve));
      });
    }
  }
  async read(bytes: number): Promise<Buffer> {
    await this.#until(() => this.bytes.length >= bytes || this.#ended);
    return this.bytes;
  }
  async readToEnd(): Promise<Buffer> {
    await this.#until(() => this.#ended);
    return this.bytes;
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        for (const change of ['data', 'end', 'close']) this.socket.once(change, () => resolve());
      });
    }
  }
}
