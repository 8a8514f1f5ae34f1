import { createConnection, type Socket } from 'node:net';
import { parseAddress } from '../../../src/client/address.js';
import { onStopAll } from './cleanup.js';
import { WAIT_MS, within } from './wait.js';

/** A bare connection, for what a well-behaved client would never do. */
export type RawModule = {
  readonly socket: Socket;
  /** Resolves when the system has taken the bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /** The next whole frame, its 16-bit size in front; rejects when the connection ends first. */
  nextFrame(): Promise<Buffer>;
  /** Says that no more will be written; reading goes on. */
  end(): void;
  /** Resolves when the daemon has ended the connection, in order or by a reset; 10 s at most. */
  closed(): Promise<'ended' | 'reset'>;
};

type Reader = { readonly resolve: (frame: Buffer) => void; readonly reject: (e: Error) => void };

/** Frames that came, or who waits for them. */
class FrameQueue {
  readonly #frames: Buffer[] = [];
  readonly #readers: Reader[] = [];
  #received = Buffer.alloc(0);
  #over: Error | undefined;

  push(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (let frame = this.#cut(); frame !== undefined; frame = this.#cut()) {
      const reader = this.#readers.shift();
      if (reader === undefined) this.#frames.push(frame);
      else reader.resolve(frame);
    }
  }

  end(): void {
    const over = new Error('the connection ended before a whole frame came');
    this.#over ??= over;
    for (const { reject } of this.#readers.splice(0)) reject(over);
  }

  next(): Promise<Buffer> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    if (this.#over !== undefined) return Promise.reject(this.#over);
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  #cut(): Buffer | undefined {
    if (this.#received.length < 2) return undefined;
    // A size of 0 would cut for ever; such a frame is all that is left.
    const size = this.#received.readUInt16BE(0) || this.#received.length;
    if (this.#received.length < size) return undefined;
    const frame = this.#received.subarray(0, size);
    this.#received = this.#received.subarray(size);
    return frame;
  }
}

const connected = (socket: Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });

/** Connects to `HOST:PORT`; `stopAll` destroys the connection. */
export const rawModule = async (address: string): Promise<RawModule> => {
  const to = parseAddress(address);
  if (to === undefined) throw new Error(`"${address}" is no HOST:PORT`);
  const socket = createConnection({ ...to, noDelay: true, allowHalfOpen: true });
  onStopAll(async () => void socket.destroy());
  const frames = new FrameQueue();
  socket.on('data', (chunk: Buffer) => frames.push(chunk));
  const ending = new Promise<'ended' | 'reset'>((resolve) => {
    socket.once('end', () => resolve('ended'));
    socket.on('error', () => resolve('reset'));
    socket.once('close', () => resolve('reset'));
  });
  void ending.then(() => frames.end());
  await within(connected(socket), WAIT_MS, () => `a connection with ${address}`);
  return {
    socket,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    nextFrame: () => within(frames.next(), WAIT_MS, () => 'a frame from the daemon'),
    end: () => void socket.end(),
    closed: () => within(ending, WAIT_MS, () => `the daemon ends the connection with ${address}`),
  };
};
