import { EventEmitter } from 'node:events';
import { opaqueMachine } from '../../../bridge/definition.js';
import { Receiver, UNSENT_BYTES_MAX, type ReceiverSocket } from '../../../bridge/receiver.js';
import type { Service } from '../../../bridge/service.js';

/** A socket whose other end reads when it is told to. */
class SlowSocket extends EventEmitter implements ReceiverSocket {
  bufferedAmount = 0;
  readonly sent: { readonly type: string; readonly sessionId: string }[] = [];
  readonly #written: (() => void)[] = [];

  send(text: string, written: () => void): void {
    this.sent.push(JSON.parse(text));
    this.bufferedAmount += text.length;
    this.#written.push(written);
  }
  ping(): void {}
  terminate(): void {}

  /** The other end takes all that was written so far. */
  read(): void {
    this.bufferedAmount = 0;
    for (const written of this.#written.splice(0)) written();
  }
}

const serviceOf = (sessionId: string): Service => ({
  ...{ sessionId, parent: undefined, id: 'actor', daemon: '1', actor: sessionId, value: {} },
  ...{ machine: opaqueMachine('actor'), context: {}, event: undefined },
});
/** A text that fills the queue. */
const LONG = JSON.stringify({ type: 'long', sessionId: 'x'.repeat(UNSENT_BYTES_MAX) });

describe('a receiver', () => {
  const services = new Map<string, Service>();
  let socket: SlowSocket;
  let receiver: Receiver;
  const types = (): string[] =>
    socket.sent.map(({ type, sessionId }) => (type === 'long' ? type : `${type} ${sessionId}`));
  const text = (type: string, sessionId: string) => () => JSON.stringify({ type, sessionId });

  beforeEach(() => {
    services.clear();
    for (const id of ['a', 'b']) services.set(id, serviceOf(id));
    socket = new SlowSocket();
    receiver = new Receiver(socket, services);
  });
  afterEach(() => void socket.emit('close'));

  it('is told nothing before it asks', () => {
    receiver.tell('a', 'state', text('service.state', 'a'));
    expect(types()).toEqual([]);
    receiver.inspect();
    expect(types()).toEqual(['service.register a', 'service.register b']);
  });

  it('is told of all services again when it asks again', () => {
    receiver.inspect();
    receiver.inspect();
    expect(types().slice(2)).toEqual(['service.register a', 'service.register b']);
  });

  it('that does not read is told no more, and costs no text', () => {
    receiver.inspect();
    receiver.tell('a', 'event', () => LONG);
    const before = types();
    for (let turn = 0; turn < 1_000; turn += 1) {
      receiver.tell('a', 'state', () => {
        throw new Error('a text was made for nobody');
      });
    }
    expect(types()).toEqual(before);
  });

  it('is told where services stand, which began and which ended, when it reads again', () => {
    receiver.inspect();
    receiver.tell('a', 'event', () => LONG);
    const before = types();
    receiver.tell('a', 'event', text('service.event', 'a'));
    receiver.tell('a', 'state', text('service.state', 'a'));
    services.delete('b');
    receiver.tell('b', 'stop', text('service.stop', 'b'));
    for (const id of ['c', 'd']) {
      services.set(id, serviceOf(id));
      receiver.tell(id, 'register', text('service.register', id));
    }
    services.delete('d');
    receiver.tell('d', 'stop', text('service.stop', 'd'));
    socket.read();
    expect(types().slice(before.length)).toEqual([
      'service.state a',
      'service.stop b',
      'service.register c',
    ]);
    receiver.tell('c', 'event', text('service.event', 'c'));
    expect(types().at(-1)).toBe('service.event c');
  });

  it('is told as much as there is room for, and the rest later', () => {
    const many = Array.from({ length: 3_000 }, (_, at) => `s${at}`);
    for (const id of many) {
      services.set(id, { ...serviceOf(id), context: { padding: 'x'.repeat(1_000) } });
    }
    receiver.inspect();
    expect(socket.sent.length).toBeLessThan(many.length);
    expect(socket.bufferedAmount).toBeLessThan(UNSENT_BYTES_MAX + 10_000);
    while (socket.bufferedAmount > 0) socket.read();
    expect(socket.sent).toHaveLength(many.length + 2);
  });
});
