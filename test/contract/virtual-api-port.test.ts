import { VirtualApi } from '../../src/sim/virtual-api.js';
import { Scheduler } from '../../src/sim/virtual-clock.js';
import { encodeApi } from '../../src/wire/api-codec.js';
import { describeApiPort, type ApiPortMaker, type ModuleClient } from './api-port.suite.js';
import { drive } from './drive.js';

const ADDRESS = { host: '127.0.0.1', port: 7_001 };

/** A module that keeps what it reads, as bytes. */
class ByteModule implements ModuleClient {
  readonly #socket;
  #bytes = Buffer.alloc(0);
  #hasEnded = false;
  #look: () => void = () => undefined;

  constructor(api: VirtualApi) {
    this.#socket = api.connect({
      notified: (message) => {
        this.#bytes = Buffer.concat([this.#bytes, encodeApi(message)]);
        this.#look();
      },
      ended: () => {
        this.#hasEnded = true;
        this.#look();
      },
    });
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }
  end(): void {
    this.#socket.hangUp();
  }
  read(bytes: number): Promise<Buffer> {
    return this.#until(() => this.#bytes.length >= bytes || this.#hasEnded);
  }
  readToEnd(): Promise<Buffer> {
    return this.#until(() => this.#hasEnded);
  }

  #until(holds: () => boolean): Promise<Buffer> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (holds()) resolve(this.#bytes);
      };
      this.#look();
    });
  }
}

const virtual = (): ApiPortMaker => {
  const scheduler = new Scheduler();
  let api: VirtualApi | undefined;
  return {
    open: (handler) => {
      const opened = new VirtualApi(scheduler, handler);
      api = opened;
      const close = (): Promise<void> => {
        opened.close();
        return Promise.resolve();
      };
      return Promise.resolve({ port: opened.port, address: ADDRESS, close });
    },
    connect: () => {
      if (api === undefined) throw new Error('connects before it is open');
      return Promise.resolve(new ByteModule(api));
    },
    drive: (promise) => drive(scheduler, promise),
  };
};

describeApiPort('virtual', virtual());
