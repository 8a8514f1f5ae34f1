import { controlDaemon, readCommand } from '../../../src/inspector/control.js';
import { livingActors } from '../../../src/inspector/actors.js';
import { Observer } from '../../../src/inspector/observer.js';
import type { Plain } from '../../../src/inspector/protocol.js';
import { called, smallDaemon, type SmallDaemon } from './small-daemon.js';

type Event = { readonly type: string; readonly [key: string]: Plain };

const actorOf = ({ daemon }: SmallDaemon, id: string): string =>
  livingActors(daemon).find((actor) => actor.id === id)?.sessionId ?? 'none';

const send = (small: SmallDaemon, id: string, event: Event) =>
  controlDaemon(small.daemon, { do: 'send', daemon: '', actor: actorOf(small, id), event });

const openModule = ({ daemon }: SmallDaemon): void => {
  daemon.api.opened(daemon.api.accepted() ?? 0, '127.0.0.1:50000');
};

const bytes = (length: number): Plain => ({ bytes: length, hex: '01'.repeat(length) });

describe('an event sent by a person', () => {
  it('reaches the actor, bytes and all', () => {
    const small = smallDaemon();
    const connection = called(small);
    const message = {
      type: 'VERIFY',
      commitment: bytes(32),
      nonce: bytes(8),
      difficulty: 0,
      challenge: bytes(16),
    };
    expect(send(small, `challenger.${connection}`, { type: 'peer.verify', message })).toEqual({
      status: 200,
      message: 'done',
    });
    expect(small.sent.map((one) => one.message.type)).toEqual(['CHALLENGE', 'OK', 'HELLO']);
  });

  it.each<[string, Event, RegExp]>([
    ['peer-view', { type: '' }, /no proper type/],
    ['peer-view', { type: 'x'.repeat(101) }, /no proper type/],
    ['peer-view', { type: 'xstate.stop' }, /events of XState/],
    ['supervisor', { type: 'items.arrived', messages: [] }, /only shutdown\.requested/],
    ['challenger.1', { type: 'peer.verify' }, /an object with a type/],
    ['challenger.1', { type: 'peer.verify', message: { type: 'VERIFY' } }, /./],
    ['challenger.1', { type: 'peer.ok', message: { type: 'PING', echo: bytes(8) } }, /peer\.ping/],
    ['challenger.1', { type: 'peer.spread', messages: [{ type: 'SPREAD' }] }, /./],
    ['challenger.1', { type: 'peer.spread', messages: [] }, /1 to 64/],
    ['challenger.1', { type: 'puzzle.solved', nonce: { bytes: 99, hex: '01' } }, /99 bytes, but/],
    ['challenger.1', { type: 'puzzle.solved', nonce: { bytes: 1, hex: 'ZZ' } }, /hex/],
    ['challenger.1', { type: 'puzzle.solved', nonce: bytes(7) }, /is 8 bytes/],
    ['challenger.1', { type: 'connection.secured', identity: bytes(32) }, /may be sent by hand/],
    ['peer-connection.1', { type: 'handshake.proved' }, /may be sent by hand/],
    ['challenger.1', { type: 'connection.closed' }, /reason of connection\.closed is a text/],
    ['challenger.1', { type: 'connection.closed', reason: { a: 1 } }, /is a text/],
    ['peer-view', { type: 'link.ended', end: {} }, /may be sent by hand: wire messages/],
    ['api-connection.1', { type: 'items.notified', notices: 'text' }, /may be sent by hand/],
    ['api-connection.1', { type: 'api.notify', messages: [{ type: 'RPS_QUERY' }] }, /./],
  ])('is refused: to %s, %j', (id, event, why) => {
    const small = smallDaemon();
    called(small);
    openModule(small);
    const { status, message } = send(small, id, event);
    expect(status).toBe(400);
    expect(message).toMatch(why);
  });

  it('is not sent to an actor that is no more', () => {
    expect(send(smallDaemon(), 'challenger.9', { type: 'x' }).status).toBe(404);
  });

  it('stops the daemon in order where that is what it says', async () => {
    const small = smallDaemon();
    expect(send(small, 'supervisor', { type: 'shutdown.requested' }).status).toBe(200);
    expect(await small.daemon.done).toEqual({ failure: undefined });
  });

  it('never makes the supervisor fail, whatever it is', () => {
    const types = [
      ...['connected', 'malformed', 'closed', 'dropped'].map((name) => `connection.${name}`),
      ...['notify', 'announce', 'validation'].map((name) => `api.${name}`),
      ...['verify', 'hello', 'spread', 'have', 'want', 'error', 'interest'].map((n) => `peer.${n}`),
      ...['items.notified', 'items.arrived', 'item.arrived', 'verdict.given', 'verdict.missed'],
      ...['subscriber.left', 'deadline.passed', 'puzzle.solved', 'link.admitted', 'link.activated'],
      ...['peers.awaited', 'view.changed', 'peers.learned', 'unheard.of'],
    ];
    const payloads: Record<string, Plain>[] = [
      {},
      { reason: '', dump: '', connection: 1, error: 'busy', valid: true, awaited: true },
      { remote: { host: '', port: 0 }, nonce: bytes(8), standing: 'full', accepted: true },
      { message: null, messages: null, notices: null, reason: null, remote: null },
      { message: {}, messages: [{}], notices: [{}], reason: {}, remote: {}, itemId: 5 },
      { messages: 'text', notices: 'text', nonce: 'text', connection: 'text', valid: 'text' },
    ];
    for (const type of types) {
      for (const payload of payloads) {
        const small = smallDaemon();
        called(small);
        openModule(small);
        small.daemon.router.trials.validations.begin('00');
        for (const { id } of livingActors(small.daemon)) {
          send(small, id, { ...payload, type });
        }
        small.clock.advance(1_000);
        expect([type, small.daemon.root.getSnapshot().status]).toEqual([type, 'active']);
      }
    }
  });
});

