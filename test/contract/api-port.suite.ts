import { hash } from 'node:crypto';
import type { DialAddress } from '../../src/common/address.js';
import type { ApiHandler, ApiPort, ConnectionId } from '../../src/runtime/ports.js';
import { encodeApi } from '../../src/wire/api-codec.js';
import type { WireError } from '../../src/wire/decoded.js';
import type { ApiRequest, GossipNotification } from '../../src/wire/messages.js';
import { Recorder } from './recorder.js';

/** What an API port told. */
export type ApiEvent =
  | { readonly type: 'opened'; readonly connection: ConnectionId; readonly remote: string }
  | {
      readonly type: 'received';
      readonly connection: ConnectionId;
      readonly messages: readonly ApiRequest[];
    }
  | {
      readonly type: 'malformed';
      readonly connection: ConnectionId;
      readonly error: WireError;
      readonly dump: string;
    }
  | { readonly type: 'drained'; readonly connection: ConnectionId }
  | { readonly type: 'closed'; readonly connection: ConnectionId; readonly reason: string };

/** A handler that writes down everything; names modules 1, 2, … */
export class ApiRecorder extends Recorder<ApiEvent> implements ApiHandler {
  refuses = false;
  #modules = 0;

  accepted(): ConnectionId | undefined {
    if (this.refuses) return undefined;
    this.#modules += 1;
    return this.#modules;
  }
  opened(connection: ConnectionId, remote: string): void {
    this.note({ type: 'opened', connection, remote });
  }
  received(connection: ConnectionId, messages: readonly ApiRequest[]): void {
    this.note({ type: 'received', connection, messages });
  }
  malformed(connection: ConnectionId, error: WireError, dump: string): void {
    this.note({ type: 'malformed', connection, error, dump });
  }
  drained(connection: ConnectionId): void {
    this.note({ type: 'drained', connection });
  }
  closed(connection: ConnectionId, reason: string): void {
    this.note({ type: 'closed', connection, reason });
  }

  get messages(): ApiRequest[] {
    return this.all('received').flatMap(({ messages }) => messages);
  }
}

/** A local module, as bytes. */
export type ModuleClient = {
  write(bytes: Buffer): void;
  /** Ends its half of the stream. */
  end(): void;
  /** Resolves with all bytes read when there are this many. */
  read(bytes: number): Promise<Buffer>;
  /** Resolves with all bytes read when the other half has ended. */
  readToEnd(): Promise<Buffer>;
};

/** One implementation of the API port under test. */
export type ApiPortMaker = {
  open(handler: ApiHandler): Promise<{
    readonly port: ApiPort;
    readonly address: DialAddress;
    close(): Promise<void>;
  }>;
  connect(to: DialAddress): Promise<ModuleClient>;
  /** Lets the world go on until the promise has resolved: sockets do by themselves. */
  drive<Value>(promise: Promise<Value>): Promise<Value>;
};

const announce = (dataBytes: number, fill = 1): ApiRequest => ({
  type: 'ANNOUNCE',
  ttl: 3,
  dataType: 99,
  data: Buffer.alloc(dataBytes, fill),
});
const notification = (messageId: number, dataBytes = 10): GossipNotification => ({
  type: 'NOTIFICATION',
  messageId,
  dataType: 99,
  data: Buffer.alloc(dataBytes, messageId),
});

/** What every implementation of `ApiPort` does. */
export const describeApiPort = (name: string, maker: ApiPortMaker): void => {
  describe(`API port › ${name}`, () => {
    let told: ApiRecorder;
    let server: Awaited<ReturnType<ApiPortMaker['open']>>;
    const connect = (): Promise<ModuleClient> => maker.drive(maker.connect(server.address));

    beforeEach(async () => {
      told = new ApiRecorder();
      server = await maker.open(told);
    });
    afterEach(async () => {
      await maker.drive(server.close());
    });

    it('tells what a module says, from its name on', async () => {
      const module = await connect();
      module.write(encodeApi({ type: 'NOTIFY', dataType: 99 }));
      await maker.drive(told.first('received'));
      expect(told.events).toEqual([
        { type: 'opened', connection: 1, remote: expect.stringMatching(/:\d+$/) },
        { type: 'received', connection: 1, messages: [{ type: 'NOTIFY', dataType: 99 }] },
      ]);
    });

    it('delivers what a module said before it hung up at once', async () => {
      const module = await connect();
      module.write(encodeApi({ type: 'NOTIFY', dataType: 99 }));
      module.write(encodeApi(announce(65_527)));
      module.end();
      await maker.drive(told.first('closed'));
      expect(told.messages.map((message) => hash('sha256', encodeApi(message)))).toEqual([
        hash('sha256', encodeApi({ type: 'NOTIFY', dataType: 99 })),
        hash('sha256', encodeApi(announce(65_527))),
      ]);
      expect(told.events.at(-1)?.type).toBe('closed');
    });

    it('calls a stream malformed that ends inside a message, before it is closed', async () => {
      const module = await connect();
      module.write(encodeApi(announce(100)).subarray(0, 50));
      module.end();
      await maker.drive(told.first('closed'));
      expect(told.events.slice(1)).toEqual([
        expect.objectContaining({
          type: 'malformed',
          error: expect.objectContaining({ code: 'truncated' }),
        }),
        expect.objectContaining({ type: 'closed' }),
      ]);
    });

    it('delivers what came before bytes that are no message, and dumps those', async () => {
      const module = await connect();
      module.write(encodeApi(announce(5)));
      await maker.drive(told.first('received'));
      module.write(Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'));
      const { dump } = await maker.drive(told.first('malformed'));
      expect(dump).toMatch(/^47455420/);
      module.write(encodeApi(announce(6)));
      server.port.close(1);
      await maker.drive(told.first('closed'));
      expect(told.messages).toEqual([announce(5)]);
    });

    it('sends notifications in order, byte for byte', async () => {
      const module = await connect();
      await maker.drive(told.first('opened'));
      const sent = [notification(1), notification(2, 65_527), notification(3)];
      for (const message of sent) server.port.send(1, message);
      const expected = Buffer.concat(sent.map(encodeApi));
      const read = await maker.drive(module.read(expected.length));
      expect(read.equals(expected)).toBe(true);
    });

    it('sends what is queued before it closes', async () => {
      const module = await connect();
      await maker.drive(told.first('opened'));
      server.port.send(1, notification(1, 60_000));
      server.port.close(1);
      const read = await maker.drive(module.readToEnd());
      module.end();
      await maker.drive(told.first('closed'));
      expect(read.equals(encodeApi(notification(1, 60_000)))).toBe(true);
    });

    it('hangs up on a module that the handler refuses, and says no more of it', async () => {
      told.refuses = true;
      const module = await connect();
      expect(await maker.drive(module.readToEnd())).toHaveLength(0);
      expect(told.events).toEqual([]);
    });

    it('ignores calls on names that are not in use', async () => {
      server.port.send(7, notification(1));
      server.port.close(7);
      expect(server.port.unsentBytes(7)).toBe(0);
    });
  });
};