describe('a link in the hands of a person', () => {
  const touch = (small: SmallDaemon, deed: 'close' | 'cut' | 'heal', connection: number) =>
    controlDaemon(small.daemon, { do: deed, daemon: '', connection });

  it('is closed with a word to the peer', () => {
    const small = smallDaemon();
    const connection = called(small);
    expect(touch(small, 'close', connection).status).toBe(200);
    const actor = small.daemon.root.getSnapshot().children[`peer-connection.${connection}`];
    expect(actor?.getSnapshot().value).toBe('closing');
  });

  it('is cut and healed, and heals when it closes', () => {
    const small = smallDaemon();
    const connection = called(small);
    expect(touch(small, 'cut', connection).status).toBe(200);
    expect(small.daemon.watch.isCut(connection)).toBe(true);
    expect(touch(small, 'heal', connection).status).toBe(200);
    expect(small.daemon.watch.isCut(connection)).toBe(false);
    touch(small, 'cut', connection);
    small.daemon.peers.closed(connection, 'it hung up');
    expect(small.daemon.watch.isCut(connection)).toBe(false);
  });

  it('is there, or nothing is done', () => {
    const small = smallDaemon();
    expect(touch(small, 'cut', 9).status).toBe(404);
    expect(small.daemon.watch.isCut(9)).toBe(false);
  });
});

describe('a peer in the hands of a person', () => {
  const identity = '8'.repeat(64);
  const forgive = ({ daemon }: SmallDaemon) =>
    controlDaemon(daemon, { do: 'forgive', daemon: '', identity });

  it('is forgiven, if there is anything to forgive', () => {
    const small = smallDaemon();
    const { offenders } = small.daemon.book;
    offenders.note(identity, 'protocol error', 0);
    expect(forgive(small).status).toBe(200);
    expect(offenders.size).toBe(0);
    expect(forgive(small).status).toBe(404);
  });
});

describe('a command', () => {
  it.each<[unknown]>([
    [null],
    ['cut'],
    [[]],
    [{}],
    [{ do: 'cut', daemon: 'd' }],
    [{ do: 'cut', daemon: 'd', connection: -1 }],
    [{ do: 'cut', daemon: 'd', connection: 1.5 }],
    [{ do: 'cut', daemon: 5, connection: 1 }],
    [{ do: 'forgive', daemon: 'd', identity: 'me' }],
    [{ do: 'burn', daemon: 'd', connection: 1 }],
    [{ do: 'send', daemon: 'd', actor: 'x:1', event: 'x' }],
    [{ do: 'send', daemon: 'd', actor: 'x:1', event: { type: 5 } }],
    [{ do: 'send', daemon: 'd', event: { type: 'x' } }],
  ])('is not %j', (value) => expect(readCommand(value)).toBe(undefined));

  it('is read without what does not belong to it', () => {
    expect(readCommand({ do: 'heal', daemon: 'd', connection: 3, more: 1 })).toEqual({
      do: 'heal',
      daemon: 'd',
      connection: 3,
    });
    const event = { type: 'x', a: { b: [1] } };
    expect(readCommand({ do: 'send', daemon: 'd', actor: 'x:1', event })).toEqual({
      do: 'send',
      daemon: 'd',
      actor: 'x:1',
      event,
    });
  });

  it('is refused by an inspector that only shows', async () => {
    const small = smallDaemon({ control: false });
    const connection = called(small);
    const observer = new Observer(small.options);
    const outcome = await observer.control({ do: 'cut', daemon: '07070707', connection });
    expect(outcome.status).toBe(403);
    expect(small.daemon.watch.isCut(connection)).toBe(false);
  });
});
